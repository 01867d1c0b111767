/** A canister whose one method writes to everything that a message can write to, and then traps if told so. */
import { compileWat } from './compile-wat.js';

/** What one message does, in this order. */
export interface Act {
  readonly growPages: number;
  /** Heap range to fill, in bounds after growth; the first 4,096 bytes belong to the canister. */
  readonly heapStart: number;
  readonly heapLength: number;
  readonly byte: number;
  readonly stableGrowPages: number;
  /** Stable range to write, in bounds after growth. */
  readonly stableStart: number;
  readonly stableLength: number;
  /** Heap address that the stable write copies from. */
  readonly source: number;
  readonly global: number;
  readonly isTrapping: boolean;
}

export const MEMORY_CANISTER_PAGES = 2;
export const MEMORY_CANISTER_GLOBAL = 7;
/** Where the part of the heap begins that acts may fill. */
export const ACT_HEAP_START = 4_096;

export function encodeAct(act: Act): Uint8Array {
  return new Uint8Array(
    Uint32Array.of(
      act.growPages,
      act.heapStart,
      act.heapLength,
      act.byte,
      act.stableGrowPages,
      act.stableStart,
      act.stableLength,
      act.source,
      act.global,
      act.isTrapping ? 1 : 0,
    ).buffer,
  );
}

const body = `
  (call $arg (i32.const 0) (i32.const 0) (i32.const 40))
  (drop (memory.grow (i32.load (i32.const 0))))
  (if (i32.load (i32.const 8)) (then
    (i32.store8 (i32.load (i32.const 4)) (i32.const 255))
    (memory.fill (i32.load (i32.const 4)) (i32.load (i32.const 12)) (i32.load (i32.const 8)))))
  (drop (call $sgrow (i64.extend_i32_u (i32.load (i32.const 16)))))
  (call $swrite (i64.extend_i32_u (i32.load (i32.const 20)))
    (i64.extend_i32_u (i32.load (i32.const 28))) (i64.extend_i32_u (i32.load (i32.const 24))))
  (global.set $g (i32.load (i32.const 32)))
  (if (i32.load (i32.const 36)) (then unreachable))
  (call $reply)`;

/** `act` (update), `act_in_query` (query), `heap` and `global` (queries). */
export function compileMemoryCanister(): Promise<Uint8Array> {
  return compileWat(`(module
  (import "ic0" "msg_arg_data_copy" (func $arg (param i32 i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "stable64_grow" (func $sgrow (param i64) (result i64)))
  (import "ic0" "stable64_write" (func $swrite (param i64 i64 i64)))
  (memory ${MEMORY_CANISTER_PAGES} 40)
  (global $g (mut i32) (i32.const ${MEMORY_CANISTER_GLOBAL}))
  (data (i32.const 5000) "active data")
  (func (export "canister_update act") ${body})
  (func (export "canister_query act_in_query") ${body})
  (func (export "canister_query heap")
    (call $append (i32.const ${ACT_HEAP_START}) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const ${ACT_HEAP_START})))
    (call $reply))
  (func (export "canister_query global")
    (i32.store (i32.const 0) (global.get $g))
    (call $append (i32.const 0) (i32.const 4))
    (call $reply)))`);
}
