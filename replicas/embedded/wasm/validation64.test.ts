/** Validation of modules with 64-bit memory or tables. */
import { describe, expect, it } from 'vitest';
import { InvalidWasmError } from './instrumented-module.js';
import { FUNCTION_TYPE, PREAMBLE, SECTION } from './binary-format.js';
import { instrumentModule } from './instrument-module.js';
import { assemble } from './testing/assemble.js';

function refusalOf(fields: string): string {
  try {
    instrumentModule(assemble(`(module ${fields})`));
  } catch (error) {
    if (error instanceof InvalidWasmError) return error.message;
    throw error;
  }
  return 'accepted';
}
const INVALID = 'Wasmtime failed to validate wasm module wasmtime::Module::validate() failed with ';

/** Valid code for each instruction with a 64-bit address or index. `A` stands for an instruction that pushes an address. */
const VALID_CODE = [
  'A i32.load drop',
  'A i64.load32_s offset=0xffffffffffffffff i64.popcnt drop',
  'A i32.const 1 i32.store',
  'A f64.const 1 f64.store offset=0x100000000',
  'A v128.const i64x2 0 0 v128.store',
  'A v128.const i64x2 0 0 v128.load16_lane 7 drop',
  'A v128.const i64x2 0 0 v128.store64_lane 1',
  'A v128.load32x2_u drop',
  'memory.size i64.popcnt drop',
  'A memory.grow i64.popcnt drop',
  'A i32.const 0 A memory.fill',
  'A A A memory.copy',
  'A i32.const 0 i32.const 0 memory.init 0',
  'block br 0 i32.load drop end',
  'block br 0 f32.store end',
  'block br 0 memory.copy end',
  'A call_indirect (type $v)',
  'A table.get 0 drop',
  'table.size 0 i64.popcnt drop',
] as const;
/** One type, which is `() -> ()`. */
const TYPE_SECTION = [SECTION.type, 4, 1, FUNCTION_TYPE, 0, 0];
/** One function of this type. */
const FUNCTION_SECTION = [SECTION.function, 2, 1, 0];
/** One 64-bit memory of one page. */
const MEMORY_SECTION = [SECTION.memory, 3, 1, 4, 1];
const MODULE_BEFORE_CODE = [...PREAMBLE, ...TYPE_SECTION, ...FUNCTION_SECTION, ...MEMORY_SECTION];
function moduleAround(code: string): string {
  return `(type $v (func)) (memory i64 1) (table i64 1 funcref) (data "abcd") (func (local i64) ${code})`;
}

