/** Writes the instrumented module: the original's sections with what was injected, in the binary format's order. */
import {
  CALLBACK_EXPORT,
  COUNTER_EXPORT,
  ENGINE_IMPORTS,
  HEAP_BASE_WASM_PAGES,
  LAST_INDIRECT_EXPORT,
  TABLE_EXPORT,
  type PersistedGlobal,
} from './artifact.js';
import { BRANCH_HINT_SECTION, type BranchHints } from './branch-hints.js';
import { CodeWriter } from './code-writer.js';
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
import { ENGINE_FUNCTIONS, type Layout } from './layout.js';
import {
  ExternalKind,
  unsignedOffset,
  type ConstantExpression,
  type DecodedModule,
  type ElementSegment,
  type FunctionType,
  type Import,
  type Table,
} from './module-decoder.js';
import { ValueType } from './opcodes.js';
import { isSystemExport, methodOfExport } from './validation.js';

const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const START_EXPORT = 'canister_start';
const U32_MAX = 0xffff_ffff;
const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** Types injected after the original ones; the same type may occur twice in a module. */
class InjectedTypes {
  readonly list: FunctionType[] = [];

  readonly #base: number;

  constructor(base: number) {
    this.#base = base;
  }

  index(type: FunctionType): number {
    this.list.push(type);
    return this.#base + this.list.length - 1;
  }
}

