import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../embedded-replica.js';
import { createTestDriver, hexOf, NO_ARG } from '../testing/test-driver.js';
import { compileWat } from '../testing/compile-wat.js';

/**
 * The layout of the Motoko compiler: the module exports its memory as `mem`, its table, and its globals; a start function sets the heap
 * pointer; `pre_upgrade` and `post_upgrade` carry the state through stable memory.
 */
const MOTOKO = `
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "stable64_size" (func $size (result i64)))
  (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
  (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
  (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
  (memory (export "mem") 2)
  (table (export "table") 1 funcref)
  (global $heap (export "__heap_base") (mut i32) (i32.const 0))
  (func $init (global.set $heap (i32.const 65536)))
  (start $init)
  (func (export "canister_init"))
  (func (export "canister_update inc")
    (i32.store (global.get $heap) (i32.add (i32.load (global.get $heap)) (i32.const 1)))
    (call $reply))
  (func (export "canister_query get") (call $append (global.get $heap) (i32.const 4)) (call $reply))
  (func (export "canister_pre_upgrade")
    (if (i64.eqz (call $size)) (then (drop (call $grow (i64.const 1)))))
    (call $write (i64.const 0) (i64.extend_i32_u (global.get $heap)) (i64.const 4)))
  (func (export "canister_post_upgrade")
    (call $read (i64.extend_i32_u (global.get $heap)) (i64.const 0) (i64.const 4)))`;

describe('a module with the layout of the Motoko compiler', () => {
  it('keeps its heap between messages and its state across an upgrade', async () => {
    const replica = createEmbeddedReplica();
    const driver = createTestDriver(replica);
    const canister = await driver.install(MOTOKO);
    await driver.update(canister, 'inc');
    await driver.update(canister, 'inc');
    expect(hexOf(await driver.query(canister, 'get'))).toBe('02000000');
    const wasm = await compileWat(`(module ${MOTOKO})`);
    await replica.install({ canister, mode: 'upgrade', wasm, arg: NO_ARG });
    expect(hexOf(await driver.query(canister, 'get'))).toBe('02000000');
    await driver.update(canister, 'inc');
    expect(hexOf(await driver.query(canister, 'get'))).toBe('03000000');
    expect((await replica.metrics(canister)).heapBytes).toBe(131_072);
  });
});
