/** The variables that the instrumentation adds to a function. */
import { ValueType } from './opcodes.js';

/** Bits of a set of temporaries. `i64Address` holds an i64 address or index before its conversion to i32. */
export const Temporary = {
  i64: 1,
  address: 2,
  effective: 4,
  i32: 8,
  f32: 16,
  f64: 32,
  v128: 64,
  i64Address: 128,
} as const;

export const TEMPORARY_TYPES: readonly (readonly [bit: number, type: number])[] = [
  [Temporary.i64, ValueType.i64],
  [Temporary.address, ValueType.i32],
  [Temporary.effective, ValueType.i32],
  [Temporary.i32, ValueType.i32],
  [Temporary.f32, ValueType.f32],
  [Temporary.f64, ValueType.f64],
  [Temporary.v128, ValueType.v128],
  [Temporary.i64Address, ValueType.i64],
];

export function typeOfTemporary(temporary: number): number {
  return TEMPORARY_TYPES.find(([bit]) => bit === temporary)?.[1] ?? ValueType.i64;
}

/** The temporary for values of a type. */
export function temporaryOf(type: number): number {
  switch (type) {
    case ValueType.i32:
      return Temporary.i32;
    case ValueType.f32:
      return Temporary.f32;
    case ValueType.f64:
      return Temporary.f64;
    case ValueType.v128:
      return Temporary.v128;
    default:
      return Temporary.i64;
  }
}
