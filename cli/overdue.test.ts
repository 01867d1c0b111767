/** `--message-time` and the configuration's `messageTimeMs` with canisters that do not end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { requiredExports } from '../campaigns/subject/subject.js';
import { inProject } from '../suites/testing/fixtures.js';
import { uploadTarget } from '../targets/upload.js';
import { compileWat } from '../replicas/embedded/testing/compile-wat.js';
import { command, expectRefusal, it } from './testing/command.js';

/** A module with the interface of the reference canister whose methods all run forever. */
async function writeEndless(folder: string, hooks = ''): Promise<string> {
  const methods = requiredExports(uploadTarget).map((name) => `(export "${name}" (func $loop))`);
  const path = join(folder, 'endless.wasm');
  const text = `(module (memory 1) (func $loop (loop (br 0))) ${methods.join(' ')} ${hooks})`;
  writeFileSync(path, await compileWat(text));
  return path;
}

const ENDED = /did not end within 0\.2 s; it had executed [\d,]+ of at most [\d,]+ instructions/;

describe('a canister that does not end', () => {
  it('is refused before the campaign, with the message and its progress', async ({ folder, out }) => {
    const wasm = await writeEndless(folder);
    const result = await command(['run', '--wasm', wasm, '--message-time', '200ms', '--out', out]);
    expectRefusal(result, ENDED);
    expect(result.stderr).toMatch(/canister_(update|query) \w+ of canister/);
  });

  it('is refused if its start function does not end', async ({ folder, out }) => {
    const wasm = await writeEndless(folder, '(start $loop)');
    const args = ['run', '--wasm', wasm, '--message-time', '200ms', '--out', out];
    expectRefusal(await command(args), /canister_start of canister .* did not end within 0\.2 s/);
  });

  it('obeys the limit of the configuration', async ({ folder, out }) => {
    const wasm = await writeEndless(folder);
    const config = JSON.stringify({ wasm, messageTimeMs: 200 });
    writeFileSync(join(folder, 'upload-stress.config.mjs'), `export default ${config};\n`);
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [inProject('bin/upload-stress.js'), 'run', '--out', out],
      { cwd: folder, reject: false },
    );
    expectRefusal({ exitCode, stdout, stderr }, ENDED);
  });
});
