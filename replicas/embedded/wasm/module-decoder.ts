/** Decodes the sections of a wasm binary. Code bodies are not decoded: later passes read them instruction by instruction. */
import { FUNCTION_TYPE, OP, PREAMBLE, SECTION } from './binary-format.js';
import { ByteReader } from './byte-reader.js';
import { isValueType, PREFIX_SIMD, V128_CONST, ValueType } from './opcodes.js';

export interface FunctionType {
  /** Binary codes of the value types (see `ValueType`). */
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** Type index of a function, otherwise 0. */
  readonly typeIndex: number;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
}

export const ExternalKind = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
export type ExternalKind = (typeof ExternalKind)[keyof typeof ExternalKind];

export interface Global {
  readonly type: number;
  readonly mutable: boolean;
  readonly init: ConstantExpression;
}

/** A constant expression of one instruction. */
export interface ConstantExpression {
  readonly opcode: number;
  /**
   * The index for `ref.func` and `global.get`. The signed value for `i32.const` and `i64.const`, rounded above 2^53 (see
   * `exactOffset`). Otherwise 0.
   */
  readonly operand: number;
  /** The expression in the binary, including `end`. */
  readonly bytes: Uint8Array;
}

/** Size limits of a memory in pages of 64 KiB, or of a table in entries. */
export interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
  /** True if the addresses or indices are i64. */
  readonly is64: boolean;
}

export interface Table {
  readonly referenceType: number;
  readonly limits: Limits;
}

export interface DataSegment {
  /** `undefined` for a passive segment. */
  readonly offset: ConstantExpression | undefined;
  readonly bytes: Uint8Array;
}

export interface ElementSegment {
  readonly mode: 'active' | 'passive' | 'declarative';
  readonly table: number;
  readonly offset: ConstantExpression | undefined;
  readonly referenceType: number;
  /** Function indices. `undefined` is a null reference. */
  readonly items: readonly (number | undefined)[];
}

