/** Reads one instruction at a time without allocating an object for it. */
import { EMPTY_BLOCK } from './binary-format.js';
import type { ByteReader } from './byte-reader.js';
import {
  INSTRUCTION_ID_COUNT,
  isValueType,
  MISC,
  PREFIX_MISC,
  PREFIX_SIMD,
  Shape,
  SHAPES,
  SIMD,
} from './opcodes.js';

/** Largest alignment exponent. Bit 6 marks a memory index (the multi-memory feature), which a canister may not use. */
const ALIGNMENT_MAX = 31;

/**
 * Reads the instruction id at the cursor (see `opcodes.ts`) and moves the cursor to the immediates.
 *
 * @throws MalformedWasmError if a canister may not contain the instruction
 */
export function readInstructionId(reader: ByteReader): number {
  let id = reader.byte();
  if (id >= PREFIX_MISC) {
    if (id === PREFIX_MISC) id = MISC + Math.min(reader.u32(), SIMD - MISC - 1);
    else if (id === PREFIX_SIMD) id = SIMD + Math.min(reader.u32(), INSTRUCTION_ID_COUNT - SIMD);
  }
  if (id >= INSTRUCTION_ID_COUNT || SHAPES[id] === Shape.invalid) reader.fail('instruction is not allowed');
  return id;
}

/** Moves the cursor past the immediates of instruction `id`. */
export function skipImmediates(reader: ByteReader, id: number): void {
  switch (SHAPES[id]) {
    case Shape.none:
      return;
    case Shape.index:
      reader.skipLeb128(5);
      return;
    case Shape.memory:
      skipMemoryArgument(reader);
      return;
    case Shape.i32:
      reader.skipLeb128(5);
      return;
    case Shape.i64:
      reader.skipLeb128(10);
      return;
    case Shape.blockType:
      skipBlockType(reader);
      return;
    case Shape.twoIndices:
      reader.skipLeb128(5);
      reader.skipLeb128(5);
      return;
    case Shape.memoryAndLane:
      skipMemoryArgument(reader);
      reader.skip(1);
      return;
    case Shape.bytes4:
      reader.skip(4);
      return;
    case Shape.bytes8:
      reader.skip(8);
      return;
    case Shape.bytes16:
      reader.skip(16);
      return;
    case Shape.lane:
      reader.skip(1);
      return;
    case Shape.branchTable:
      for (let labels = reader.u32() + 1; labels > 0; labels--) reader.skipLeb128(5);
      return;
    case Shape.valueTypes:
      for (let types = reader.u32(); types > 0; types--) checkValueType(reader, reader.byte());
      return;
    case Shape.referenceType:
      checkValueType(reader, reader.byte());
      return;
    default:
      reader.fail('instruction is not allowed');
  }
}

function skipMemoryArgument(reader: ByteReader): void {
  if (reader.u32() > ALIGNMENT_MAX) reader.fail('multiple memories');
  // The offset has up to 64 bits with a 64-bit memory.
  reader.skipLeb128(10);
}

function skipBlockType(reader: ByteReader): void {
  const code = reader.byte();
  // The block type is a type index in signed LEB128 or a one-byte code, which is negative as signed LEB128.
  if (code >= 0x80) reader.skipLeb128(4);
  else if (code > EMPTY_BLOCK) checkValueType(reader, code);
}

function checkValueType(reader: ByteReader, code: number): void {
  if (!isValueType(code)) reader.fail(`value type 0x${code.toString(16)} is not allowed`);
}
