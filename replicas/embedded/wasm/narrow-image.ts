/**
 * A 32-bit image of a module with 64-bit memory or tables, for the runtime's validator alone: Node 20 knows neither.
 *
 * Nothing is added and no index moves. Only what takes or gives an address is written anew, as a sequence that the validator
 * accepts with exactly the operands that the original instruction accepts, and that leaves the same results. So the image is
 * valid if and only if the original is. It is never run.
 */
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

const SECTION = { table: 4, memory: 5, element: 9, code: 10, data: 11 } as const;
const PREAMBLE_BYTES = 8;
const PAGES_MAX = 65_536;
/** The most that a 64-bit memory may declare. */
const WIDE_PAGES_MAX = 2 ** 48;

const OP = {
  unreachable: 0x00,
  drop: 0x1a,
  select_typed: 0x1c,
  i32_const: 0x41,
  i64_const: 0x42,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
} as const;
const ZEROS: ReadonlyMap<number, readonly number[]> = new Map([
  [ValueType.i32, [OP.i32_const, 0]],
  [ValueType.i64, [OP.i64_const, 0]],
  [ValueType.f32, [0x43, 0, 0, 0, 0]],
  [ValueType.f64, [0x44, 0, 0, 0, 0, 0, 0, 0, 0]],
  [ValueType.v128, [PREFIX_SIMD, 12, ...new Array<number>(16).fill(0)]],
]);
const I32_ZERO = ZEROS.get(ValueType.i32)!;

/** Whether some address or index of the module is an i64. */
export function needsNarrowImage(module: DecodedModule): boolean {
  return isWasm64(module) || module.tables.some(({ limits }) => limits.is64);
}

/** Throws `MalformedWasmError` for what no image can show to be wrong. */
export function encodeNarrowImage(module: DecodedModule): Uint8Array {
  const { bytes } = module;
  checkLimits(module);
  const reader = new ByteReader(bytes, PREAMBLE_BYTES);
  const out = new CodeWriter(bytes.length * 2).copy(bytes, 0, PREAMBLE_BYTES);
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
  else if (id === SECTION.code) new CodeImage(module, out).write();
  else if (id === SECTION.element) writePatched(out, content, module, elementOffsets(module));
  else if (id === SECTION.data) writePatched(out, content, module, dataOffsets(module));
  else out.copy(module.bytes, content.position, content.end);
}

/** What is cut to 32 bits must be in order before. */
function checkLimits(module: DecodedModule): void {
  const fail = (what: string): never => new ByteReader(module.bytes).fail(what);
  const all = [...module.tables.map(({ limits }) => limits), ...(module.memory ? [module.memory] : [])];
  for (const { minimum, maximum } of all) {
    if (maximum !== undefined && minimum > maximum) fail('size minimum must not be greater than maximum');
  }
  if (!isWasm64(module)) return;
  const { minimum, maximum } = module.memory!;
  if (Math.max(minimum, maximum ?? 0) > WIDE_PAGES_MAX) fail('memory size must be at most 2**48 pages');
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

/** Copies a section, with an i32 in the place of each of these i64 offsets. */
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

/** The bodies, one after the other. */
class CodeImage {
  #reader = new ByteReader(new Uint8Array());
  readonly #hasWideMemory: boolean;
  readonly #hasWideTable: boolean;

  readonly #module: DecodedModule;
  readonly #out: CodeWriter;

  constructor(module: DecodedModule, out: CodeWriter) {
    this.#module = module;
    this.#out = out;

    this.#hasWideMemory = isWasm64(module);
    this.#hasWideTable = module.tables.some(({ limits }) => limits.is64);
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
      reader.skipLeb(5);
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
        (this.#hasWideMemory && MEMORY_ACTIONS.has(action)) ||
        (this.#hasWideTable && TABLE_ACTIONS.has(action));
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
        this.#take(type);
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
        this.#take(ValueType.i64);
        this.#take(ValueType.i32);
        out.raw(OP.i32_wrap_i64, ...I32_ZERO, ...I32_ZERO, PREFIX_MISC, id - MISC).u32(operands.u32());
        return;
      default:
        // memory.copy and memory.init: two operands above the destination, two immediates.
        this.#take(action === Action.memoryCopy ? ValueType.i64 : ValueType.i32);
        this.#take(action === Action.memoryCopy ? ValueType.i64 : ValueType.i32);
        out.raw(OP.i32_wrap_i64, ...I32_ZERO, ...I32_ZERO, PREFIX_MISC, id - MISC);
        out.u32(operands.u32()).u32(operands.u32());
    }
  }

  /** An i32 index is on top of the stack where the original has an i64. */
  #tableInstruction(action: number, operands: ByteReader, original: Uint8Array): void {
    const out = this.#out;
    if (action === Action.unsupported) {
      // The module will be refused for this instruction: its types do not matter any more.
      out.byte(OP.unreachable);
      return;
    }
    if (action === Action.callIndirect || action === Action.returnCallIndirect) operands.u32();
    const isWide = this.#module.tables[operands.u32()]?.limits.is64 ?? false;
    if (isWide && action !== Action.tableSize) out.byte(OP.i32_wrap_i64);
    out.append(original);
    if (isWide && action === Action.tableSize) out.byte(OP.i64_extend_i32_u);
  }

  /** Takes a value of just this type off the stack. */
  #take(type: number): void {
    this.#out.raw(...ZEROS.get(type)!, ...I32_ZERO, OP.select_typed, 1, type, OP.drop);
  }

  /** The load or store itself: its alignment and lane are judged, its offset is 64 bits wide. */
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
