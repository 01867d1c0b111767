import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, NO_ARG, USER, type TestDriver } from '../testing/test-driver.js';
import { compileWat } from '../testing/compile-wat.js';
import { callManagement } from '../testing/management-call.js';

const MAINNET_ID = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

describe('creating a canister with a specified id', () => {
  const create = (driver: TestDriver, specified: string) =>
    callManagement(driver, 'provisional_create_canister_with_cycles', {
      amount: [],
      settings: [],
      specified_id: [Principal.fromText(specified)],
      sender_canister_version: [],
    });

  it('accepts an unused id of the mainnet', async () => {
    const driver = createTestDriver();
    await create(driver, MAINNET_ID);
    const wasm = await compileWat(`(module ${PRELUDE} (func (export "canister_update ok") (call $reply)))`);
    await driver.replica.install({ canister: MAINNET_ID, mode: 'install', wasm, arg: NO_ARG });
    expect(await driver.update(MAINNET_ID, 'ok')).toMatchObject({ kind: 'reply' });
    expect(await create(driver, MAINNET_ID)).toMatchObject({ kind: 'reject', errorCode: 'IC0538' });
  });

  it('refuses an id that the subnet assigns itself', async () => {
    const id = 'lxzze-o7777-77777-aaaaa-cai';
    expect(await create(createTestDriver(), id)).toMatchObject({
      errorCode: 'IC0408',
      text: expect.stringContaining(`The \`specified_id\` ${id} is invalid`) as string,
    });
  });

  it('refuses a principal that is not a canister id', async () => {
    expect(await create(createTestDriver(), USER)).toMatchObject({ errorCode: 'IC0405' });
  });
});
