/** The mutation operators: which instructions each one changes, and into what. */
import { OP } from '../wasm/binary-format.js';
import { CodeWriter } from '../wasm/code-writer.js';
import { INSTRUCTION_NAMES, ValueType } from '../wasm/opcodes.js';

export const MUTATION_OPERATORS = [
  'comparison-inverted',
  'boundary-shifted',
  'arithmetic-replaced',
  'branch-negated',
  'constant-changed',
  'call-dropped',
  'call-doubled',
  'store-dropped',
  'early-return',
  'block-trapped',
] as const;
export type MutationOperator = (typeof MUTATION_OPERATORS)[number];

/** A changed instruction: its new bytes, and the change in words. */
export interface Change {
  readonly operator: MutationOperator;
  readonly bytes: Uint8Array;
  readonly words: string;
}

/** For example `lt_s` is inverted to `ge_s`, and its boundary is that of `le_s`. */
const COMPARISONS: Readonly<Record<string, { readonly inverse: string; readonly boundary?: string }>> = {
  eq: { inverse: 'ne' },
  ne: { inverse: 'eq' },
  ...ordered('_s'),
  ...ordered('_u'),
  ...ordered(''),
};

function ordered(suffix: string) {
  const pairs = [
    ['lt', 'ge', 'le'],
    ['le', 'gt', 'lt'],
    ['gt', 'le', 'ge'],
    ['ge', 'lt', 'gt'],
  ] as const;
  return Object.fromEntries(
    pairs.map(([name, inverse, boundary]) => [
      `${name}${suffix}`,
      { inverse: `${inverse}${suffix}`, boundary: `${boundary}${suffix}` },
    ]),
  );
}

const ARITHMETIC: Readonly<Record<string, string>> = {
  add: 'sub',
  sub: 'add',
  mul: 'add',
  div: 'mul',
  div_s: 'mul',
  div_u: 'mul',
  rem_s: 'mul',
  rem_u: 'mul',
  and: 'or',
  or: 'and',
  xor: 'and',
  shl: 'shr_u',
  shr_s: 'shl',
  shr_u: 'shl',
  rotl: 'rotr',
  rotr: 'rotl',
};

/** Opcodes below the prefixes by name. */
const OPCODES: ReadonlyMap<string, number> = new Map(
  INSTRUCTION_NAMES.slice(0, 0xfc).flatMap((name, id) => (name === undefined ? [] : [[name, id] as const])),
);

/** Whether the instruction leaves the result of a comparison, so that a branch on it need not be negated as well. */
export function isComparison(id: number): boolean {
  const [, name = ''] = nameParts(id);
  return name in COMPARISONS || name === 'eqz';
}

function nameParts(id: number): readonly [type: string, name: string | undefined] {
  const [type = '', name] = (INSTRUCTION_NAMES[id] ?? '').split('.');
  return [type, name];
}

/** The changes of a comparison or of arithmetic. None for other instructions. */
export function swaps(id: number): readonly Change[] {
  const [type, name] = nameParts(id);
  if (name === undefined || !/^[if](32|64)$/.test(type)) return [];
  if (name === 'eqz') return [invertedEqz(type)];
  const swap = (operator: MutationOperator, other: string | undefined): readonly Change[] => {
    const opcode = OPCODES.get(`${type}.${other}`);
    if (opcode === undefined) return [];
    return [{ operator, bytes: Uint8Array.of(opcode), words: `${type}.${name} becomes ${type}.${other}` }];
  };
  const comparison = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  const arithmetic = Object.hasOwn(ARITHMETIC, name) ? ARITHMETIC[name] : undefined;
  return [
    ...swap('comparison-inverted', comparison?.inverse),
    ...swap('boundary-shifted', comparison?.boundary),
    ...swap('arithmetic-replaced', arithmetic),
  ];
}

function invertedEqz(type: string): Change {
  const [zero, ne] = type === 'i32' ? [OP.i32_const, OP.i32_eq + 1] : [OP.i64_const, OP.i64_eqz + 2];
  const words = `${type}.eqz becomes a comparison with 0 for inequality`;
  return { operator: 'comparison-inverted', bytes: Uint8Array.of(zero, 0, ne), words };
}

/** The constant plus 1, and 0 for 1. `value` is signed. */
export function changedConstant(id: number, value: bigint): Change {
  const bits = id === OP.i32_const ? 32 : 64;
  const changed = value === 1n ? 0n : BigInt.asIntN(bits, value + 1n);
  const bytes = new CodeWriter(16).byte(id).bigSigned(changed).toBytes();
  return { operator: 'constant-changed', bytes, words: `the constant ${value} becomes ${changed}` };
}

/** `undefined` for a type without a short constant. */
export function zeroOf(type: number): readonly number[] | undefined {
  switch (type) {
    case ValueType.i32:
      return [OP.i32_const, 0];
    case ValueType.i64:
      return [OP.i64_const, 0];
    case ValueType.f32:
      return [OP.f32_const, 0, 0, 0, 0];
    case ValueType.f64:
      return [OP.f64_const, 0, 0, 0, 0, 0, 0, 0, 0];
    default:
      return undefined;
  }
}
