import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './write-file-atomic.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-file-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('replaces an older file, also through a link, and leaves no temporary file', async () => {
    const [path, link] = [join(folder, 'file.txt'), join(folder, 'link.txt')];
    symlinkSync(path, link);
    await writeFileAtomic(path, 'older');
    await Promise.all([writeFileAtomic(path, 'newer'), writeFileAtomic(path, 'newer')]);
    await writeFileAtomic(link, 'newest');
    expect(readFileSync(path, 'utf8')).toBe('newest');
    expect(readdirSync(folder).sort()).toEqual(['file.txt', 'link.txt']);
  });

  it('writes beside a temporary file that another thread of the process left, and does not touch it', async () => {
    const path = join(folder, 'file.txt');
    // A thread counts for itself, so that its names are those of this thread.
    const left = Array.from({ length: 20 }, (_, count) => `file.txt.${process.pid}-${count}.tmp`);
    for (const name of left) writeFileSync(join(folder, name), 'of another thread');
    await writeFileAtomic(path, 'whole');
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(readdirSync(folder)).toHaveLength(left.length + 1);
    for (const name of left) expect(readFileSync(join(folder, name), 'utf8')).toBe('of another thread');
  });

  it('rejects with the system error if the folder does not exist', async () => {
    await expect(writeFileAtomic(join(folder, 'none', 'file.txt'), 'x')).rejects.toThrow(/ENOENT/);
  });

  // A limit on the size of files has the effect of a full disk: the first write is cut short, and the next one fails.
  it.skipIf(process.platform === 'win32')(
    'keeps the older file if the system writes only a part',
    async () => {
      const path = join(folder, 'file.txt');
      writeFileSync(path, 'older');
      const program = `
      process.on('SIGXFSZ', () => {});
      const { writeFileAtomic } = await import(${JSON.stringify(resolve('harness/files/write-file-atomic.ts'))});
      await writeFileAtomic(${JSON.stringify(path)}, 'x'.repeat(100_000)).catch(({ code }) => console.log(code));`;
      const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program];
      const { stdout } = await execa('bash', ['-c', 'ulimit -f 8; exec "$@"', 'bash', ...node], {
        // The limit also applies to the cache of tsx.
        env: { TSX_DISABLE_CACHE: '1' },
        reject: false,
      });
      expect(stdout).toBe('EFBIG');
      expect(readFileSync(path, 'utf8')).toBe('older');
      expect(readdirSync(folder)).toEqual(['file.txt']);
    },
  );
});
