import type { CodeWriter } from './code-writer.js';
import type { Layout } from './layout.js';
import { Action, ACTIONS, PREFIX_SIMD } from './opcodes.js';

const I64X2_SPLAT = [PREFIX_SIMD, 18];
const I64X2_EXTRACT = [PREFIX_SIMD, 29];
const I64X2_REPLACE = [PREFIX_SIMD, 30];

export interface GlobalAccess {
  /** `global.get` or `global.set`. */
  readonly id: number;
  readonly index: number;
  /** A temporary of type v128, which only `global.set` of a mutable v128 global uses. */
  readonly value: number;
}

/** Accesses a global. A mutable v128 global is stored as two i64 globals, because JavaScript cannot read a v128. */
export function writeGlobalAccess(out: CodeWriter, layout: Layout, { id, index, value }: GlobalAccess): void {
  const high = layout.v128Globals.get(index);
  if (high === undefined) {
    out.byte(id).u32(index);
  } else if (ACTIONS[id] === Action.globalGet) {
    out
      .globalGet(index)
      .raw(...I64X2_SPLAT)
      .globalGet(high)
      .raw(...I64X2_REPLACE, 1);
  } else {
    out
      .temporaryTee(value)
      .raw(...I64X2_EXTRACT, 0)
      .globalSet(index);
    out
      .temporaryGet(value)
      .raw(...I64X2_EXTRACT, 1)
      .globalSet(high);
  }
}
