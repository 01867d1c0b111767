import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../input-error.js';
import { checkInputFile, readInputFile } from './input-file.js';

const options = { what: 'wasm', bytesMax: 1_000 };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'input-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('an input file', () => {
  it('is read whole', () => {
    const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);
    expect(readInputFile(file('whole', bytes), options)).toEqual(bytes);
    expect(readInputFile(file('empty', ''), options)).toEqual(new Uint8Array(0));
  });

  it.runIf(process.platform === 'linux')('is read whole if the system reports no size', () => {
    expect(
      new TextDecoder().decode(readInputFile('/proc/self/status', { ...options, bytesMax: 100_000 })),
    ).toMatch(/^Name:/);
    expect(() => readInputFile('/proc/self/status', { ...options, bytesMax: 100 })).toThrow(
      /at most 100 are supported/,
    );
  });

  it('has a path and a size that can be checked without reading', () => {
    expect(checkInputFile(file('checked', 'abc'), options)).toEqual({
      path: join(folder, 'checked'),
      bytes: 3,
    });
  });
});

describe.runIf(process.platform !== 'win32')('an unusable input file', () => {
  const sparse = (): string => {
    const path = file('sparse', '');
    truncateSync(path, 2 ** 41);
    return path;
  };
  const fifo = (): string => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    return path;
  };

  it.each([
    ['a missing file', () => join(folder, 'missing'), /: it does not exist$/],
    ['a folder', () => folder, /: it is a folder; name a regular file$/],
    ['a device', () => '/dev/zero', /^wasm \/dev\/zero: it is a device; name a regular file$/],
    ['a FIFO', fifo, /: it is a FIFO; name a regular file$/],
    ['a sparse file of 2 TiB', sparse, /: it has 2,199,023,255,552 bytes; at most 1,000 are supported$/],
    ['a path through a file', () => join(file('plain', ''), 'x'), /: a part of the path is a file$/],
  ] satisfies [string, () => string, RegExp][])('is rejected at once, in one line: %s', (_, path, line) => {
    const named = path();
    for (const use of [checkInputFile, readInputFile]) {
      expect(() => use(named, options)).toThrow(InputError);
      expect(() => use(named, options)).toThrow(line);
    }
  });
});
