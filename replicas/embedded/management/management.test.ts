import { createHash } from 'node:crypto';
import { Principal } from '@dfinity/principal';
import { describe, expect, it } from 'vitest';
import { toOutcome } from '../embedded-replica.js';
import { createBench, hexOf, NO_ARG, PRELUDE, USER } from '../testing/bench-canister.js';
import { compileWat } from '../testing/compile-wat.js';
import { about, manage, NO_SETTINGS } from '../testing/manage.js';
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
    const bench = createBench();
    const canister = await bench.install(COUNTER);
    expect(await manage(bench, 'stop_canister', about(canister), STRANGER)).toMatchObject({
      errorCode: 'IC0512',
      text: `Only controllers of canister ${canister} can call ic00 method stop_canister`,
    });
    const settings = { ...NO_SETTINGS, controllers: [[Principal.fromText(STRANGER)]] };
    expect(hexOf(await manage(bench, 'update_settings', about(canister, { settings })))).toBe(EMPTY);
    expect(bench.replica.engine.controllers(canister)).toEqual([STRANGER]);
    expect(hexOf(await manage(bench, 'stop_canister', about(canister), STRANGER))).toBe(EMPTY);
  });

  it('refuses methods that users may not call and arguments that it cannot decode', async () => {
    const bench = createBench();
    const submit = (method: string, arg = NO_ARG) =>
      bench.replica.submit({ canister: 'aaaaa-aa', method, arg, caller: USER });
    expect(await submit('raw_rand')).toMatchObject({
      reject: { errorCode: 'IC0406', text: 'ic00 method raw_rand can not be called via ingress messages' },
    });
    expect(await submit('nope')).toMatchObject({
      reject: { errorCode: 'IC0536', text: 'ic00 interface does not expose method nope' },
    });
    expect(await submit('install_code')).toMatchObject({ reject: { errorCode: 'IC0408' } });
    expect(await bench.update('aaaaa-aa', 'read_canister_snapshot_metadata')).toMatchObject({
      errorCode: 'IC0407',
      text: 'Not yet implemented',
    });
  });

  it('restores heap, globals, and stable memory from a canister snapshot', async () => {
    const bench = createBench();
    const canister = await bench.install(COUNTER);
    await bench.update(canister, 'add');
    const taken = await manage(bench, 'take_canister_snapshot', about(canister, { replace_snapshot: [] }));
    if (taken.kind === 'reject') throw new Error(taken.text);
    const { id } = decodeResult('take_canister_snapshot', taken.bytes) as { id: Uint8Array };
    await bench.update(canister, 'add');
    await bench.update(canister, 'grow');
    expect(hexOf(await bench.query(canister, 'get'))).toBe('02');
    const load = about(canister, { snapshot_id: id });
    expect(hexOf(await manage(bench, 'load_canister_snapshot', load))).toBe(EMPTY);
    expect(hexOf(await bench.query(canister, 'get'))).toBe('01');
    expect((await bench.replica.metrics(canister)).heapBytes).toBe(65_536);
    await bench.update(canister, 'add');
    expect(hexOf(await bench.query(canister, 'get'))).toBe('02');
    expect(hexOf(await manage(bench, 'delete_canister_snapshot', load))).toBe(EMPTY);
    expect(await manage(bench, 'load_canister_snapshot', load)).toMatchObject({ kind: 'reject' });
  });

  it('installs a module from chunks and checks its hash', async () => {
    const bench = createBench();
    const canister = await bench.replica.createCanister();
    const wasm = await compileWat(`(module ${COUNTER})`);
    const chunks = [wasm.slice(0, 100), wasm.slice(100)];
    const hashes: { hash: Uint8Array }[] = [];
    for (const chunk of chunks) {
      const uploaded = await manage(bench, 'upload_chunk', about(canister, { chunk }));
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
    expect(await manage(bench, 'install_chunked_code', wrong)).toMatchObject({ errorCode: 'IC0504' });
    expect(hexOf(await manage(bench, 'install_chunked_code', request))).toBe(EMPTY);
    expect(await bench.update(canister, 'add')).toMatchObject({ kind: 'reply' });
  });

  it('shows the log to controllers and to no one else', async () => {
    const bench = createBench();
    const canister = await bench.install(`(func (export "canister_update boom") unreachable)`);
    await bench.update(canister, 'boom');
    const read = (caller: string) =>
      toOutcome(
        bench.replica.engine.query({
          canister: 'aaaaa-aa',
          method: 'fetch_canister_logs',
          arg: encodeArgument('fetch_canister_logs', about(canister)),
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
    const bench = createBench();
    const canister = await bench.install(COUNTER);
    const settings = { ...NO_SETTINGS, wasm_memory_limit: [100_000n] };
    await manage(bench, 'update_settings', about(canister, { settings }));
    expect(await bench.update(canister, 'grow')).toMatchObject({ kind: 'reject', errorCode: 'IC0539' });
    expect((await bench.replica.metrics(canister)).heapBytes).toBe(65_536);
    expect(await bench.update(canister, 'add')).toMatchObject({ kind: 'reply' });
  });
});
