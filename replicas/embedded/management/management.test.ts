import { createHash } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { toOutcome } from '../embedded-replica.js';
import { PRELUDE } from '../testing/module-text.js';
import { createTestDriver, hexOf, NO_ARG, USER } from '../testing/test-driver.js';
import { compileWat } from '../testing/compile-wat.js';
import { canisterArgument, callManagement, NO_SETTINGS } from '../testing/management-call.js';
import { decodeResult, encodeArgument } from '../management-interface/candid-types.js';

const STRANGER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const EMPTY = '4449444c0000';

const COUNTER = `${PRELUDE}
  (global $n (mut i32) (i32.const 0))
  (func (export "canister_update add") (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (i32.store8 (i32.const 500) (global.get $n)) (call $reply))
  (func (export "canister_query get") (call $append (i32.const 500) (i32.const 1)) (call $reply))
  (func (export "canister_update grow") (drop (memory.grow (i32.const 2))) (call $reply))`;

describe('the management canister', () => {
  it('obeys controllers only', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(COUNTER);
    expect(await callManagement(driver, 'stop_canister', canisterArgument(canister), STRANGER)).toMatchObject(
      {
        errorCode: 'IC0512',
        text: `Only controllers of canister ${canister} can call ic00 method stop_canister`,
      },
    );
    const settings = { ...NO_SETTINGS, controllers: [[Principal.fromText(STRANGER)]] };
    expect(
      hexOf(await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }))),
    ).toBe(EMPTY);
    expect(driver.replica.engine.controllers(canister)).toEqual([STRANGER]);
    expect(hexOf(await callManagement(driver, 'stop_canister', canisterArgument(canister), STRANGER))).toBe(
      EMPTY,
    );
  });

  it('refuses methods that users may not call and arguments that it cannot decode', async () => {
    const driver = createTestDriver();
    const submit = (method: string, arg = NO_ARG) =>
      driver.replica.submit({ canister: 'aaaaa-aa', method, arg, caller: USER });
    expect(await submit('raw_rand')).toMatchObject({
      reject: { errorCode: 'IC0406', text: 'ic00 method raw_rand can not be called via ingress messages' },
    });
    expect(await submit('nope')).toMatchObject({
      reject: { errorCode: 'IC0536', text: 'ic00 interface does not expose method nope' },
    });
    expect(await submit('install_code')).toMatchObject({ reject: { errorCode: 'IC0408' } });
  });

  it('restores heap, globals, and stable memory from a canister snapshot', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(COUNTER);
    await driver.update(canister, 'add');
    const taken = await callManagement(
      driver,
      'take_canister_snapshot',
      canisterArgument(canister, { replace_snapshot: [] }),
    );
    if (taken.kind === 'reject') throw new Error(taken.text);
    const { id } = decodeResult('take_canister_snapshot', taken.bytes) as { id: Uint8Array };
    await driver.update(canister, 'add');
    await driver.update(canister, 'grow');
    expect(hexOf(await driver.query(canister, 'get'))).toBe('02');
    const load = canisterArgument(canister, { snapshot_id: id });
    expect(hexOf(await callManagement(driver, 'load_canister_snapshot', load))).toBe(EMPTY);
    expect(hexOf(await driver.query(canister, 'get'))).toBe('01');
    expect((await driver.replica.metrics(canister)).heapBytes).toBe(65_536);
    await driver.update(canister, 'add');
    expect(hexOf(await driver.query(canister, 'get'))).toBe('02');
    expect(hexOf(await callManagement(driver, 'delete_canister_snapshot', load))).toBe(EMPTY);
    expect(await callManagement(driver, 'load_canister_snapshot', load)).toMatchObject({ kind: 'reject' });
  });

  it('installs a module from chunks and checks its hash', async () => {
    const driver = createTestDriver();
    const canister = await driver.replica.createCanister();
    const wasm = await compileWat(`(module ${COUNTER})`);
    const chunks = [wasm.slice(0, 100), wasm.slice(100)];
    const hashes: { hash: Uint8Array }[] = [];
    for (const chunk of chunks) {
      const uploaded = await callManagement(driver, 'upload_chunk', canisterArgument(canister, { chunk }));
      if (uploaded.kind === 'reject') throw new Error(uploaded.text);
      hashes.push(decodeResult('upload_chunk', uploaded.bytes) as { hash: Uint8Array });
    }
    const request = {
      mode: { install: null },
      target_canister: Principal.fromText(canister),
      store_canister: [],
      chunk_hashes_list: hashes,
      wasm_module_hash: new Uint8Array(createHash('sha256').update(wasm).digest()),
      arg: NO_ARG,
      sender_canister_version: [],
    };
    const wrong = { ...request, wasm_module_hash: new Uint8Array(32) };
    expect(await callManagement(driver, 'install_chunked_code', wrong)).toMatchObject({
      errorCode: 'IC0504',
    });
    expect(hexOf(await callManagement(driver, 'install_chunked_code', request))).toBe(EMPTY);
    expect(await driver.update(canister, 'add')).toMatchObject({ kind: 'reply' });
  });

  it('shows the log to controllers and to no one else', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(`(func (export "canister_update boom") unreachable)`);
    await driver.update(canister, 'boom');
    const read = (caller: string) =>
      toOutcome(
        driver.replica.engine.query({
          canister: 'aaaaa-aa',
          method: 'fetch_canister_logs',
          arg: encodeArgument('fetch_canister_logs', canisterArgument(canister)),
          caller,
        }),
      );
    expect(read(STRANGER)).toMatchObject({ kind: 'reject', errorCode: 'IC0406' });
    const seen = read(USER);
    if (seen.kind === 'reject') throw new Error(seen.text);
    const { canister_log_records: records } = decodeResult('fetch_canister_logs', seen.bytes) as {
      canister_log_records: { idx: bigint; content: Uint8Array }[];
    };
    expect(records.map(({ content }) => Buffer.from(content).toString().split('\n')[0])).toEqual([
      '[TRAP]: unreachable',
    ]);
  });

  it('enforces the wasm memory limit of a canister', async () => {
    const driver = createTestDriver();
    const canister = await driver.install(COUNTER);
    const settings = { ...NO_SETTINGS, wasm_memory_limit: [100_000n] };
    await callManagement(driver, 'update_settings', canisterArgument(canister, { settings }));
    expect(await driver.update(canister, 'grow')).toMatchObject({ kind: 'reject', errorCode: 'IC0539' });
    expect((await driver.replica.metrics(canister)).heapBytes).toBe(65_536);
    expect(await driver.update(canister, 'add')).toMatchObject({ kind: 'reply' });
  });
});
