/** Constants of the wasm binary format that the decoder and the writers share (WebAssembly core specification 2.0, "Binary Format"). */

/** The magic number and the version. */
export const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;
export const U32_MAX = 0xffff_ffff;

/** Section ids. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** First byte of a function type. */
export const FUNCTION_TYPE = 0x60;
/** Block type of a block without parameters and results. */
export const EMPTY_BLOCK = 0x40;

/** Opcodes that the instrumentation emits or that constant expressions use. `opcodes.ts` lists all instructions. */
export const OP = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call_indirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  select_typed: 0x1c,
  global_get: 0x23,
  i32_load8_u: 0x2d,
  memory_size: 0x3f,
  memory_grow: 0x40,
  i32_const: 0x41,
  i64_const: 0x42,
  f32_const: 0x43,
  f64_const: 0x44,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_gt_u: 0x4b,
  i64_eqz: 0x50,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  f32_eq: 0x5b,
  f64_eq: 0x61,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_shr_u: 0x76,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_shr_u: 0x88,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  f64_convert_i64_u: 0xba,
  ref_null: 0xd0,
  ref_func: 0xd2,
} as const;
