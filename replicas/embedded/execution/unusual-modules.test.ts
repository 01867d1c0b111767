/** Modules that are valid and unusual, as the recordings have them. */
import { describe, expect, it } from 'vitest';
import { compileWat } from '../testing/compile-wat.js';
import { createTestDriver, hexOf, NO_ARG } from '../testing/test-driver.js';

const driver = createTestDriver();

/** Installs a module and returns the outcome of its update `x` as text. */
async function outcomeOf(fields: string): Promise<string> {
  return hexOf(await driver.update(await driver.install(fields), 'x'));
}

describe('an export that has the name of a method and is not a function', () => {
  it('makes a call fail', async () => {
    expect(await outcomeOf('(memory (export "canister_update x") 1)')).toContain(
      'Canister violated contract: export is not a function',
    );
  });

  it('makes the installation fail if it is a hook', async () => {
    const wasm = await compileWat('(module (global (export "canister_init") i32 (i32.const 0)))');
    const canister = await driver.replica.createCanister();
    const outcome = await driver.replica.install({ canister, mode: 'install', wasm, arg: NO_ARG });
    expect(hexOf(outcome)).toContain('Canister violated contract: export is not a function');
  });
});

describe('a module without a memory', () => {
  const importing = (name: string, params: string, operands: string): string =>
    `(import "ic0" "${name}" (func $f ${params})) (func (export "canister_update x") (call $f ${operands}))`;

  it('may use functions that do not access the memory', async () => {
    expect(await outcomeOf(importing('msg_reply', '', ''))).toBe('');
  });

  it.each(['debug_print', 'msg_reply_data_append'])('may not use %s, also not for no bytes', async (name) => {
    expect(await outcomeOf(importing(name, '(param i32 i32)', '(i32.const 0) (i32.const 0)'))).toContain(
      'Canister violated contract: WebAssembly module must define memory',
    );
  });
});

describe('a trap of a function for stable memory', () => {
  it('has a backtrace that begins with the function, also if the module has no names', async () => {
    const fields = `(import "ic0" "stable64_read" (func $read (param i64 i64 i64))) (memory 1)
      (func (export "canister_update x") (call $read (i64.const 0) (i64.const 0) (i64.const 1)))`;
    expect(await outcomeOf(fields)).toContain(
      'stable memory out of bounds\\nCanister Backtrace:\\nstable64_read\\nunknown function at index 6\\n',
    );
  });
});

describe('an upgrade to a module that is not valid', () => {
  const invalid = new TextEncoder().encode('no module');

  async function upgradeFrom(fields: string): Promise<{ failure: string; instructions: number }> {
    const canister = await driver.install(fields);
    const executed = async (): Promise<number> => (await driver.replica.metrics(canister)).instructions;
    const before = await executed();
    const outcome = await driver.replica.install({ canister, mode: 'upgrade', wasm: invalid, arg: NO_ARG });
    return { failure: hexOf(outcome), instructions: (await executed()) - before };
  }

  it('fails after the hook of the old code', async () => {
    const { failure } = await upgradeFrom('(func (export "canister_pre_upgrade"))');
    expect(failure).toContain("Canister's Wasm module is not valid");
  });

  it('fails by the hook of the old code, and does not pay for the new module', async () => {
    const { failure, instructions } = await upgradeFrom('(func (export "canister_pre_upgrade") unreachable)');
    expect(failure).toContain('Canister trapped: unreachable');
    expect(instructions).toBeLessThan(10);
  });
});
