import { describe, expect, it } from 'vitest';
import { ByteReader, MalformedWasmError } from './byte-reader.js';
import { readInstructionId, skipImmediates } from './instruction-reader.js';
import { INSTRUCTION_NAMES } from './opcodes.js';

function read(...bytes: number[]): { readonly name: string | undefined; readonly length: number } {
  const reader = new ByteReader(Uint8Array.from(bytes));
  const id = readInstructionId(reader);
  skipImmediates(reader, id);
  return { name: INSTRUCTION_NAMES[id], length: reader.position };
}

describe('the instruction reader', () => {
  it.each([
    ['a load', [0x28, 2, 0x80, 1], 'i32.load'],
    ['a block with a type index', [0x02, 0x80, 1], 'block'],
    ['a block with a value type', [0x02, 0x7e], 'block'],
    ['a branch table', [0x0e, 2, 0, 1, 2], 'br_table'],
    ['a typed select', [0x1c, 1, 0x7f], 'select_typed'],
    ['a v128 constant', [0xfd, 12, ...new Array<number>(16).fill(9)], 'v128.const'],
    ['a lane store', [0xfd, 91, 3, 0, 1], 'v128.store64_lane'],
    ['an instruction with a two-byte code', [0xfd, 0xff, 1], 'f64x2.convert_low_i32x4_u'],
    ['a saturating conversion', [0xfc, 7], 'i64.trunc_sat_f64_u'],
  ])('reads %s to its end', (_what, bytes, name) => {
    expect(read(...bytes, 0x01)).toEqual({ name, length: bytes.length });
  });

  it.each([
    ['a load with a memory index', [0x28, 0x42, 0, 0]],
    ['relaxed SIMD', [0xfd, 0x80, 2]],
    ['an unused SIMD code', [0xfd, 0x9a, 1]],
    ['an unused code after the prefix 0xfc', [0xfc, 18]],
    ['struct.new', [0xfb, 0, 0]],
    ['an atomic load', [0xfe, 0x10, 2, 0]],
    ['try_table', [0x1f, 0x40, 0]],
    ['call_ref', [0x14, 0]],
    ['ref.eq', [0xd3]],
    ['ref.null of another heap type', [0xd0, 0x6e]],
    ['a block whose type is a typed reference', [0x02, 0x63, 0x00]],
    ['a number of more than five bytes', [0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ['a constant that is cut short', [0x44, 0, 0]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => read(...bytes)).toThrow(MalformedWasmError);
  });
});