export interface DecodedModule {
  readonly bytes: Uint8Array;
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  /** Type index of each function that the module defines. */
  readonly functions: readonly number[];
  readonly tables: readonly Table[];
  readonly memory: Limits | undefined;
  readonly globals: readonly Global[];
  readonly exports: readonly Export[];
  readonly start: number | undefined;
  readonly elements: readonly ElementSegment[];
  readonly hasDataCount: boolean;
  readonly codeSectionSize: number;
  /** Start and end offsets of each function body: the locals and the expression. */
  readonly bodies: readonly (readonly [start: number, end: number])[];
  readonly data: readonly DataSegment[];
  readonly customs: readonly { readonly name: string; readonly content: Uint8Array }[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Builder = Mutable<DecodedModule> & { readonly customs: DecodedModule['customs'][number][] };

const LIMITS_MAXIMUM = 0x01;
/** Flag of a memory with 64-bit addresses or a table with 64-bit indices. */
const LIMITS_64_BIT = 0x04;

/** The imported functions. Their indices come before those of the functions that the module defines. */
export function functionImports({ imports }: DecodedModule): readonly Import[] {
  return imports.filter(({ kind }) => kind === ExternalKind.function);
}

/** True if addresses of the main memory are i64. The IC calls such a module wasm64. */
export function isWasm64({ memory }: DecodedModule): boolean {
  return memory?.is64 ?? false;
}

/** The value of an `i32.const` or `i64.const` offset as an unsigned number. */
export function unsignedOffset({ opcode, operand }: ConstantExpression): number {
  return operand >= 0 ? operand : operand + (opcode === OP.i32_const ? 2 ** 32 : 2 ** 64);
}

/** The value of an `i32.const` or `i64.const` as a signed 64-bit number. */
export function exactOffset({ opcode, bytes }: ConstantExpression): bigint {
  const reader = new ByteReader(bytes, 1);
  return opcode === OP.i32_const ? BigInt(reader.i32()) : reader.i64();
}

/**
 * Decodes a plain wasm binary that is valid (see `validator.ts`).
 *
 * @throws MalformedWasmError if the binary is not valid or uses an encoding that no compiler produces
 */
export function decodeModule(bytes: Uint8Array): DecodedModule {
  const reader = new ByteReader(bytes);
  for (const expected of PREAMBLE) {
    if (reader.byte() !== expected) reader.fail('bad magic number or version');
  }
  const module: Builder = {
    bytes,
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memory: undefined,
    globals: [],
    exports: [],
    start: undefined,
    elements: [],
    hasDataCount: false,
    codeSectionSize: 0,
    bodies: [],
    data: [],
    customs: [],
  };
  while (!reader.done) {
    const id = reader.byte();
    decodeSection(id, reader.slice(reader.u32()), module);
  }
  return module;
}

function decodeSection(id: number, section: ByteReader, module: Builder): void {
  switch (id) {
    case SECTION.custom:
      module.customs.push({ name: section.name(), content: rest(section) });
      return;
    case SECTION.type:
      module.types = vector(section, functionType);
      return;
    case SECTION.import:
      module.imports = vector(section, (reader) => importEntry(reader));
      return;
    case SECTION.function:
      module.functions = vector(section, (reader) => reader.u32());
      return;
    case SECTION.table:
      module.tables = vector(section, (reader) => ({
        referenceType: valueType(reader),
        limits: limits(reader),
      }));
      return;
    case SECTION.memory:
      module.memory = memories(section);
      return;
    case SECTION.global:
      module.globals = vector(section, globalEntry);
      return;
    case SECTION.export:
      module.exports = vector(section, (reader) => ({
        name: reader.name(),
        kind: externalKind(reader),
        index: reader.u32(),
      }));
      return;
    case SECTION.start:
      module.start = section.u32();
      return;
    case SECTION.element:
      module.elements = vector(section, elementSegment);
      return;
    case SECTION.code:
      module.codeSectionSize = section.end - section.position;
      module.bodies = vector(section, (reader) => {
        const body = reader.slice(reader.u32());
        return [body.position, body.end] as const;
      });
      return;
    case SECTION.data:
      module.data = vector(section, dataSegment);
      return;
    case SECTION.dataCount:
      section.u32();
      module.hasDataCount = true;
      return;
    default:
      section.fail(`section ${id} is not allowed`);
  }
}

function vector<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const count = reader.u32();
  const items: T[] = [];
  for (let index = 0; index < count; index++) items.push(read(reader));
  return items;
}

function rest(section: ByteReader): Uint8Array {
  return section.take(section.end - section.position);
}

function valueType(reader: ByteReader): number {
  const code = reader.byte();
  if (!isValueType(code)) reader.fail(`value type 0x${code.toString(16)} is not allowed`);
  return code;
}

function functionType(reader: ByteReader): FunctionType {
  const form = reader.byte();
  if (form !== FUNCTION_TYPE) reader.fail(`type 0x${form.toString(16)} is not allowed`);
  return { params: vector(reader, valueType), results: vector(reader, valueType) };
}

function externalKind(reader: ByteReader): ExternalKind {
  const kind = reader.byte();
  if (kind > ExternalKind.tag) reader.fail('malformed import or export kind');
  return kind as ExternalKind;
}

function importEntry(reader: ByteReader): Import {
  const module = reader.name();
  const name = reader.name();
  const kind = externalKind(reader);
  let typeIndex = 0;
  if (kind === ExternalKind.function) typeIndex = reader.u32();
  else if (kind === ExternalKind.table) {
    valueType(reader);
    limits(reader);
  } else if (kind === ExternalKind.memory) limits(reader);
  else reader.skip(2);
  return { module, name, kind, typeIndex };
}

function limits(reader: ByteReader): Limits {
  const flags = reader.byte();
  if ((flags & ~(LIMITS_MAXIMUM | LIMITS_64_BIT)) !== 0) {
    reader.fail('threads must be enabled for shared memories');
  }
  const is64 = (flags & LIMITS_64_BIT) !== 0;
  const bound = (): number => (is64 ? reader.u64() : reader.u32());
  return { minimum: bound(), maximum: (flags & LIMITS_MAXIMUM) === 0 ? undefined : bound(), is64 };
}

function memories(section: ByteReader): Limits | undefined {
  const [first, second] = vector(section, limits);
  if (second !== undefined) section.fail('multiple memories');
  return first;
}

function globalEntry(reader: ByteReader): Global {
  const type = valueType(reader);
  const mutability = reader.byte();
  if (mutability > 1) reader.fail('malformed mutability');
  return { type, mutable: mutability === 1, init: constantExpression(reader) };
}

function constantExpression(reader: ByteReader): ConstantExpression {
  const start = reader.position;
  let operand = 0;
  const opcode = reader.byte();
  if (opcode === OP.i32_const) operand = reader.i32();
  else if (opcode === OP.i64_const) operand = Number(reader.i64());
  else if (opcode === OP.f32_const) reader.skip(4);
  else if (opcode === OP.f64_const) reader.skip(8);
  else if (opcode === OP.ref_null) valueType(reader);
  else if (opcode === OP.global_get || opcode === OP.ref_func) operand = reader.u32();
  else if (opcode === PREFIX_SIMD && reader.u32() === V128_CONST) reader.skip(16);
  else reader.fail('constant expression required');
  if (reader.byte() !== OP.end)
    reader.fail('constant expressions of more than one instruction are not allowed');
  return { opcode, operand, bytes: reader.bytes.subarray(start, reader.position) };
}

/** The eight forms of an element segment (specification, binary format, "Element section"). */
function elementSegment(reader: ByteReader): ElementSegment {
  const form = reader.u32();
  if (form > 7) reader.fail('malformed element segment');
  const active = (form & 1) === 0;
  const explicit = (form & 2) !== 0;
  const expressions = (form & 4) !== 0;
  const table = active && explicit ? reader.u32() : 0;
  const offset = active ? constantExpression(reader) : undefined;
  let referenceType: number = ValueType.funcref;
  if (!active || explicit) {
    if (expressions) referenceType = valueType(reader);
    else if (reader.byte() !== 0) reader.fail('malformed element kind');
  }
  const items = expressions
    ? vector(reader, elementExpression)
    : vector(reader, (each): number | undefined => each.u32());
  return {
    mode: active ? 'active' : explicit ? 'declarative' : 'passive',
    table,
    offset,
    referenceType,
    items,
  };
}

/** An item that is an imported global counts as a null reference: the import is refused later. */
function elementExpression(reader: ByteReader): number | undefined {
  const { opcode, operand } = constantExpression(reader);
  return opcode === OP.ref_func ? operand : undefined;
}

function dataSegment(reader: ByteReader): DataSegment {
  const form = reader.u32();
  if (form > 2) reader.fail('malformed data segment');
  if (form === 2 && reader.u32() !== 0) reader.fail('unknown memory');
  const offset = form === 1 ? undefined : constantExpression(reader);
  return { offset, bytes: reader.take(reader.u32()) };
}