/** The original's mutable globals under the names by which the host saves and restores them. */
export function persistedGlobals(module: DecodedModule, layout: Layout): PersistedGlobal[] {
  const persisted: PersistedGlobal[] = [];
  module.globals.forEach(({ type, mutable }, index) => {
    if (!mutable) return;
    const exportName = `__persistent_mutable_global_${index}`;
    if (layout.wideGlobals.has(index)) {
      persisted.push({ exportName, type: 'i64', index });
      persisted.push({
        exportName: `${exportName}_high`,
        type: 'i64',
        index: layout.wideGlobals.get(index)!,
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

/** `bodies` holds the rewritten bodies of the original's functions, one after the other. */
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
  const callbackType = types.index(layout.callbackType);
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

function section(out: CodeWriter, id: number, content: (out: CodeWriter) => void): void {
  out.byte(id).sized(() => content(out));
}

function writeType(out: CodeWriter, { params, results }: FunctionType): void {
  out
    .byte(0x60)
    .u32(params.length)
    .raw(...params)
    .u32(results.length)
    .raw(...results);
}

function functionImports(module: DecodedModule): readonly Import[] {
  return module.imports.filter(({ kind }) => kind === ExternalKind.function);
}

function encodeImports(module: DecodedModule, layout: Layout, types: InjectedTypes): CodeWriter {
  const out = new CodeWriter();
  const originals = functionImports(module);
  out.u32(originals.length + ENGINE_FUNCTIONS.length + (module.memory === undefined ? 0 : 1));
  for (const { module: from, name } of originals) {
    const { hostParams, hostResults } = hostSignature(name as Ic0Function, layout.isWasm64);
    const type = {
      params: hostParams.map((each) => ValueType[each]),
      results: hostResults.map((each) => ValueType[each]),
    };
    out.name(from).name(name).byte(ExternalKind.function).u32(types.index(type));
  }
  for (const { name, type } of ENGINE_FUNCTIONS) {
    out.name(ENGINE_IMPORTS.module).name(name).byte(ExternalKind.function).u32(types.index(type));
  }
  if (module.memory !== undefined) {
    out.name(ENGINE_IMPORTS.module).name(ENGINE_IMPORTS.memory).byte(ExternalKind.memory);
    // No maximum: the helper of `memory.grow` keeps to the declared one.
    out.byte(0).u32(module.memory.minimum + HEAP_BASE_WASM_PAGES);
  }
  return out;
}

function encodeFunctions(module: DecodedModule, layout: Layout, types: InjectedTypes): CodeWriter {
  const indices = [
    ...module.functions,
    ...functionImports(module).map(({ typeIndex }) => typeIndex),
    ...layout.helperTypes.map((type) => types.index(type)),
    ...layout.initSegments.map(() => types.index(layout.initHelperType)),
  ];
  const out = new CodeWriter(indices.length * 2 + 8).u32(indices.length);
  for (const index of indices) out.u32(index);
  return out;
}

/** With 32-bit indices, whatever the original's are. */
export function writeTables(out: CodeWriter, tables: readonly Table[]): void {
  out.u32(tables.length);
  for (const { referenceType, limits } of tables) {
    const { minimum, maximum } = limits;
    out
      .byte(referenceType)
      .byte(maximum === undefined ? 0 : 1)
      .u32(Math.min(minimum, U32_MAX));
    if (maximum !== undefined) out.u32(Math.min(maximum, U32_MAX));
  }
}

function writeGlobals(out: CodeWriter, module: DecodedModule, layout: Layout): void {
  out.u32(module.globals.length + 2 + layout.wideGlobals.size);
  module.globals.forEach(({ type, mutable, init }, index) => {
    if (layout.wideGlobals.has(index)) {
      writeHalf(out, init, 0);
    } else {
      out.byte(type).byte(mutable ? 1 : 0);
      writeExpression(out, init, layout);
    }
  });
  out.byte(ValueType.i64).byte(1).i64Const(0).end();
  out.byte(ValueType.i32).byte(1).i32Const(0).end();
  for (const index of layout.wideGlobals.keys()) writeHalf(out, module.globals[index]!.init, 1);
}

/** One 64-bit half of a `v128.const`, as a mutable i64 global. */
function writeHalf(out: CodeWriter, { bytes }: ConstantExpression, half: 0 | 1): void {
  const lanes = bytes.length - 17;
  const view = new DataView(bytes.buffer, bytes.byteOffset + lanes + 8 * half, 8);
  out.byte(ValueType.i64).byte(1).byte(0x42).bigSigned(view.getBigInt64(0, true)).end();
}

function writeExpression(
  out: CodeWriter,
  { opcode, operand, bytes }: ConstantExpression,
  layout: Layout,
): void {
  if (opcode === 0xd2) out.byte(opcode).u32(layout.functionIndex(operand)).end();
  else out.append(bytes);
}

/** Only what the host needs is exported: the memory is the host's own, and other exports mean nothing on the IC. */
function writeExports(out: CodeWriter, module: DecodedModule, layout: Layout): void {
  const entries: (readonly [name: string, kind: number, index: number])[] = [
    [COUNTER_EXPORT, ExternalKind.global, layout.counterGlobal],
    [LAST_INDIRECT_EXPORT, ExternalKind.global, layout.lastIndirectGlobal],
  ];
  if (module.tables.length > 0) {
    entries.push([TABLE_EXPORT, ExternalKind.table, 0]);
    entries.push([CALLBACK_EXPORT, ExternalKind.function, layout.helper('callback')]);
  }
  for (const { exportName, index } of persistedGlobals(module, layout)) {
    entries.push([exportName, ExternalKind.global, index]);
  }
  for (const { name, kind, index } of module.exports) {
    if (kind !== ExternalKind.function) continue;
    if (methodOfExport(name) === undefined && !isSystemExport(name)) continue;
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
  // Always with expressions and explicit type: forms 5 (passive), 6 (active), 7 (declarative).
  out.u32(mode === 'passive' ? 5 : mode === 'active' ? 6 : 7);
  if (offset !== undefined) {
    out.u32(table);
    if (layout.tables64[table]) out.i32Const(Math.min(unsignedOffset(offset), U32_MAX)).end();
    else writeExpression(out, offset, layout);
  }
  out.byte(referenceType).u32(items.length);
  for (const item of items) {
    if (item === undefined) out.byte(0xd0).byte(referenceType).end();
    else out.byte(0xd2).u32(layout.functionIndex(item)).end();
  }
}

function writeCode(
  out: CodeWriter,
  module: DecodedModule,
  layout: Layout,
  bodies: CodeWriter,
  callbackType: number,
): void {
  const { initSegments } = layout;
  const imports = functionImports(module);
  out.u32(module.bodies.length + imports.length + layout.helperTypes.length + initSegments.length);
  out.append(bodies.view());
  imports.forEach(({ name }, index) => writeWrapper(out, layout, name as Ic0Function, index));
  writeCharge(out, layout);
  writeCallback(out, layout, callbackType);
  if (module.memory === undefined) return;
  writeTrack(out, layout);
  writeTrackRange(out, layout);
  writeGrow(out, layout, module.memory.maximum);
  writeFill(out, layout);
  writeCopy(out, layout);
  for (const segment of initSegments) {
    const { offset, bytes } = module.data[segment]!;
    writeInit(out, layout, segment, offset === undefined ? bytes.length : 0);
  }
}

/** Active segments leave an empty passive one behind, so that indices hold: to `memory.init` they are as if dropped. */
function writeData(out: CodeWriter, module: DecodedModule): void {
  out.u32(module.data.length);
  for (const { offset, bytes } of module.data) {
    out.u32(1);
    if (offset === undefined) out.u32(bytes.length).append(bytes);
    else out.u32(0);
  }
}
