/** Encodes the instrumented module: the original sections with the injected types, functions, globals, and exports. */
import {
  CALLBACK_EXPORT,
  COUNTER_EXPORT,
  COVERAGE_READER_EXPORT,
  ENGINE_IMPORTS,
  HEAP_BASE_WASM_PAGES,
  LAST_INDIRECT_EXPORT,
  OPERAND_EXPORT,
  TABLE_EXPORT,
  type PersistedGlobal,
} from './instrumented-module.js';
import { FUNCTION_TYPE, OP, PREAMBLE, SECTION, U32_MAX } from './binary-format.js';
import { BRANCH_HINT_SECTION, type BranchHints } from './branch-hints.js';
import { CodeWriter } from './code-writer.js';
import { readerCount, writeCounterReader } from './coverage-code.js';
import {
  writeCallback,
  writeCharge,
  writeCopy,
  writeFill,
  writeGrow,
  writeInit,
  writeTrack,
  writeTrackRange,
  writeWrapper,
} from './helpers.js';
import { hostSignature } from './host-signatures.js';
import type { Ic0Function } from './ic0-signatures.js';
import { ENGINE_FUNCTIONS, OPERANDS_MAX, type Layout } from './layout.js';
import {
  ExternalKind,
  functionImports,
  unsignedOffset,
  type ConstantExpression,
  type DecodedModule,
  type ElementSegment,
  type FunctionType,
  type Table,
} from './module-decoder.js';
import { PREFIX_SIMD, V128_CONST, ValueType } from './opcodes.js';
import { typeOfTemporary } from './temporaries.js';
import { isSystemExport, parseMethodExport } from './validation.js';

const START_EXPORT = 'canister_start';

/** The injected types, which follow the original ones. A type may occur more than once. */
class InjectedTypes {
  readonly list: FunctionType[] = [];
  readonly #base: number;

  constructor(base: number) {
    this.#base = base;
  }

  /** Adds a type and returns its index. */
  add(type: FunctionType): number {
    this.list.push(type);
    return this.#base + this.list.length - 1;
  }
}

/** The mutable globals of the original module, with the names under which the instrumented module exports them. */
export function persistedGlobals(module: DecodedModule, layout: Layout): PersistedGlobal[] {
  const persisted: PersistedGlobal[] = [];
  module.globals.forEach(({ type, mutable }, index) => {
    if (!mutable) return;
    const exportName = `__persistent_mutable_global_${index}`;
    if (layout.v128Globals.has(index)) {
      persisted.push({ exportName, type: 'i64', index });
      persisted.push({
        exportName: `${exportName}_high`,
        type: 'i64',
        index: layout.v128Globals.get(index)!,
      });
    } else {
      persisted.push({ exportName, type: GLOBAL_TYPES.get(type)!, index });
    }
  });
  return persisted;
}

const GLOBAL_TYPES: ReadonlyMap<number, PersistedGlobal['type']> = new Map([
  [ValueType.i32, 'i32'],
  [ValueType.i64, 'i64'],
  [ValueType.f32, 'f32'],
  [ValueType.f64, 'f64'],
]);

/** Encodes the instrumented module. `bodies` holds the rewritten bodies of the original functions, in order. */
export function encodeModule(
  module: DecodedModule,
  layout: Layout,
  bodies: CodeWriter,
  hints: BranchHints,
): Uint8Array {
  const out = new CodeWriter(bodies.length + 65_536).raw(...PREAMBLE);
  const types = new InjectedTypes(module.types.length);
  const imports = encodeImports(module, layout, types);
  const functions = encodeFunctions(module, layout, types);
  const callbackType = types.add(layout.callbackType);
  section(out, SECTION.type, (to) => {
    to.u32(module.types.length + types.list.length);
    for (const type of [...module.types, ...types.list]) writeType(to, type);
  });
  section(out, SECTION.import, (to) => to.append(imports.view()));
  section(out, SECTION.function, (to) => to.append(functions.view()));
  if (module.tables.length > 0) section(out, SECTION.table, (to) => writeTables(to, module.tables));
  section(out, SECTION.global, (to) => writeGlobals(to, module, layout));
  section(out, SECTION.export, (to) => writeExports(to, module, layout));
  if (module.elements.length > 0) {
    section(out, SECTION.element, (to) => {
      to.u32(module.elements.length);
      for (const element of module.elements) writeElement(to, element, layout);
    });
  }
  if (module.hasDataCount) section(out, SECTION.dataCount, (to) => to.u32(module.data.length));
  section(out, SECTION.custom, (to) => hints.write(to.name(BRANCH_HINT_SECTION)));
  section(out, SECTION.code, (to) => writeCode(to, module, layout, bodies, callbackType));
  if (module.hasDataCount || module.data.length > 0)
    section(out, SECTION.data, (to) => writeData(to, module));
  return out.toBytes();
}

