/** Who may call which method, and in which order the checks come. */
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { decodeResult } from '../management-interface/candid-types.js';
import { answerBytes, ask, ASKING } from '../testing/asking-canister.js';
import { compileWat } from '../testing/compile-wat.js';
import { canisterArgument, callManagement, NO_SETTINGS } from '../testing/management-call.js';
import { createTestDriver, NO_ARG } from '../testing/test-driver.js';

const ABSENT = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const SECTIONS = [
  ['icp:public candid', 'service : {}'],
  ['icp:private notes', 'secret'],
] as const;

/** An empty module with these custom sections. */
async function moduleWithSections(): Promise<Uint8Array> {
  const sections = SECTIONS.map(([name, content]) => [
    0,
    name.length + content.length + 1,
    name.length,
    ...Buffer.from(name + content),
  ]);
  return Uint8Array.from([...(await compileWat('(module)')), ...sections.flat()]);
}

describe('a call to the management canister', () => {
  it('by a user about a canister that does not exist is refused before anything else', async () => {
    const driver = createTestDriver();
    const argument = { ...canisterArgument(ABSENT), num_requested_changes: [] };
    for (const method of ['canister_info', 'canister_status'] as const) {
      expect(await callManagement(driver, method, argument)).toMatchObject({
        errorCode: 'IC0301',
        text: `Canister ${ABSENT} not found`,
      });
    }
  });

  it.each(['canister_info', 'canister_metadata'] as const)('of %s is closed to users', async (method) => {
    const driver = createTestDriver();
    const canister = await driver.replica.createCanister();
    const argument = { ...canisterArgument(canister), num_requested_changes: [], name: 'candid' };
    expect(await callManagement(driver, method, argument)).toMatchObject({
      text: `Only canisters can call ic00 method ${method}`,
    });
  });

  it('reads public metadata of any canister, and private metadata of a controlled one', async () => {
    const driver = createTestDriver();
    const caller = await driver.install(ASKING);
    const canister = await driver.replica.createCanister();
    const wasm = await moduleWithSections();
    await driver.replica.install({ canister, mode: 'install', wasm, arg: NO_ARG });
    const argument = (name: string) => canisterArgument(canister, { name });
    const bytes = answerBytes(await ask(driver, caller, 'canister_metadata', argument('candid')));
    const { value } = decodeResult('canister_metadata', bytes) as { value: Uint8Array };
    expect(Buffer.from(value).toString()).toBe('service : {}');
    expect(await ask(driver, caller, 'canister_metadata', argument('notes'))).toMatchObject({
      text: `The canister ${canister} has no metadata section with the name notes.`,
    });
    const settings = { ...NO_SETTINGS, controllers: [[Principal.fromText(caller)]] };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }));
    const secret = answerBytes(await ask(driver, caller, 'canister_metadata', argument('notes')));
    expect(decodeResult('canister_metadata', secret)).toEqual({
      value: new Uint8Array(Buffer.from('secret')),
    });
  });

  it('cannot delete the calling canister, whoever controls it', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(ASKING);
    expect(await ask(driver, canister, 'delete_canister', canisterArgument(canister))).toMatchObject({
      text: expect.stringContaining('cannot delete itself') as string,
    });
  });

  it('cannot delete a canister that is not stopped', async () => {
    const driver = createTestDriver();
    const canister = await driver.replica.createCanister();
    expect(await callManagement(driver, 'delete_canister', canisterArgument(canister))).toMatchObject({
      errorCode: 'IC0510',
    });
    await callManagement(driver, 'stop_canister', canisterArgument(canister));
    expect(await callManagement(driver, 'delete_canister', canisterArgument(canister))).toMatchObject({
      kind: 'reply',
    });
  });

  it('that reinstalls a canister clears its log, also if it fails', async () => {
    const driver = createTestDriver();
    const printing = '(import "ic0" "debug_print" (func $print (param i32 i32))) (memory 1)';
    const canister = await driver.install(`${printing} (func (export "canister_update print")
      (call $print (i32.const 0) (i32.const 3)))`);
    await driver.update(canister, 'print');
    expect(await driver.replica.logs(canister)).toHaveLength(1);
    const wasm = await compileWat('(module (func (export "canister_init") unreachable))');
    const outcome = await driver.replica.install({ canister, mode: 'reinstall', wasm, arg: NO_ARG });
    expect(outcome).toMatchObject({ kind: 'reject' });
    const logs = await driver.replica.logs(canister);
    expect(logs.map(({ index }) => index)).toEqual([1n]);
  });
});
