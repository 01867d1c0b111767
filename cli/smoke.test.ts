/** The commands that judge a canister try one plain upload first. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect } from 'vitest';
import { inProject } from '../suites/testing/fixtures.js';
import { commandInProcess, it } from './testing/command.js';

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

/** A target that sends a wrong hash with every finish. */
function wrongTarget(folder: string): string {
  const path = join(folder, 'wrong.mjs');
  const built = pathToFileURL(inProject('dist/library/index.js')).href;
  writeFileSync(
    path,
    `import { uploadTarget } from ${JSON.stringify(built)};
     const encode = (request) => uploadTarget.encode(request.op === 'finish' ? { ...request, sha256: new Uint8Array(32) } : request);
     export default { ...uploadTarget, encode };`,
  );
  return path;
}

describe('a target with which no upload succeeds', () => {
  it.for(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])(
    'ends %s with exit code 2 and the call that fails',
    async (name, { folder, out }) => {
      const corpus = name === 'gate' || name === 'run' ? ['--corpus', folder] : [];
      const args = [...COMMANDS[name], '--target', wrongTarget(folder), '--out', out, ...corpus];
      const { exitCode, stderr } = await commandInProcess(args);
      expect(stderr).toMatch(
        /^upload-stress: the smoke upload fails: finish A: ChecksumMismatch \(.*\); correct the target or the canister$/m,
      );
      expect(stderr).toContain('put A[2]: Ok');
      expect(exitCode).toBe(2);
    },
  );
});