/** The functions that read the counters of coverage. */
function readers({ coverageCounters }: Layout): readonly number[] {
  return Array.from({ length: readerCount(coverageCounters) }, (_, reader) => reader);
}

function section(out: CodeWriter, id: number, content: (out: CodeWriter) => void): void {
  out.byte(id).sized(() => content(out));
}

function writeType(out: CodeWriter, { params, results }: FunctionType): void {
  out
    .byte(FUNCTION_TYPE)
    .u32(params.length)
    .raw(...params)
    .u32(results.length)
    .raw(...results);
}

function encodeImports(module: DecodedModule, layout: Layout, types: InjectedTypes): CodeWriter {
  const out = new CodeWriter();
  const originals = functionImports(module);
  const importsMemory = module.memory !== undefined || layout.coverageCounters > 0;
  out.u32(originals.length + ENGINE_FUNCTIONS.length + (importsMemory ? 1 : 0));
  for (const { module: from, name } of originals) {
    const { hostParams, hostResults } = hostSignature(name as Ic0Function, layout.isWasm64);
    const type = {
      params: hostParams.map((each) => ValueType[each]),
      results: hostResults.map((each) => ValueType[each]),
    };
    out.name(from).name(name).byte(ExternalKind.function).u32(types.add(type));
  }
  for (const { name, type } of ENGINE_FUNCTIONS) {
    out.name(ENGINE_IMPORTS.module).name(name).byte(ExternalKind.function).u32(types.add(type));
  }
  if (importsMemory) {
    out.name(ENGINE_IMPORTS.module).name(ENGINE_IMPORTS.memory).byte(ExternalKind.memory);
    // No maximum, because the `memory.grow` helper enforces the declared one.
    out.byte(0).u32((module.memory?.minimum ?? 0) + HEAP_BASE_WASM_PAGES);
  }
  return out;
}

function encodeFunctions(module: DecodedModule, layout: Layout, types: InjectedTypes): CodeWriter {
  const indices = [
    ...module.functions,
    ...functionImports(module).map(({ typeIndex }) => typeIndex),
    ...layout.helperTypes.map((type) => types.add(type)),
    ...layout.memoryInitSegments.map(() => types.add(layout.initHelperType)),
    ...readers(layout).map(() => types.add({ params: [], results: [] })),
  ];
  const out = new CodeWriter(indices.length * 2 + 8).u32(indices.length);
  for (const index of indices) out.u32(index);
  return out;
}

/**
 * Writes the table section's content. Tables with 64-bit indices get 32-bit indices. No table has a maximum, because none can grow.
 */
function writeTables(out: CodeWriter, tables: readonly Table[]): void {
  out.u32(tables.length);
  for (const { referenceType, limits } of tables) out.byte(referenceType).byte(0).u32(limits.minimum);
}

function writeGlobals(out: CodeWriter, module: DecodedModule, layout: Layout): void {
  const operands = layout.isWasm64 ? OPERANDS_MAX : 0;
  const { v128Globals, temporaryGlobals, coverageCounters } = layout;
  const injected = 2 + v128Globals.size + operands + coverageCounters + temporaryGlobals.length;
  out.u32(module.globals.length + injected);
  module.globals.forEach(({ type, mutable, init }, index) => {
    if (layout.v128Globals.has(index)) {
      writeHalf(out, init, 0);
    } else {
      out.byte(type).byte(mutable ? 1 : 0);
      writeExpression(out, init, layout);
    }
  });
  writeVariable(out, ValueType.i64);
  writeVariable(out, ValueType.i32);
  for (const index of v128Globals.keys()) writeHalf(out, module.globals[index]!.init, 1);
  for (let index = 0; index < operands; index++) writeVariable(out, ValueType.i64);
  for (let counter = 0; counter < coverageCounters; counter++) writeVariable(out, ValueType.i32);
  for (const temporary of temporaryGlobals) writeVariable(out, typeOfTemporary(temporary));
}

const ZEROS: ReadonlyMap<number, readonly number[]> = new Map([
  [ValueType.i32, [OP.i32_const, 0]],
  [ValueType.i64, [OP.i64_const, 0]],
  [ValueType.f32, [OP.f32_const, ...new Array<number>(4).fill(0)]],
  [ValueType.f64, [OP.f64_const, ...new Array<number>(8).fill(0)]],
  [ValueType.v128, [PREFIX_SIMD, V128_CONST, ...new Array<number>(16).fill(0)]],
]);

/** Writes an injected global, which is mutable and 0. */
function writeVariable(out: CodeWriter, type: number): void {
  out
    .byte(type)
    .byte(1)
    .raw(...(ZEROS.get(type) ?? []))
    .end();
}

/** Writes one 64-bit half of a `v128.const` as a mutable i64 global. */
function writeHalf(out: CodeWriter, { bytes }: ConstantExpression, half: 0 | 1): void {
  const lanes = bytes.length - 17;
  const view = new DataView(bytes.buffer, bytes.byteOffset + lanes + 8 * half, 8);
  out.byte(ValueType.i64).byte(1).byte(OP.i64_const).bigSigned(view.getBigInt64(0, true)).end();
}

