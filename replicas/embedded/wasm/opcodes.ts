/**
 * Table of the instructions that a canister may contain: code, name, shape of the immediates, and instrumentation action. The
 * decoder refuses an instruction that is not in the table.
 *
 * Features: MVP, sign extension, saturating conversion, multi-value, bulk memory, reference types, SIMD, tail calls
 * (PocketIC 10.0.0, rs/embedders/src/wasm_utils/validation.rs, `wasmtime_validation_config`). Codes: WebAssembly core
 * specification 2.0, "Index of instructions", and the tail-call proposal.
 *
 * The id of an instruction is its opcode byte, 256 + n for `0xfc n`, or 512 + n for `0xfd n`.
 */

export const PREFIX_MISC = 0xfc;
export const PREFIX_SIMD = 0xfd;
export const MISC = 256;
export const SIMD = 512;
export const INSTRUCTION_ID_COUNT = 768;
/** Code of `v128.const` after the SIMD prefix. */
export const V128_CONST = 12;

/** Shape of an instruction's immediates. */
export const Shape = {
  invalid: 0,
  none: 1,
  blockType: 2,
  /** One index. */
  index: 3,
  twoIndices: 4,
  memory: 5,
  memoryAndLane: 6,
  i32: 7,
  i64: 8,
  bytes4: 9,
  bytes8: 10,
  bytes16: 11,
  lane: 12,
  branchTable: 13,
  valueTypes: 14,
  referenceType: 15,
} as const;

/** Action of the instrumentation for an instruction. */
export const Action = {
  copy: 0,
  /** Ends a basic block. */
  boundary: 1,
  /** Ends a basic block. The next block is a loop body, which can run many times. */
  loop: 2,
  call: 3,
  /** Combines `call` and `boundary`. */
  returnCall: 4,
  callIndirect: 5,
  returnCallIndirect: 6,
  refFunc: 7,
  load: 8,
  loadLane: 9,
  store: 10,
  memorySize: 11,
  memoryGrow: 12,
  memoryFill: 13,
  memoryCopy: 14,
  memoryInit: 15,
  /** Float arithmetic: a NaN result becomes the canonical NaN. */
  canonicalise: 16,
  globalGet: 17,
  globalSet: 18,
  /** `data.drop` and `elem.drop`, which change the instance beyond its memory and globals. */
  dropSegment: 19,
  /** Valid wasm that the IC does not support. */
  unsupported: 20,
  /** The index of `table.get` and the result of `table.size` are i64 for a 64-bit table. */
  tableGet: 21,
  tableSize: 22,
} as const;

/** Value types by their binary code. */
export const ValueType = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
} as const;
export const VALUE_TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ValueType).map(([name, code]) => [code, name]),
);

export function isValueType(code: number): boolean {
  return VALUE_TYPE_NAMES.has(code);
}

/** Names of consecutive instruction ids with the same shape, separated by spaces. `-` is an unused id. */
type Row = readonly [first: number, shape: number, names: string];

const S = Shape;
const INT_UNARY = 'clz ctz popcnt';
const INT_BINARY = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr';
const INT_COMPARE = 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const FLOAT_COMPARE = 'eq ne lt gt le ge';
const FLOAT_MATH = 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign';
const LANE_COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';

/** Prefixes each of the space-separated names with a type. `-` stays as it is. */
export function prefixed(type: string, names: string): string {
  return names
    .split(' ')
    .map((name) => (name === '-' ? '-' : `${type}.${name}`))
    .join(' ');
}

