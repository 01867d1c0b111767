import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../harness/input-error.js';
import { uploadTarget } from '../../targets/upload.js';
import {
  checkKeyFile,
  checkTargetModule,
  readCanisterWasm,
  readInitArg,
  readModule,
  readTokenFile,
} from './inputs.js';
import { readUserFile } from './user-file.js';

const READERS: Readonly<Record<string, (path: string) => unknown>> = {
  '--wasm': (path) => readCanisterWasm(path, [], 'upload'),
  '--init-arg': readInitArg,
  '--http-token': readTokenFile,
  '--target': checkTargetModule,
  '--identity': checkKeyFile,
  '--file': (path) => readUserFile(path, { target: uploadTarget, fixedLimits: undefined }),
  'a module of this package': readModule,
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inputs-'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  writeFileSync(join(folder, 'sparse'), '');
  truncateSync(join(folder, 'sparse'), 2 ** 41);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform !== 'win32').each(Object.entries(READERS))('%s', (_name, read) => {
  it.each([
    ['a FIFO', (): string => join(folder, 'fifo'), /: it is a FIFO; name a regular file$/],
    ['a device', (): string => '/dev/zero', /: it is a device; name a regular file$/],
    ['a folder', (): string => folder, /: it is a folder; name a regular file$/],
    [
      'a sparse file of 2 TiB',
      (): string => join(folder, 'sparse'),
      /: it has 2,199,023,255,552 bytes; at most [\d,]+ are/,
    ],
    ['a missing file', (): string => join(folder, 'missing'), /: it does not exist$/],
  ] as const)('rejects %s in one line', async (_kind, path, line) => {
    const outcome = Promise.resolve().then(() => read(path()));
    await expect(outcome).rejects.toThrow(line);
    await expect(outcome).rejects.toBeInstanceOf(InputError);
  });
});

describe('--file', () => {
  it('accepts as many bytes as the canister accepts per upload', async () => {
    const path = join(folder, 'file.bin');
    writeFileSync(path, 'abc');
    const subject = { target: uploadTarget, fixedLimits: { bytesMax: 3 } };
    expect(await readUserFile(path, subject)).toMatchObject({ name: 'file.bin', bytes: 3 });
    await expect(readUserFile(path, { ...subject, fixedLimits: { bytesMax: 2 } })).rejects.toThrow(
      /: it has 3 bytes; at most 2 are supported$/,
    );
  });
});
