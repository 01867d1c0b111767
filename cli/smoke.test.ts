/** The commands that judge a canister try one plain upload first. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createFolder, inProject, removeFolder } from '../suites/testing/fixtures.js';
import { commandInProcess, it } from './testing/command.js';
import { importReferenceTarget } from './testing/reference-target.js';

const WASM = ['--wasm', inProject('canister/wasm/upload.wasm')];

const COMMANDS = {
  run: ['run', ...WASM, '--profile', 'quick', '--replica', 'embedded'],
  probe: ['probe', ...WASM],
  // The committed baseline names the module by this path.
  gate: ['gate', '--wasm', 'canister/wasm/upload.wasm', '--only', 'campaign'],
  diff: ['diff', ...WASM, '--replica-b', 'embedded', '--runs', '2'],
  mutants: [
    ...['mutants', '--wasm', inProject('canister/wasm/upload-faults.wasm')],
    ...['--fault-list', inProject('canister/faults.json'), '--faults', 'canary'],
  ],
} as const;

let shared: string;
/** A target that sends a wrong hash with every finish. */
let wrongTarget: string;
beforeAll(async () => {
  shared = createFolder();
  wrongTarget = join(shared, 'wrong.mjs');
  const reference = await importReferenceTarget(shared);
  writeFileSync(
    wrongTarget,
    `${reference}
     const encode = (request) => uploadTarget.encode(request.op === 'finish' ? { ...request, sha256: new Uint8Array(32) } : request);
     export default { ...uploadTarget, encode };`,
  );
  mkdirSync(join(shared, 'no-corpus'));
});
afterAll(() => removeFolder(shared));

describe('a target with which no upload succeeds', () => {
  it.for(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])(
    'ends %s with exit code 2 and the call that fails',
    async (name, { out }) => {
      const corpus = name === 'gate' || name === 'run' ? ['--corpus', join(shared, 'no-corpus')] : [];
      const args = [...COMMANDS[name], '--target', wrongTarget, '--out', out, ...corpus];
      const { exitCode, stderr } = await commandInProcess(args);
      expect(stderr).toMatch(
        /^upload-stress: the smoke upload fails: finish A: ChecksumMismatch \(.*\); correct the target or the canister$/m,
      );
      expect(stderr).toContain('put A[2]: Ok');
      expect(exitCode).toBe(2);
    },
  );
});