const ROWS: readonly Row[] = [
  [0x00, S.none, 'unreachable nop'],
  [0x02, S.blockType, 'block loop if'],
  [0x05, S.none, 'else'],
  [0x0b, S.none, 'end'],
  [0x0c, S.index, 'br br_if'],
  [0x0e, S.branchTable, 'br_table'],
  [0x0f, S.none, 'return'],
  [0x10, S.index, 'call'],
  [0x11, S.twoIndices, 'call_indirect'],
  [0x12, S.index, 'return_call'],
  [0x13, S.twoIndices, 'return_call_indirect'],
  [0x1a, S.none, 'drop select'],
  [0x1c, S.valueTypes, 'select_typed'],
  [0x20, S.index, 'local.get local.set local.tee global.get global.set table.get table.set'],
  [0x28, S.memory, 'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u'],
  [0x30, S.memory, prefixed('i64', 'load8_s load8_u load16_s load16_u load32_s load32_u')],
  [
    0x36,
    S.memory,
    'i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32',
  ],
  [0x3f, S.index, 'memory.size memory.grow'],
  [0x41, S.i32, 'i32.const'],
  [0x42, S.i64, 'i64.const'],
  [0x43, S.bytes4, 'f32.const'],
  [0x44, S.bytes8, 'f64.const'],
  [0x45, S.none, prefixed('i32', INT_COMPARE)],
  [0x50, S.none, prefixed('i64', INT_COMPARE)],
  [0x5b, S.none, prefixed('f32', FLOAT_COMPARE)],
  [0x61, S.none, prefixed('f64', FLOAT_COMPARE)],
  [0x67, S.none, prefixed('i32', `${INT_UNARY} ${INT_BINARY}`)],
  [0x79, S.none, prefixed('i64', `${INT_UNARY} ${INT_BINARY}`)],
  [0x8b, S.none, prefixed('f32', FLOAT_MATH)],
  [0x99, S.none, prefixed('f64', FLOAT_MATH)],
  [0xa7, S.none, prefixed('i32', 'wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u')],
  [
    0xac,
    S.none,
    prefixed('i64', 'extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'),
  ],
  [0xb2, S.none, prefixed('f32', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64')],
  [0xb7, S.none, prefixed('f64', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32')],
  [0xbc, S.none, 'i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64'],
  [0xc0, S.none, 'i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s'],
  [0xd0, S.referenceType, 'ref.null'],
  [0xd1, S.none, 'ref.is_null'],
  [0xd2, S.index, 'ref.func'],
  [MISC + 0, S.none, prefixed('i32', 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')],
  [MISC + 4, S.none, prefixed('i64', 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')],
  [MISC + 8, S.twoIndices, 'memory.init'],
  [MISC + 9, S.index, 'data.drop'],
  [MISC + 10, S.twoIndices, 'memory.copy'],
  [MISC + 11, S.index, 'memory.fill'],
  [MISC + 12, S.twoIndices, 'table.init'],
  [MISC + 13, S.index, 'elem.drop'],
  [MISC + 14, S.twoIndices, 'table.copy'],
  [MISC + 15, S.index, 'table.grow table.size table.fill'],
  [
    SIMD + 0,
    S.memory,
    prefixed('v128', 'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u'),
  ],
  [SIMD + 7, S.memory, prefixed('v128', 'load8_splat load16_splat load32_splat load64_splat store')],
  [SIMD + 12, S.bytes16, 'v128.const i8x16.shuffle'],
  [
    SIMD + 14,
    S.none,
    'i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat',
  ],
  [SIMD + 21, S.lane, prefixed('i8x16', 'extract_lane_s extract_lane_u replace_lane')],
  [SIMD + 24, S.lane, prefixed('i16x8', 'extract_lane_s extract_lane_u replace_lane')],
  [SIMD + 27, S.lane, 'i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane'],
  [SIMD + 31, S.lane, 'f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane'],
  [SIMD + 35, S.none, prefixed('i8x16', LANE_COMPARE)],
  [SIMD + 45, S.none, prefixed('i16x8', LANE_COMPARE)],
  [SIMD + 55, S.none, prefixed('i32x4', LANE_COMPARE)],
  [SIMD + 65, S.none, prefixed('f32x4', FLOAT_COMPARE)],
  [SIMD + 71, S.none, prefixed('f64x2', FLOAT_COMPARE)],
  [SIMD + 77, S.none, prefixed('v128', 'not and andnot or xor bitselect any_true')],
  [SIMD + 84, S.memoryAndLane, prefixed('v128', 'load8_lane load16_lane load32_lane load64_lane')],
  [SIMD + 88, S.memoryAndLane, prefixed('v128', 'store8_lane store16_lane store32_lane store64_lane')],
  [SIMD + 92, S.memory, prefixed('v128', 'load32_zero load64_zero')],
  [SIMD + 94, S.none, 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4'],
  [SIMD + 96, S.none, prefixed('i8x16', 'abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u')],
  [SIMD + 103, S.none, prefixed('f32x4', 'ceil floor trunc nearest')],
  [SIMD + 107, S.none, prefixed('i8x16', 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u')],
  [SIMD + 116, S.none, prefixed('f64x2', 'ceil floor')],
  [SIMD + 118, S.none, prefixed('i8x16', 'min_s min_u max_s max_u')],
  [SIMD + 122, S.none, 'f64x2.trunc i8x16.avgr_u'],
  [SIMD + 124, S.none, 'i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u'],
  [SIMD + 126, S.none, 'i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u'],
  [
    SIMD + 128,
    S.none,
    prefixed('i16x8', 'abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u'),
  ],
  [
    SIMD + 135,
    S.none,
    prefixed('i16x8', 'extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u'),
  ],
  [SIMD + 139, S.none, prefixed('i16x8', 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u')],
  [SIMD + 148, S.none, 'f64x2.nearest'],
  [SIMD + 149, S.none, prefixed('i16x8', 'mul min_s min_u max_s max_u - avgr_u')],
  [
    SIMD + 156,
    S.none,
    prefixed('i16x8', 'extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u'),
  ],
  [SIMD + 160, S.none, prefixed('i32x4', 'abs neg - all_true bitmask')],
  [
    SIMD + 167,
    S.none,
    prefixed('i32x4', 'extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u'),
  ],
  [
    SIMD + 171,
    S.none,
    prefixed('i32x4', 'shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s'),
  ],
  [
    SIMD + 188,
    S.none,
    prefixed('i32x4', 'extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u'),
  ],
  [SIMD + 192, S.none, prefixed('i64x2', 'abs neg - all_true bitmask')],
  [
    SIMD + 199,
    S.none,
    prefixed('i64x2', 'extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u'),
  ],
  [SIMD + 203, S.none, prefixed('i64x2', 'shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s')],
  [
    SIMD + 220,
    S.none,
    prefixed('i64x2', 'extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u'),
  ],
  [SIMD + 224, S.none, prefixed('f32x4', 'abs neg - sqrt add sub mul div min max pmin pmax')],
  [SIMD + 236, S.none, prefixed('f64x2', 'abs neg - sqrt add sub mul div min max pmin pmax')],
  [
    SIMD + 248,
    S.none,
    'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u',
  ],
  [SIMD + 252, S.none, 'i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero'],
  [SIMD + 254, S.none, 'f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u'],
];

export const INSTRUCTION_NAMES: readonly (string | undefined)[] = (() => {
  const names: (string | undefined)[] = new Array<undefined>(INSTRUCTION_ID_COUNT).fill(undefined);
  for (const [first, , row] of ROWS) {
    row.split(' ').forEach((name, index) => {
      if (name !== '-') names[first + index] = name;
    });
  }
  return names;
})();

const ID_BY_NAME: ReadonlyMap<string, number> = new Map(
  INSTRUCTION_NAMES.flatMap((name, id) => (name === undefined ? [] : [[name, id] as const])),
);

/** The id of an instruction. Throws `RangeError` for an unknown name. */
function instructionId(name: string): number {
  const id = ID_BY_NAME.get(name);
  if (id === undefined) throw new RangeError(`unknown instruction name: ${name}`);
  return id;
}

/** Builds a table by instruction id from pairs of a value and space-separated names. Later pairs override earlier ones. */
export function instructionTable(entries: readonly (readonly [number, string])[], fallback = 0): Uint16Array {
  const table = new Uint16Array(INSTRUCTION_ID_COUNT).fill(fallback);
  for (const [value, names] of entries) {
    for (const name of names.split(' ')) table[instructionId(name)] = value;
  }
  return table;
}

export const SHAPES: Uint8Array = (() => {
  const shapes = new Uint8Array(INSTRUCTION_ID_COUNT);
  for (const [first, shape, row] of ROWS) {
    row.split(' ').forEach((name, index) => {
      if (name !== '-') shapes[first + index] = shape;
    });
  }
  return shapes;
})();

const F32_ARITHMETIC = prefixed('f32', 'ceil floor trunc nearest sqrt add sub mul div min max demote_f64');
const F64_ARITHMETIC = prefixed('f64', 'ceil floor trunc nearest sqrt add sub mul div min max promote_f32');
const F32X4_ARITHMETIC = prefixed(
  'f32x4',
  'ceil floor trunc nearest sqrt add sub mul div min max demote_f64x2_zero',
);
const F64X2_ARITHMETIC = prefixed(
  'f64x2',
  'ceil floor trunc nearest sqrt add sub mul div min max promote_low_f32x4',
);
const STORES =
  'i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32 v128.store';
const LANE_STORES = prefixed('v128', 'store8_lane store16_lane store32_lane store64_lane');

export const ACTIONS: Uint16Array = instructionTable([
  [Action.boundary, 'if else end br br_if br_table return unreachable'],
  [Action.loop, 'loop'],
  [Action.call, 'call'],
  [Action.returnCall, 'return_call'],
  [Action.callIndirect, 'call_indirect'],
  [Action.returnCallIndirect, 'return_call_indirect'],
  [Action.refFunc, 'ref.func'],
  [Action.load, 'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u'],
  [Action.load, prefixed('i64', 'load8_s load8_u load16_s load16_u load32_s load32_u')],
  [Action.load, prefixed('v128', 'load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u')],
  [
    Action.load,
    prefixed('v128', 'load8_splat load16_splat load32_splat load64_splat load32_zero load64_zero'),
  ],
  [Action.loadLane, prefixed('v128', 'load8_lane load16_lane load32_lane load64_lane')],
  [Action.store, `${STORES} ${LANE_STORES}`],
  [Action.memorySize, 'memory.size'],
  [Action.memoryGrow, 'memory.grow'],
  [Action.memoryFill, 'memory.fill'],
  [Action.memoryCopy, 'memory.copy'],
  [Action.memoryInit, 'memory.init'],
  [Action.canonicalise, `${F32_ARITHMETIC} ${F64_ARITHMETIC} ${F32X4_ARITHMETIC} ${F64X2_ARITHMETIC}`],
  [Action.globalGet, 'global.get'],
  [Action.globalSet, 'global.set'],
  [Action.dropSegment, 'data.drop elem.drop'],
  [Action.tableGet, 'table.get'],
  [Action.tableSize, 'table.size'],
  [Action.unsupported, 'table.grow table.set table.fill table.copy table.init'],
]);

/** Value type of the top operand of stores and lane loads, and of the result of float arithmetic. Otherwise 0. */
export const OPERAND_TYPES: Uint16Array = instructionTable([
  [ValueType.i32, 'i32.store i32.store8 i32.store16'],
  [ValueType.i64, 'i64.store i64.store8 i64.store16 i64.store32'],
  [ValueType.f32, `f32.store ${F32_ARITHMETIC}`],
  [ValueType.f64, `f64.store ${F64_ARITHMETIC}`],
  [ValueType.v128, `v128.store ${LANE_STORES} ${F32X4_ARITHMETIC} ${F64X2_ARITHMETIC}`],
  [ValueType.v128, prefixed('v128', 'load8_lane load16_lane load32_lane load64_lane')],
]);

/** Number of bytes that a store writes. */
export const STORE_WIDTHS: Uint16Array = instructionTable([
  [1, 'i32.store8 i64.store8 v128.store8_lane'],
  [2, 'i32.store16 i64.store16 v128.store16_lane'],
  [4, 'i32.store f32.store i64.store32 v128.store32_lane'],
  [8, 'i64.store f64.store v128.store64_lane'],
  [16, 'v128.store'],
]);

/** Number of bits per lane of float arithmetic. */
export const LANE_BITS: Uint16Array = instructionTable([
  [32, `${F32_ARITHMETIC} ${F32X4_ARITHMETIC}`],
  [64, `${F64_ARITHMETIC} ${F64X2_ARITHMETIC}`],
]);
