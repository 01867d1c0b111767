/**
 * Cost and complexity of each instruction.
 *
 * Source: PocketIC 10.0.0, rs/embedders/src/wasm_utils/instrumentation.rs (`instruction_to_cost`) and validation.rs
 * (`wasm_function_complexity`).
 */
import { Action, ACTIONS, instructionTable, prefixed } from './opcodes.js';

/** Cost by instruction id in wasm32. The default is 1. */
export const COSTS: Uint16Array = instructionTable(
  [
    [0, 'block loop else end'],
    [2, 'if br br_if br_table global.get global.set f32.copysign'],
    [2, 'f32.add f32.sub f32.mul f32.ceil f32.floor f32.trunc f32.nearest'],
    [2, 'f64.add f64.sub f64.mul f64.ceil f64.floor f64.trunc f64.nearest'],
    [3, 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge'],
    [3, 'f32.div f64.copysign return_call'],
    [3, 'f32.convert_i32_s f32.convert_i64_s f64.convert_i32_s f64.convert_i64_s'],
    [5, 'call f32.sqrt f64.div table.get table.set ref.is_null'],
    [8, 'f64.sqrt'],
    [10, 'i32.div_s i32.div_u i32.rem_s i32.rem_u i64.div_s i64.div_u i64.rem_s i64.rem_u call_indirect'],
    [16, 'f32.convert_i32_u f32.convert_i64_u f64.convert_i32_u f64.convert_i64_u'],
    [18, 'f32.min f32.max f64.min f64.max'],
    [20, 'i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u memory.size'],
    [20, 'i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u'],
    [20, 'i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u'],
    [20, 'i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u'],
    [60, 'return_call_indirect'],
    [100, 'table.size memory.fill memory.copy memory.init table.fill table.copy table.init'],
    [130, 'ref.func'],
    // SIMD
    [2, 'i8x16.lt_u i8x16.gt_u i16x8.lt_u i16x8.gt_u i32x4.lt_u i32x4.gt_u i8x16.shr_u'],
    [2, 'i16x8.shl i16x8.shr_s i16x8.shr_u i32x4.shl i32x4.shr_s i32x4.shr_u i64x2.shl i64x2.shr_u'],
    [2, 'i16x8.extadd_pairwise_i8x16_u i16x8.extmul_high_i8x16_s i16x8.extmul_high_i8x16_u i32x4.mul'],
    [
      2,
      'i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u',
    ],
    [2, 'f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest f32x4.abs f32x4.neg f32x4.add f32x4.sub f32x4.mul'],
    [2, 'f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest f64x2.abs f64x2.neg f64x2.add f64x2.sub f64x2.mul'],
    [2, 'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f64x2_s_zero'],
    [3, 'i8x16.shuffle i8x16.popcnt i8x16.shl i8x16.shr_s i32x4.extadd_pairwise_i16x8_u i64x2.shr_s'],
    [3, 'i32x4.trunc_sat_f64x2_u_zero'],
    [4, 'i64x2.mul f32x4.min f32x4.max f64x2.min i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_u'],
    [5, 'f32x4.sqrt f64x2.max'],
    [10, 'f32x4.div'],
    [12, 'f64x2.div'],
    [14, 'f64x2.sqrt'],
    [300, 'memory.grow table.grow data.drop elem.drop'],
  ],
  1,
);

const WASM64_MEMORY_ACCESS_COST = 2;

/** Cost by instruction id in wasm64. Loads and stores cost twice as much, because they need bounds checks. */
export const COSTS_WASM64: Uint16Array = COSTS.map((cost, id) => {
  const action = ACTIONS[id];
  const isAccess = action === Action.load || action === Action.loadLane || action === Action.store;
  return isAccess ? WASM64_MEMORY_ACCESS_COST : cost;
});

const INT_COMPARES = 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';

/** Complexity by instruction id. The default is 1. The sum over a function must not exceed 1,000,000. */
export const COMPLEXITIES: Uint16Array = instructionTable(
  [
    [50, 'block loop if br br_if br_table call call_indirect memory.grow'],
    [14, 'table.get'],
    [8, 'ref.func'],
    [6, 'ref.is_null'],
    [5, 'i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u'],
    [5, 'i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.demote_f64'],
    [5, prefixed('f32', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u')],
    [5, prefixed('f64', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u')],
    [4, 'f32.neg f32.abs f64.neg f64.abs memory.copy'],
    [3, 'f32.copysign f64.copysign f64.eq memory.fill'],
    [3, prefixed('i32', 'rem_u rem_s div_u div_s')],
    [3, prefixed('i64', 'rem_u rem_s div_u div_s')],
    [3, 'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u'],
    [3, prefixed('i64', 'load8_s load8_u load16_s load16_u load32_s load32_u')],
    [3, prefixed('i32', 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')],
    [3, prefixed('i64', 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u')],
    [2, 'global.get i32.popcnt i64.popcnt select memory.size'],
    [2, 'i32.store i32.store16 i32.store8 i64.store i64.store32 i64.store16 i64.store8 f64.store f32.store'],
    [2, `${prefixed('i32', INT_COMPARES)} ${prefixed('i64', INT_COMPARES)}`],
    [2, 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.ne f64.lt f64.gt f64.le f64.ge'],
    [2, 'f32.ceil f64.ceil f32.floor f64.floor f32.sqrt f64.sqrt f32.trunc f64.trunc'],
    [2, 'i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64 i32.wrap_i64'],
    [2, 'i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s f64.promote_f32'],
  ],
  1,
);

/**
 * Number of instructions of the code that PocketIC puts in place of an imported function of the stable memory. Recorded: trace 04,
 * exchange 348 for `stable_grow` with `stable_write`, and exchange 11 for the sum of all.
 */
export const STABLE_FUNCTION_INSTRUCTIONS: ReadonlyMap<string, number> = new Map([
  ['stable_size', 10],
  ['stable_grow', 24],
  ['stable_read', 106],
  ['stable_write', 91],
  ['stable64_size', 2],
  ['stable64_grow', 21],
  ['stable64_read', 119],
  ['stable64_write', 107],
]);
