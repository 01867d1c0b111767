/** A canister whose method `act` writes to heap, stable memory, and a global, and then optionally traps. */
import { compileWat } from './compile-wat.js';

/** The writes of one message, in this order. */
export interface Act {
  readonly growPages: number;
  /** Start of the heap range to fill, at least `ACT_HEAP_START`. The range must be in bounds after the growth. */
  readonly heapStart: number;
  readonly heapLength: number;
  /** Value of the filled bytes. */
  readonly byte: number;
  readonly stableGrowPages: number;
  /** Start of the stable range to write. The range must be in bounds after the growth. */
  readonly stableStart: number;
  readonly stableLength: number;
  /** Heap address from which the stable write copies. */
  readonly source: number;
  /** New value of the global. */
  readonly global: number;
  readonly isTrapping: boolean;
}

export const MEMORY_CANISTER_PAGES = 2;
export const MEMORY_CANISTER_GLOBAL = 7;
/** Start of the heap range that an act may fill. The canister uses the memory below it. */
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

/**
 * The methods `act` (update) and `act_in_query` (query) perform an `Act`. The query `heap` returns the heap from `ACT_HEAP_START`
 * on, and `global` returns the global.
 */
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
