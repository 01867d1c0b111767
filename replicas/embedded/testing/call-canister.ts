import { compileWat } from './compile-wat.js';

/**
 * A canister that makes calls and records each event as one byte in stable memory.
 *
 * `burst` calls `note` of the canister in the first ten bytes of the argument, once with each of the other bytes, and replies.
 * `note` records the byte of its argument. A callback records the byte of its call, with bit 7 set on a reply and bit 6 on a reject.
 */
export function compileCallCanister(): Promise<Uint8Array> {
  return compileWat(`(module
  (import "ic0" "msg_arg_data_size" (func $size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "stable64_grow" (func $sgrow (param i64) (result i64)))
  (import "ic0" "stable64_write" (func $swrite (param i64 i64 i64)))
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $call_data (param i32 i32)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (memory 1)
  (global $n (mut i64) (i64.const 0))
  (type $cb (func (param i32)))
  (table 2 funcref)
  (elem (i32.const 0) $on_reply $on_reject)
  (data (i32.const 16) "note")
  (func $event (param i32)
    (if (i64.eqz (global.get $n)) (then (drop (call $sgrow (i64.const 1)))))
    (i32.store8 (i32.const 0) (local.get 0))
    (call $swrite (global.get $n) (i64.const 0) (i64.const 1))
    (global.set $n (i64.add (global.get $n) (i64.const 1))))
  (func $on_reply (param i32) (call $event (i32.or (local.get 0) (i32.const 128))))
  (func $on_reject (param i32) (call $event (i32.or (local.get 0) (i32.const 64))))
  (func (export "canister_update burst") (local $i i32)
    (call $copy (i32.const 100) (i32.const 0) (call $size))
    (local.set $i (i32.const 10))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (call $size)))
        (call $call_new (i32.const 100) (i32.const 10) (i32.const 16) (i32.const 4)
          (i32.const 0) (i32.load8_u offset=100 (local.get $i))
          (i32.const 1) (i32.load8_u offset=100 (local.get $i)))
        (call $call_data (i32.add (i32.const 100) (local.get $i)) (i32.const 1))
        (drop (call $call_perform))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (call $reply))
  (func (export "canister_update note")
    (call $copy (i32.const 100) (i32.const 0) (i32.const 1))
    (call $event (i32.load8_u (i32.const 100)))
    (call $reply)))`);
}