describe('the validation of instructions', () => {
  it.each(VALID_CODE)('accepts only 64-bit addresses in: %s', (code) => {
    expect(refusalOf(moduleAround(code.replaceAll('A', 'i64.const 0')))).toBe('accepted');
    if (!code.includes('A')) return;
    const refusal = refusalOf(moduleAround(code.replaceAll('A', 'i32.const 0')));
    expect(refusal).toMatch(/failed with type mismatch: expected i64, found i32 \(at offset 0x\w+\)$/);
  });

  it.each([
    ['A i32.const 0 i32.store', 'f32.const 0'],
    ['A f32.const 0 f32.store', 'i32.const 0'],
    ['A i64.const 0 i64.store8', 'i32.const 0'],
    ['A v128.const i64x2 0 0 v128.store', 'i64.const 0'],
    ['A v128.const i64x2 0 0 v128.load8_lane 0 drop', 'i32.const 0'],
    ['A i32.const 0 A memory.fill', 'i64.const 0'],
    ['A i32.const 0 i32.const 0 memory.init 0', 'i64.const 0'],
  ])('refuses a value of another type in: %s', (code, other) => {
    const wrong = code.replace(/ \w+\.const( i64x2)? 0( 0)?/, ` ${other}`).replaceAll('A', 'i64.const 0');
    expect(refusalOf(moduleAround(wrong))).toContain(INVALID);
  });

  it.each([
    ['an i32 result of memory.size', 'memory.size i32.popcnt drop'],
    ['an i32 result of memory.grow', 'i64.const 0 memory.grow i32.popcnt drop'],
    ['an i32 result of table.size', 'table.size 0 i32.popcnt drop'],
    ['a load with an empty stack', 'i32.load drop'],
    ['an address below the block', 'i64.const 0 block i32.load drop end drop'],
    ['a store without a value', 'i64.const 0 i32.store'],
    ['a local that does not exist', 'local.get 1 drop'],
    ['a local that exists only after instrumentation', 'i64.const 0 i32.const 0 i32.store local.get 2 drop'],
    ['a global that does not exist', 'global.get 0 drop'],
    ['a function that does not exist', 'call 1'],
    ['a call of a function that exists only after instrumentation', 'call 3'],
    ['a data segment that does not exist', 'i64.const 0 i32.const 0 i32.const 0 memory.init 1'],
    ['a table that does not exist', 'i64.const 0 table.get 1 drop'],
    ['a type that does not exist', 'i64.const 0 call_indirect (type 2)'],
    ['an alignment above the natural one of a narrow load', 'i64.const 0 i64.load8_u align=2 drop'],
  ])('refuses %s', (_what, code) => {
    expect(refusalOf(moduleAround(code))).toContain(INVALID);
  });

  it.each([
    ['an alignment above the natural one', [0x29, 0x04, 0x00]],
    ['a lane that does not exist', [0x0b]],
    ['an offset of more than 64 bits', [0x29, 0x03, ...new Array<number>(9).fill(0x80), 0x02]],
    ['an offset of more than ten bytes', [0x29, 0x03, ...new Array<number>(10).fill(0x80), 0x00]],
  ])('refuses %s', (what, bytes) => {
    const code = what.includes('lane')
      ? [0x42, 0, 0xfd, 0x0c, ...new Array<number>(16).fill(0), 0xfd, 0x57, 0x00, 0x00, 0x02, 0x1a, ...bytes]
      : [0x42, 0, ...bytes, 0x1a, 0x0b];
    const body = [0x00, ...code];
    const module = Uint8Array.from([
      ...MODULE_BEFORE_CODE,
      SECTION.code,
      body.length + 2,
      1,
      body.length,
      ...body,
    ]);
    expect(() => instrumentModule(module)).toThrow(INVALID);
  });

  it.each(['table.grow', 'table.set', 'table.fill', 'table.copy', 'table.init'])(
    'refuses %s of a 64-bit table as unsupported',
    (op) => {
      const operands = {
        'table.grow': 'ref.null func i64.const 1 table.grow 0 drop',
        'table.set': 'i64.const 0 ref.null func table.set 0',
        'table.fill': 'i64.const 0 ref.null func i64.const 0 table.fill 0',
        'table.copy': 'i64.const 0 i64.const 0 i64.const 0 table.copy',
        'table.init': 'i64.const 0 i32.const 0 i32.const 0 table.init 0',
      }[op]!;
      expect(refusalOf(`(table i64 1 funcref) (elem func) (func) (func ${operands})`)).toBe(
        `Wasm module contains a function at index 1 with unsupported instruction ${op}.`,
      );
    },
  );
});

