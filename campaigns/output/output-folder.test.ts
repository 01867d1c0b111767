import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWritableFolder, openOutputFolder } from './output-folder.js';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'output-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('an output folder', () => {
  it('is created with its parents and left empty after the test of writing', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    expect(createWritableFolder(folder)).toBe(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('can be opened by one command at a time', () => {
    const folder = temporaryFolder();
    const { release } = openOutputFolder(folder);
    expect(() => openOutputFolder(folder)).toThrow(
      `another command is writing to ${folder}; wait until it ends, or pass another folder with --out`,
    );
    release();
    openOutputFolder(folder).release();
    expect(existsSync(join(folder, '.lock'))).toBe(false);
  });

  it('cannot be below a file', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => openOutputFolder(join(file, 'out'))).toThrow(
      /^cannot write to .*out: a part of the path is a file; pass a folder that can be written with --out$/,
    );
  });

  it.runIf(process.platform === 'linux')('cannot be where the system creates no folders', () => {
    expect(() => openOutputFolder('/proc/x')).toThrow(
      'cannot write to /proc/x: no folder can be created there; pass a folder that can be written with --out',
    );
  });
});
