/** A canister with a Candid interface: `inc` and `get` return a nat64, `now` the time, `say` prints, `refuse` rejects, `fail` traps. */
import { lebEncode } from '@icp-sdk/core/candid';
import wabt from 'wabt';

const TEXT = `(module
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reject" (func $reject (param i32 i32)))
  (import "ic0" "trap" (func $trap (param i32 i32)))
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
  (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
  (memory (export "memory") 3)
  (data (i32.const 0) "DIDL\\00\\01\\78")
  (data (i32.const 64) "hello, world")
  (global $count (mut i64) (i64.const 0))
  (func $answer (param i64)
    (i64.store (i32.const 7) (local.get 0)) (call $append (i32.const 0) (i32.const 15)) (call $reply))
  (func (export "canister_init")
    (drop (call $grow (i64.const 2))) (call $write (i64.const 65536) (i64.const 64) (i64.const 12)))
  (func (export "canister_update inc")
    (global.set $count (i64.add (global.get $count) (i64.const 1))) (call $answer (global.get $count)))
  (func (export "canister_query get") (call $answer (global.get $count)))
  (func (export "canister_query now") (call $answer (call $time)))
  (func (export "canister_update say") (call $print (i32.const 64) (i32.const 12)) (call $answer (i64.const 0)))
  (func (export "canister_update refuse") (call $reject (i32.const 64) (i32.const 12)))
  (func (export "canister_update fail") (call $trap (i32.const 64) (i32.const 12)))
)`;

/** `paddingBytes` is the size of a custom section, for a module that does not fit in one message. */
export async function counterModule(paddingBytes = 0): Promise<Uint8Array> {
  const parsed = (await wabt()).parseWat('counter.wat', TEXT);
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  if (paddingBytes === 0) return buffer;
  const name = Uint8Array.of(3, 0x70, 0x61, 0x64);
  return Uint8Array.from(
    Buffer.concat([
      buffer,
      Uint8Array.of(0),
      lebEncode(name.length + paddingBytes),
      name,
      padding(paddingBytes),
    ]),
  );
}

/** Returns bytes that do not compress and are the same in every run. */
function padding(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24);
}
