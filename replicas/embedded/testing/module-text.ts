/** Module fields in WebAssembly text that several test canisters share. */
import type { PrincipalText } from '../../replica.js';
import { principalToBytes } from '../principals.js';

/** Module fields that most test canisters need: imports from `ic0` and a memory of one page. */
export const PRELUDE = `
  (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reject_code" (func $reject_code (result i32)))
  (import "ic0" "msg_reject_msg_size" (func $reject_size (result i32)))
  (import "ic0" "msg_reject_msg_copy" (func $reject_copy (param i32 i32 i32)))
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $call_data (param i32 i32)))
  (import "ic0" "call_cycles_add" (func $call_cycles (param i64)))
  (import "ic0" "call_with_best_effort_response" (func $best_effort (param i32)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (import "ic0" "msg_cycles_accept" (func $accept (param i64) (result i64)))
  (import "ic0" "msg_cycles_refunded" (func $refunded (result i64)))
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
  (import "ic0" "in_replicated_execution" (func $replicated (result i32)))
  (memory 1)`;

/**
 * Module fields with the function `$forward`, which makes the call in the message's argument (see `forwardArg`). The canister
 * replies with the callee's reply, or with the reject code (4 bytes) and the reject message.
 *
 * `$callee_size` is the length of the callee's id. `$cycles` are attached to the call if not 0. `$seconds` is the timeout of a
 * best-effort call; 0 makes a guaranteed-response call.
 */
export const FORWARD = `
  (table 2 funcref)
  (elem (i32.const 0) $on_reply $on_reject)
  (func $on_reply (param i32)
    (call $arg_copy (i32.const 1000) (i32.const 0) (call $arg_size))
    (call $append (i32.const 1000) (call $arg_size))
    (call $reply))
  (func $on_reject (param i32)
    (i32.store (i32.const 1000) (call $reject_code))
    (call $reject_copy (i32.const 1004) (i32.const 0) (call $reject_size))
    (call $append (i32.const 1000) (i32.add (i32.const 4) (call $reject_size)))
    (call $reply))
  (func $forward (param $callee_size i32) (param $cycles i64) (param $seconds i32) (local $name i32)
    (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
    (local.set $name (i32.load8_u (local.get $callee_size)))
    (call $call_new (i32.const 0) (local.get $callee_size)
      (i32.add (local.get $callee_size) (i32.const 1)) (local.get $name)
      (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
    (call $call_data (i32.add (i32.add (local.get $callee_size) (i32.const 1)) (local.get $name))
      (i32.sub (call $arg_size) (i32.add (i32.add (local.get $callee_size) (i32.const 1)) (local.get $name))))
    (if (i64.ne (local.get $cycles) (i64.const 0)) (then (call $call_cycles (local.get $cycles))))
    (if (local.get $seconds) (then (call $best_effort (local.get $seconds))))
    (if (call $call_perform) (then unreachable)))`;

/** Argument of a method that calls `$forward`: callee, length of the method name (1 byte), method name, payload. */
export function forwardArg(
  callee: PrincipalText,
  method: string,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array {
  return Uint8Array.from([...principalToBytes(callee), method.length, ...Buffer.from(method), ...payload]);
}