describe('the validation of sections', () => {
  it.each([
    ['(memory i64 1) (data (i64.const 65535) "a")', 'accepted'],
    ['(memory i64 1) (table i64 2 funcref) (elem (i64.const 1) 0) (func)', 'accepted'],
    ['(memory i64 1 98305)', 'accepted'],
    ['(memory i64 65520)', 'accepted'],
    [
      '(memory i64 65521)',
      'Failed to instantiate module: the embedded engine supports an initial memory of at most 65520 pages, and the module declares 65521',
    ],
    [
      '(memory 65536)',
      'Failed to instantiate module: the embedded engine supports an initial memory of at most 65520 pages, and the module declares 65536',
    ],
    [
      '(memory i64 1) (data (i64.const 65536) "a")',
      'Wasm module has invalid data segment of 1 bytes at 65536',
    ],
    [
      '(memory i64 1) (data (i64.const 0x100000000) "a")',
      'Wasm module has invalid data segment of 1 bytes at 4294967296',
    ],
    [
      '(memory i64 98305)',
      'Wasm module declares an initial Wasm64 heap memory size of 98305 pages which exceeds the maximum allowed size of 98304 pages.',
    ],
  ])('judges the fields %s: %s', (fields, expected) => {
    expect(refusalOf(fields)).toBe(expected);
  });

  it.each([
    ['a 32-bit offset of a data segment', '(memory i64 1) (data (i32.const 0) "a")'],
    ['a 64-bit offset of a data segment in a 32-bit memory', '(memory 1) (data (i64.const 0) "a")'],
    ['a 32-bit offset of an element segment', '(table i64 1 funcref) (elem (i32.const 0) 0) (func)'],
    [
      'a 64-bit offset of an element segment in a 32-bit table',
      '(memory i64 1) (table 1 funcref) (elem (i64.const 0) 0) (func)',
    ],
    ['a memory minimum above the maximum', '(memory i64 2 1)'],
    ['a memory minimum above the maximum if both exceed 32-bit memories', '(memory i64 200000 100000)'],
    ['a table minimum above the maximum', '(table i64 2 1 funcref)'],
    ['a memory maximum above 2^48 pages', '(memory i64 0 0x1000000000001)'],
    ['two memories', '(memory i64 1) (memory i64 1)'],
    ['an element that is not a function', '(table i64 1 funcref) (elem (i64.const 0) 5) (func)'],
    ['an export of a function that does not exist', '(memory i64 1) (export "canister_update x" (func 0))'],
    ['a start function with a parameter', '(memory i64 1) (func (param i32)) (start 0)'],
    ['shared memory', '(memory i64 1 1 shared)'],
  ])('refuses %s', (_what, fields) => {
    expect(refusalOf(fields)).toContain(INVALID);
  });
});

describe('the import rules in wasm64', () => {
  it.each([
    ['msg_arg_data_copy', '(param i64 i64 i64)', '(param i32 i32 i32)', '[I64, I64, I64]', '[I32, I32, I32]'],
    ['call_on_cleanup', '(param i64 i64)', '(param i32 i32)', '[I64, I64]', '[I32, I32]'],
    ['cycles_burn128', '(param i64 i64 i64)', '(param i64 i64 i32)', '[I64, I64, I64]', '[I64, I64, I32]'],
  ])('require 64-bit addresses for %s', (name, right, wrong, expected, got) => {
    const module = (type: string): string => `(import "ic0" "${name}" (func ${type})) (memory i64 1)`;
    expect(refusalOf(module(right))).toBe('accepted');
    expect(refusalOf(module(wrong))).toBe(
      `Wasm module has an invalid function signature. Expected input params ${expected} for '${name}', got ${got}.`,
    );
  });

  it('keep the type of operands that are not addresses', () => {
    const fields = `(import "ic0" "performance_counter" (func (param i32) (result i64)))
      (import "ic0" "is_controller" (func (param i64 i64) (result i32)))
      (import "ic0" "msg_reject_code" (func (result i32)))
      (import "ic0" "msg_arg_data_size" (func (result i64)))
      (import "ic0" "cost_sign_with_ecdsa" (func (param i64 i64 i32 i64) (result i32))) (memory i64 1)`;
    expect(refusalOf(fields)).toBe('accepted');
  });

  it.each([
    ['stable_size', '(result i32)'],
    ['stable_grow', '(param i32) (result i32)'],
    ['stable_read', '(param i32 i32 i32)'],
    ['stable_write', '(param i32 i32 i32)'],
    ['call_cycles_add', '(param i64)'],
    ['canister_cycle_balance', '(result i64)'],
    ['msg_cycles_available', '(result i64)'],
    ['msg_cycles_refunded', '(result i64)'],
    ['msg_cycles_accept', '(param i64) (result i64)'],
  ])('refuse %s', (name, type) => {
    const module = (memory: string): string => `(import "ic0" "${name}" (func ${type})) ${memory}`;
    expect(refusalOf(module('(memory 1)'))).toBe('accepted');
    expect(refusalOf(module('(memory i64 1)'))).toBe(
      `Wasm module has an invalid import section. Module imports function '${name}' from 'ic0' that is not exported by the runtime.`,
    );
  });

  it('do not apply to a 32-bit memory with a 64-bit table', () => {
    expect(
      refusalOf('(import "ic0" "msg_reject" (func (param i32 i32))) (memory 1) (table i64 1 funcref)'),
    ).toBe('accepted');
  });
});
