/**
 * The narrow image of a module: a 32-bit version of a module with 64-bit memory or tables. It exists only for V8's validator,
 * because Node 20 supports neither feature, and never runs.
 *
 * The image keeps every index. Each instruction with a 64-bit address or index becomes a sequence that has the same operand and
 * result types under validation. The image is therefore valid if and only if the original is valid.
 */
import { OP, PREAMBLE, SECTION } from './binary-format.js';
import { ByteReader } from './byte-reader.js';
import { CodeWriter } from './code-writer.js';
import { readInstructionId, skipImmediates } from './instruction-reader.js';
import { writeTables } from './module-encoder.js';
import { isWasm64, type ConstantExpression, type DecodedModule, type Limits } from './module-decoder.js';
import {
  Action,
  ACTIONS,
  MISC,
  OPERAND_TYPES,
  PREFIX_MISC,
  PREFIX_SIMD,
  SIMD,
  ValueType,
} from './opcodes.js';

const PAGES_MAX = 65_536;
/** Largest number of pages that a 64-bit memory may declare. */
const PAGES64_MAX = 2 ** 48;

const ZEROS: ReadonlyMap<number, readonly number[]> = new Map([
  [ValueType.i32, [OP.i32_const, 0]],
  [ValueType.i64, [OP.i64_const, 0]],
  [ValueType.f32, [OP.f32_const, 0, 0, 0, 0]],
  [ValueType.f64, [OP.f64_const, 0, 0, 0, 0, 0, 0, 0, 0]],
  [ValueType.v128, [PREFIX_SIMD, 12, ...new Array<number>(16).fill(0)]],
]);
const I32_ZERO = ZEROS.get(ValueType.i32)!;

/** True if the module has a memory or a table with 64-bit addresses or indices. */
export function needsNarrowImage(module: DecodedModule): boolean {
  return isWasm64(module) || module.tables.some(({ limits }) => limits.is64);
}

/**
 * Encodes the narrow image of a module.
 *
 * @throws MalformedWasmError for errors that the image would hide: wrong limits, and offsets that are not `i64.const`
 */
export function encodeNarrowImage(module: DecodedModule): Uint8Array {
  const { bytes } = module;
  checkLimits(module);
  const reader = new ByteReader(bytes, PREAMBLE.length);
  const out = new CodeWriter(bytes.length * 2).copy(bytes, 0, PREAMBLE.length);
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.slice(reader.u32());
    out.byte(id).sized(() => writeSection(out, id, content, module));
  }
  return out.toBytes();
}

function writeSection(out: CodeWriter, id: number, content: ByteReader, module: DecodedModule): void {
  if (id === SECTION.table) writeTables(out, module.tables);
  else if (id === SECTION.memory) writeMemory(out, module.memory!);
  else if (id === SECTION.code) new NarrowCodeWriter(module, out).write();
  else if (id === SECTION.element) writePatched(out, content, module, elementOffsets(module));
  else if (id === SECTION.data) writePatched(out, content, module, dataOffsets(module));
  else out.copy(module.bytes, content.position, content.end);
}

/** Checks the 64-bit limits, because the image contains truncated ones. */
function checkLimits(module: DecodedModule): void {
  const fail = (what: string): never => new ByteReader(module.bytes).fail(what);
  const all = [...module.tables.map(({ limits }) => limits), ...(module.memory ? [module.memory] : [])];
  for (const { minimum, maximum } of all) {
    if (maximum !== undefined && minimum > maximum) fail('size minimum must not be greater than maximum');
  }
  if (!isWasm64(module)) return;
  const { minimum, maximum } = module.memory!;
  if (Math.max(minimum, maximum ?? 0) > PAGES64_MAX) fail('memory size must be at most 2**48 pages');
}

function writeMemory(out: CodeWriter, { minimum, maximum, is64 }: Limits): void {
  const cut = (pages: number): number => (is64 ? Math.min(pages, PAGES_MAX) : pages);
  out
    .u32(1)
    .byte(maximum === undefined ? 0 : 1)
    .u32(cut(minimum));
  if (maximum !== undefined) out.u32(cut(maximum));
}

function elementOffsets({ elements, tables }: DecodedModule): readonly ConstantExpression[] {
  return elements.flatMap(({ offset, table }) =>
    offset !== undefined && tables[table]?.limits.is64 ? [offset] : [],
  );
}

function dataOffsets(module: DecodedModule): readonly ConstantExpression[] {
  return isWasm64(module) ? module.data.flatMap(({ offset }) => (offset === undefined ? [] : [offset])) : [];
}

/** Copies a section and replaces each of the i64 offset expressions by `i32.const 0`. */
function writePatched(
  out: CodeWriter,
  content: ByteReader,
  module: DecodedModule,
  offsets: readonly ConstantExpression[],
): void {
  let copied = content.position;
  for (const { opcode, bytes } of offsets) {
    const start = bytes.byteOffset - module.bytes.byteOffset;
    if (opcode !== OP.i64_const) {
      new ByteReader(module.bytes, start).fail('type mismatch: expected i64 in constant expression');
    }
    out
      .copy(module.bytes, copied, start)
      .raw(...I32_ZERO)
      .end();
    copied = start + bytes.length;
  }
  out.copy(module.bytes, copied, content.end);
}