function writeExpression(
  out: CodeWriter,
  { opcode, operand, bytes }: ConstantExpression,
  layout: Layout,
): void {
  if (opcode === OP.ref_func) out.byte(opcode).u32(layout.functionIndex(operand)).end();
  else out.append(bytes);
}

/** Exports only the entries that the host needs. The host owns the memory, and the IC ignores all other exports. */
function writeExports(out: CodeWriter, module: DecodedModule, layout: Layout): void {
  const entries: (readonly [name: string, kind: number, index: number])[] = [
    [COUNTER_EXPORT, ExternalKind.global, layout.counterGlobal],
    [LAST_INDIRECT_EXPORT, ExternalKind.global, layout.lastIndirectGlobal],
  ];
  for (let index = 0; layout.isWasm64 && index < OPERANDS_MAX; index++) {
    entries.push([`${OPERAND_EXPORT}${index}`, ExternalKind.global, layout.operandBase + index]);
  }
  if (module.tables.length > 0) {
    entries.push([TABLE_EXPORT, ExternalKind.table, 0]);
    entries.push([CALLBACK_EXPORT, ExternalKind.function, layout.helper('callback')]);
  }
  for (const reader of readers(layout)) {
    const index = layout.coverageReaderBase + reader;
    entries.push([`${COVERAGE_READER_EXPORT}${reader}`, ExternalKind.function, index]);
  }
  for (const { exportName, index } of persistedGlobals(module, layout)) {
    entries.push([exportName, ExternalKind.global, index]);
  }
  for (const { name, kind, index } of module.exports) {
    if (kind !== ExternalKind.function) continue;
    if (parseMethodExport(name) === undefined && !isSystemExport(name)) continue;
    entries.push([name, ExternalKind.function, layout.functionIndex(index)]);
  }
  if (module.start !== undefined) {
    entries.push([START_EXPORT, ExternalKind.function, layout.functionIndex(module.start)]);
  }
  out.u32(entries.length);
  for (const [name, kind, index] of entries) out.name(name).byte(kind).u32(index);
}

function writeElement(out: CodeWriter, element: ElementSegment, layout: Layout): void {
  const { mode, table, offset, referenceType, items } = element;
  // Every segment uses expressions and an explicit type: form 5 is passive, 6 is active, and 7 is declarative.
  out.u32(mode === 'passive' ? 5 : mode === 'active' ? 6 : 7);
  if (offset !== undefined) {
    out.u32(table);
    if (layout.tablesAre64[table]) out.i32Const(Math.min(unsignedOffset(offset), U32_MAX)).end();
    else writeExpression(out, offset, layout);
  }
  out.byte(referenceType).u32(items.length);
  for (const item of items) {
    if (item === undefined) out.byte(OP.ref_null).byte(referenceType).end();
    else out.byte(OP.ref_func).u32(layout.functionIndex(item)).end();
  }
}

function writeCode(
  out: CodeWriter,
  module: DecodedModule,
  layout: Layout,
  bodies: CodeWriter,
  callbackType: number,
): void {
  const { memoryInitSegments } = layout;
  const imports = functionImports(module);
  const helpers = layout.helperTypes.length + memoryInitSegments.length + readers(layout).length;
  out.u32(module.bodies.length + imports.length + helpers);
  out.append(bodies.view());
  imports.forEach(({ name }, index) => writeWrapper(out, layout, name as Ic0Function, index));
  writeCharge(out, layout);
  writeCallback(out, layout, callbackType);
  if (module.memory !== undefined) writeMemoryHelpers(out, module, layout, module.memory.maximum);
  const { coverageCounters: counters, coverageBase: globalBase } = layout;
  for (const reader of readers(layout)) writeCounterReader(out, { reader, counters, globalBase });
}

function writeMemoryHelpers(
  out: CodeWriter,
  module: DecodedModule,
  layout: Layout,
  maximum: number | undefined,
): void {
  writeTrack(out, layout);
  writeTrackRange(out, layout);
  writeGrow(out, layout, maximum);
  writeFill(out, layout);
  writeCopy(out, layout);
  for (const segment of layout.memoryInitSegments) {
    const { offset, bytes } = module.data[segment]!;
    writeInit(out, layout, segment, offset === undefined ? bytes.length : 0);
  }
}

/**
 * Writes the data section. An active segment becomes an empty passive one, which keeps the segment indices. To `memory.init`, it
 * looks like a dropped segment.
 */
function writeData(out: CodeWriter, module: DecodedModule): void {
  out.u32(module.data.length);
  for (const { offset, bytes } of module.data) {
    out.u32(1);
    if (offset === undefined) out.u32(bytes.length).append(bytes);
    else out.u32(0);
  }
}
