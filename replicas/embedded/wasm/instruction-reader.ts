/** Reading one instruction at a time, without building an object for it. */
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

const EMPTY_BLOCK = 0x40;
/** Alignments above 2^31 do not exist; bit 6 announces a memory index, which is the multi-memory feature. */
const ALIGNMENT_MAX = 31;

/** The id of the instruction at the cursor (see `opcodes.ts`), which moves to its immediates. */
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
      reader.skipLeb(5);
      return;
    case Shape.memory:
      skipMemoryArgument(reader);
      return;
    case Shape.i32:
      reader.skipLeb(5);
      return;
    case Shape.i64:
      reader.skipLeb(10);
      return;
    case Shape.blockType:
      skipBlockType(reader);
      return;
    case Shape.twoIndices:
      reader.skipLeb(5);
      reader.skipLeb(5);
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
      for (let labels = reader.u32() + 1; labels > 0; labels--) reader.skipLeb(5);
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
  // The offset, which is wider with a 64-bit memory.
  reader.skipLeb(10);
}

function skipBlockType(reader: ByteReader): void {
  const code = reader.byte();
  // A non-negative type index in signed LEB128, or one of the negative one-byte codes.
  if (code >= 0x80) reader.skipLeb(4);
  else if (code > EMPTY_BLOCK) checkValueType(reader, code);
}

function checkValueType(reader: ByteReader, code: number): void {
  if (!isValueType(code)) reader.fail(`value type 0x${code.toString(16)} is not allowed`);
}
