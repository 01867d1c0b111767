import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from './write-whole.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-whole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a file written whole or not at all', () => {
  it('replaces the older one, through a link as well, and leaves nothing beside it', async () => {
    const [path, link] = [join(folder, 'file.txt'), join(folder, 'link.txt')];
    symlinkSync(path, link);
    await writeWhole(path, 'older');
    await Promise.all([writeWhole(path, 'newer'), writeWhole(path, 'newer')]);
    await writeWhole(link, 'newest');
    expect(readFileSync(path, 'utf8')).toBe('newest');
    expect(readdirSync(folder).sort()).toEqual(['file.txt', 'link.txt']);
  });

  it('tells why a folder that is not there has no file', async () => {
    await expect(writeWhole(join(folder, 'none', 'file.txt'), 'x')).rejects.toThrow(/ENOENT/);
  });

  // A limit on the size of files does what a full disk does: the first write is cut short, and the next one fails.
  it.skipIf(process.platform === 'win32')('is not there if the system takes only a part of it', async () => {
    const path = join(folder, 'file.txt');
    writeFileSync(path, 'older');
    const program = `
      process.on('SIGXFSZ', () => {});
      const { writeWhole } = await import(${JSON.stringify(resolve('harness/write-whole.ts'))});
      await writeWhole(${JSON.stringify(path)}, 'x'.repeat(100_000)).catch(({ code }) => console.log(code));`;
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program];
    const { stdout } = await execa('bash', ['-c', 'ulimit -f 8; exec "$@"', 'bash', ...node], {
      // What the loader of sources keeps on disk is as bounded; without it the files are compiled again.
      env: { TSX_DISABLE_CACHE: '1' },
      reject: false,
    });
    expect(stdout).toBe('EFBIG');
    expect(readFileSync(path, 'utf8')).toBe('older');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });
});
