/** Numeric instructions of the reference interpreter. Integer operands are signed; results may exceed the width. */

/** The text is the one of V8. */
export class ReferenceTrap extends Error {}

/** Comparisons, whose result is an i32. */
export const COMPARES: ReadonlySet<string> = new Set(['eqz', 'eq', 'lt_u', 'lt_s']);
function unsigned(value: bigint, width: number): bigint {
  return BigInt.asUintN(width, value);
}

function booleanToBigInt(condition: boolean): bigint {
  return condition ? 1n : 0n;
}

export const UNARY_INTEGER: Readonly<Record<string, (value: bigint, width: number) => bigint>> = {
  eqz: (value) => booleanToBigInt(value === 0n),
  clz: (value, width) => {
    const bits = unsigned(value, width);
    return BigInt(width - (bits === 0n ? 0 : bits.toString(2).length));
  },
  popcnt: (value, width) => BigInt(unsigned(value, width).toString(2).replaceAll('0', '').length),
  wrap_i64: (value) => value,
  extend_i32_u: (value) => unsigned(value, 32),
  extend8_s: (value) => BigInt.asIntN(8, value),
  reinterpret_f32: (value) => value,
  reinterpret_f64: (value) => value,
};

function division(divide: (left: bigint, right: bigint) => bigint, trap: string, isSigned: boolean) {
  return (left: bigint, right: bigint, width: number): bigint => {
    if (right === 0n) throw new ReferenceTrap(trap);
    const result = isSigned ? divide(left, right) : divide(unsigned(left, width), unsigned(right, width));
    if (isSigned && result === 1n << BigInt(width - 1))
      throw new ReferenceTrap('divide result unrepresentable');
    return result;
  };
}

export const BINARY_INTEGER: Readonly<
  Record<string, (left: bigint, right: bigint, width: number) => bigint>
> = {
  add: (left, right) => left + right,
  sub: (left, right) => left - right,
  mul: (left, right) => left * right,
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
  shl: (left, right, width) => left << (unsigned(right, width) % BigInt(width)),
  shr_s: (left, right, width) => left >> (unsigned(right, width) % BigInt(width)),
  shr_u: (left, right, width) => unsigned(left, width) >> (unsigned(right, width) % BigInt(width)),
  eq: (left, right) => booleanToBigInt(left === right),
  lt_s: (left, right) => booleanToBigInt(left < right),
  lt_u: (left, right, width) => booleanToBigInt(unsigned(left, width) < unsigned(right, width)),
  div_s: division((left, right) => left / right, 'divide by zero', true),
  div_u: division((left, right) => left / right, 'divide by zero', false),
  rem_s: division((left, right) => left % right, 'remainder by zero', true),
  rem_u: division((left, right) => left % right, 'remainder by zero', false),
};

/** `i32.trunc_f64_s` or `i32.trunc_sat_f64_u`. */
export function truncate(name: string, value: number): number {
  const whole = Math.trunc(value);
  if (name === 'trunc_sat_f64_u')
    return Number.isNaN(value) ? 0 : Math.min(Math.max(whole, 0), 0xffff_ffff) | 0;
  if (!(whole >= -(2 ** 31) && whole < 2 ** 31)) {
    throw new ReferenceTrap('float unrepresentable in integer range');
  }
  return whole | 0;
}

export const UNARY_FLOAT: Readonly<Record<string, (value: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  nearest: (value) => {
    if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value;
    const floor = Math.floor(value);
    const rest = value - floor;
    const whole = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
    return whole === 0 && (value < 0 || Object.is(value, -0)) ? -0 : whole;
  },
};

export const BINARY_FLOAT: Readonly<Record<string, (left: number, right: number) => number>> = {
  add: (left, right) => left + right,
  sub: (left, right) => left - right,
  mul: (left, right) => left * right,
  div: (left, right) => left / right,
  min: Math.min,
  max: Math.max,
};