/** Writes the code section of the image. */
class NarrowCodeWriter {
  #reader = new ByteReader(new Uint8Array());
  readonly #hasMemory64: boolean;
  readonly #hasTable64: boolean;
  readonly #module: DecodedModule;
  readonly #out: CodeWriter;

  constructor(module: DecodedModule, out: CodeWriter) {
    this.#module = module;
    this.#out = out;
    this.#hasMemory64 = isWasm64(module);
    this.#hasTable64 = module.tables.some(({ limits }) => limits.is64);
  }

  write(): void {
    const { bodies, bytes } = this.#module;
    this.#out.u32(bodies.length);
    for (const [start, end] of bodies) {
      this.#reader = new ByteReader(bytes, start, end);
      this.#out.sized(() => this.#writeBody(start, end));
    }
  }

  #writeBody(start: number, end: number): void {
    const reader = this.#reader;
    const out = this.#out;
    const source = this.#module.bytes;
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb128(5);
      reader.skip(1);
    }
    let copied = start;
    while (reader.position < end) {
      const at = reader.position;
      const id = readInstructionId(reader);
      const immediates = reader.position;
      skipImmediates(reader, id);
      const action = ACTIONS[id]!;
      const isAffected =
        (this.#hasMemory64 && MEMORY_ACTIONS.has(action)) || (this.#hasTable64 && TABLE_ACTIONS.has(action));
      if (!isAffected) continue;
      out.copy(source, copied, at);
      copied = reader.position;
      const operands = new ByteReader(source, immediates, copied);
      if (MEMORY_ACTIONS.has(action)) this.#memoryInstruction(id, action, operands);
      else this.#tableInstruction(action, operands, source.subarray(at, copied));
    }
    out.copy(source, copied, end);
  }

  #memoryInstruction(id: number, action: number, operands: ByteReader): void {
    const out = this.#out;
    switch (action) {
      case Action.load:
        out.byte(OP.i32_wrap_i64);
        this.#access(id, operands);
        return;
      case Action.loadLane:
      case Action.store: {
        const type = OPERAND_TYPES[id]!;
        this.#pop(type);
        out.raw(OP.i32_wrap_i64, ...ZEROS.get(type)!);
        this.#access(id, operands);
        return;
      }
      case Action.memorySize:
        out.byte(id).u32(operands.u32()).byte(OP.i64_extend_i32_u);
        return;
      case Action.memoryGrow:
        out.byte(OP.i32_wrap_i64).byte(id).u32(operands.u32()).byte(OP.i64_extend_i32_s);
        return;
      case Action.memoryFill:
        this.#pop(ValueType.i64);
        this.#pop(ValueType.i32);
        out.raw(OP.i32_wrap_i64, ...I32_ZERO, ...I32_ZERO, PREFIX_MISC, id - MISC).u32(operands.u32());
        return;
      default:
        // `memory.copy` and `memory.init` have two operands above the destination and two immediates.
        this.#pop(action === Action.memoryCopy ? ValueType.i64 : ValueType.i32);
        this.#pop(action === Action.memoryCopy ? ValueType.i64 : ValueType.i32);
        out.raw(OP.i32_wrap_i64, ...I32_ZERO, ...I32_ZERO, PREFIX_MISC, id - MISC);
        out.u32(operands.u32()).u32(operands.u32());
    }
  }

  /** Converts the i64 index on the stack before the original instruction, or the i32 size after it. */
  #tableInstruction(action: number, operands: ByteReader, original: Uint8Array): void {
    const out = this.#out;
    if (action === Action.unsupported) {
      // Validation refuses the module because of this instruction, so its types do not matter.
      out.byte(OP.unreachable);
      return;
    }
    if (action === Action.callIndirect || action === Action.returnCallIndirect) operands.u32();
    const is64 = this.#module.tables[operands.u32()]?.limits.is64 ?? false;
    if (is64 && action !== Action.tableSize) out.byte(OP.i32_wrap_i64);
    out.append(original);
    if (is64 && action === Action.tableSize) out.byte(OP.i64_extend_i32_u);
  }

  /** Pops a value. The sequence is valid only for a value of this type. */
  #pop(type: number): void {
    this.#out.raw(...ZEROS.get(type)!, ...I32_ZERO, OP.select_typed, 1, type, OP.drop);
  }

  /** Writes the load or store with its alignment and lane, which V8 validates, and the offset 0. */
  #access(id: number, operands: ByteReader): void {
    const out = this.#out;
    if (id >= SIMD) out.byte(PREFIX_SIMD).u32(id - SIMD);
    else out.byte(id);
    out.u32(operands.u32());
    operands.u64();
    out.byte(0);
    if (!operands.done) out.byte(operands.byte());
  }
}

const MEMORY_ACTIONS: ReadonlySet<number> = new Set([
  Action.load,
  Action.loadLane,
  Action.store,
  Action.memorySize,
  Action.memoryGrow,
  Action.memoryFill,
  Action.memoryCopy,
  Action.memoryInit,
]);
const TABLE_ACTIONS: ReadonlySet<number> = new Set([
  Action.callIndirect,
  Action.returnCallIndirect,
  Action.tableGet,
  Action.tableSize,
  Action.unsupported,
]);
