/** Makes the NaN results of float arithmetic canonical, as the IC does: V8 returns other NaNs on some processors. */
import { OP } from './binary-format.js';
import type { CodeWriter } from './code-writer.js';
import { LANE_BITS, OPERAND_TYPES, PREFIX_SIMD, ValueType } from './opcodes.js';

const F32_NAN = [OP.f32_const, 0x00, 0x00, 0xc0, 0x7f];
const F64_NAN = [OP.f64_const, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const F32X4_NAN = [PREFIX_SIMD, 12, ...Array.from({ length: 4 }, () => [0, 0, 0xc0, 0x7f]).flat()];
const F64X2_NAN = [
  PREFIX_SIMD,
  12,
  ...Array.from({ length: 2 }, () => [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]).flat(),
];
const F32X4_EQ = [PREFIX_SIMD, 65];
const F64X2_EQ = [PREFIX_SIMD, 71];
const V128_BITSELECT = [PREFIX_SIMD, 82];

/**
 * Replaces the result `x` of instruction `id`, which is on the stack, by `x == x ? x : canonical NaN`, lane by lane. `temporary` is
 * a temporary of the result type.
 */
export function writeCanonicalNan(out: CodeWriter, id: number, temporary: number): void {
  const is32 = LANE_BITS[id] === 32;
  out.temporaryTee(temporary);
  if (OPERAND_TYPES[id] === ValueType.v128) {
    out.raw(...(is32 ? F32X4_NAN : F64X2_NAN));
    out.temporaryGet(temporary).temporaryGet(temporary);
    out.raw(...(is32 ? F32X4_EQ : F64X2_EQ), ...V128_BITSELECT);
  } else {
    out.raw(...(is32 ? F32_NAN : F64_NAN));
    out.temporaryGet(temporary).temporaryGet(temporary);
    out.byte(is32 ? OP.f32_eq : OP.f64_eq).byte(OP.select);
  }
}
