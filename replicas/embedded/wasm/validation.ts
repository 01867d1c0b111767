/**
 * The IC's rules for a module, in addition to those of WebAssembly (`validator.ts`).
 *
 * Order of the checks and error texts: PocketIC 10.0.0, rs/embedders/src/wasm_utils/validation.rs (`validate_wasm_binary`). Limits:
 * rs/config/src/embedders.rs.
 */
import {
  WASM_PAGE_BYTES,
  type CustomSection,
  type Method,
  type SystemEntryPoint,
} from './instrumented-module.js';
import type { BodyScan } from './body-scan.js';
import { ic0Signature, isIc0Function } from './ic0-signatures.js';
import {
  exactOffset,
  ExternalKind,
  functionImports,
  isWasm64,
  unsignedOffset,
  type DecodedModule,
  type FunctionType,
  type Import,
} from './module-decoder.js';
import { VALUE_TYPE_NAMES, ValueType } from './opcodes.js';
import * as errors from './validation-errors.js';

export const MODULE_BYTES_MAX = 100 * 1_048_576;
export const GLOBALS_MAX = 1_000;
const FUNCTIONS_MAX = 50_000;
const METHODS_MAX = 1_000;
const METHOD_NAMES_BYTES_MAX = 20_000;
const CUSTOM_SECTIONS_MAX = 16;
const CUSTOM_SECTIONS_BYTES_MAX = 1_048_576;
const FUNCTION_INSTRUCTIONS_MAX = 1_000_000;
const FUNCTION_COMPLEXITY_MAX = 1_000_000;
/** 6 GiB in wasm pages. */
const WASM64_PAGES_MAX = 98_304;
const TABLES_MAX = 1;
const TABLE_ENTRIES_MAX = 1_000_000;

const RESERVED_EXPORTS: ReadonlySet<string> = new Set([
  'canister counter_instructions',
  'canister_start',
  'canister counter_dirty_pages',
  'canister counter_accessed_pages',
  'stable_memory',
  'stable_bytemap_memory',
]);

const SYSTEM_EXPORTS: ReadonlySet<string> = new Set<SystemEntryPoint>([
  'canister_init',
  'canister_pre_upgrade',
  'canister_post_upgrade',
  'canister_inspect_message',
  'canister_heartbeat',
  'canister_global_timer',
  'canister_on_low_wasm_memory',
]);
const METHOD_EXPORT = /^canister_(update|query|composite_query) (.*)$/s;

const METHOD_TYPE: FunctionType = { params: [], results: [] };

/** Parses an export name such as `canister_query get`. Returns `undefined` if it does not name a method. */
export function parseMethodExport(exportName: string): Method | undefined {
  const match = METHOD_EXPORT.exec(exportName);
  if (match === null) return undefined;
  return { kind: match[1] as Method['kind'], name: match[2]!, exportName };
}

export function isSystemExport(exportName: string): exportName is SystemEntryPoint {
  return SYSTEM_EXPORTS.has(exportName);
}

/**
 * Checks all sections except code and custom sections.
 *
 * @throws InvalidWasmError for the first violation
 */
export function validateSections(module: DecodedModule): void {
  validateImports(module);
  validateExports(module);
  validateGlobals(module);
  if (module.functions.length > FUNCTIONS_MAX) {
    throw errors.tooManyFunctions(module.functions.length, FUNCTIONS_MAX);
  }
  validateInitialMemory(module);
}

/**
 * Checks the body that `scan` has just scanned. `index` is the index of the function, including imports.
 *
 * @throws InvalidWasmError if the body violates a rule
 */
export function validateBody(index: number, scan: BodyScan): void {
  if (scan.unsupportedInstruction !== undefined)
    throw errors.unsupportedInstruction(index, scan.unsupportedInstruction);
  if (scan.complexity > FUNCTION_COMPLEXITY_MAX) {
    throw errors.functionTooComplex(index, scan.complexity, FUNCTION_COMPLEXITY_MAX);
  }
  if (scan.instructionCount > FUNCTION_INSTRUCTIONS_MAX) {
    throw errors.functionTooLarge(index, scan.instructionCount, FUNCTION_INSTRUCTIONS_MAX);
  }
}

/**
 * Returns the custom sections with the prefix `icp:`.
 *
 * @throws InvalidWasmError if a section is malformed or the sections exceed a limit
 */
export function icpCustomSections(module: DecodedModule): CustomSection[] {
  const sections = new Map<string, CustomSection>();
  let totalBytes = 0;
  for (const { name: fullName, content } of module.customs) {
    const section = customSection(fullName, content);
    if (section === undefined) continue;
    const { name } = section;
    if (sections.has(name)) {
      throw errors.invalidCustomSection(`Invalid custom section: name ${name} already exists`);
    }
    totalBytes += content.length + Buffer.byteLength(name);
    if (totalBytes > CUSTOM_SECTIONS_BYTES_MAX) {
      throw errors.invalidCustomSection(
        'Invalid custom sections: total size of the custom sections exceeds the maximum allowed: ' +
          `size ${totalBytes} bytes, allowed ${CUSTOM_SECTIONS_BYTES_MAX} bytes`,
      );
    }
    sections.set(name, section);
    if (sections.size > CUSTOM_SECTIONS_MAX) {
      throw errors.tooManyCustomSections(sections.size, CUSTOM_SECTIONS_MAX);
    }
  }
  return [...sections.values()];
}

function customSection(fullName: string, content: Uint8Array): CustomSection | undefined {
  if (!fullName.startsWith('icp:')) return undefined;
  for (const visibility of ['public', 'private'] as const) {
    const prefix = `icp:${visibility} `;
    // A copy lets the module's bytes be garbage-collected after instrumentation.
    if (fullName.startsWith(prefix)) {
      return { name: fullName.slice(prefix.length), visibility, content: content.slice() };
    }
  }
  if (fullName === 'icp:public' || fullName === 'icp:private') {
    throw errors.invalidCustomSection(
      "'icp:' section names must have a space after the public/private scope",
    );
  }
  throw errors.invalidCustomSection(
    `Invalid custom section: Custom section '${fullName}' has no public/private scope defined.`,
  );
}

function validateImports(module: DecodedModule): void {
  for (const entry of module.imports) {
    const { module: from, name, kind } = entry;
    if (kind === ExternalKind.function) validateFunctionImport(entry, module);
    else if (kind === ExternalKind.global) throw errors.invalidImport('Importing globals is not allowed.');
    else if (kind === ExternalKind.tag) throw errors.invalidImport('Importing tags is not allowed.');
    else if (kind === ExternalKind.table && name === 'table' && from !== 'env') {
      throw errors.invalidImport('Only tables imported from env.table are allowed.');
    } else if (kind === ExternalKind.memory && name === 'memory' && from !== 'env') {
      throw errors.invalidImport('Only memory imported from env.memory is allowed.');
    }
  }
}

function validateFunctionImport({ module: from, name, typeIndex }: Import, module: DecodedModule): void {
  if (!isIc0Function(name, isWasm64(module))) {
    throw errors.invalidImport(
      `Module imports function '${name}' from '${from}' that is not exported by the runtime.`,
    );
  }
  if (from !== 'ic0') {
    throw errors.invalidImport(
      `Module imports function ${JSON.stringify(name)} from ${JSON.stringify(from)}, ` +
        'expected to be imported from one of ["ic0"] instead.',
    );
  }
  const { params, results } = ic0Signature(name, isWasm64(module));
  const expected = {
    params: params.map((type) => ValueType[type]),
    results: results.map((type) => ValueType[type]),
  };
  validateSignature(expected, name, module.types[typeIndex]!);
}

function validateSignature(expected: FunctionType, name: string, actual: FunctionType): void {
  const differ = (left: readonly number[], right: readonly number[]): boolean =>
    left.length !== right.length || left.some((type, index) => type !== right[index]);
  if (differ(expected.params, actual.params)) {
    throw errors.invalidSignature(
      `Expected input params ${typeList(expected.params)} for '${name}', got ${typeList(actual.params)}.`,
    );
  }
  if (differ(expected.results, actual.results)) {
    throw errors.invalidSignature(
      `Expected return type ${typeList(expected.results)} for '${name}', got ${typeList(actual.results)}.`,
    );
  }
}

/** Formats types as the IC does: `[I32, I64]`. */
function typeList(types: readonly number[]): string {
  return `[${types.map(typeName).join(', ')}]`;
}

function typeName(type: number): string {
  if (type === ValueType.funcref) return 'FuncRefNull';
  if (type === ValueType.externref) return 'ExternRefNull';
  return VALUE_TYPE_NAMES.get(type)?.toUpperCase() ?? '';
}

function validateExports(module: DecodedModule): void {
  const seen = new Set<string>();
  let nameBytes = 0;
  for (const { name, kind, index } of module.exports) {
    if (RESERVED_EXPORTS.has(name))
      throw errors.invalidExport(`Exporting reserved symbol ${name} not allowed.`);
    if (kind !== ExternalKind.function) continue;
    const method = parseMethodExport(name);
    if (method !== undefined) {
      if (seen.has(method.name)) throw errors.duplicateExport(method.name);
      seen.add(method.name);
      nameBytes += Buffer.byteLength(method.name);
    } else if (name.startsWith('canister_') && !SYSTEM_EXPORTS.has(name)) {
      throw errors.invalidExport(`Exporting reserved function '${name}' with "canister_" prefix`);
    }
    if (method !== undefined || SYSTEM_EXPORTS.has(name)) {
      validateSignature(METHOD_TYPE, name, typeOfFunction(module, index));
    }
  }
  if (seen.size > METHODS_MAX) throw errors.tooManyExports(seen.size, METHODS_MAX);
  if (nameBytes > METHOD_NAMES_BYTES_MAX) {
    throw errors.exportedNamesTooLong(nameBytes, METHOD_NAMES_BYTES_MAX);
  }
}

function typeOfFunction(module: DecodedModule, index: number): FunctionType {
  const imports = functionImports(module);
  const typeIndex = imports[index]?.typeIndex ?? module.functions[index - imports.length]!;
  return module.types[typeIndex]!;
}

/** The library for WebAssembly allows more pages of a 64-bit memory than the IC. */
function validateInitialMemory(module: DecodedModule): void {
  const pages = module.memory?.minimum ?? 0;
  if (isWasm64(module) && pages > WASM64_PAGES_MAX)
    throw errors.initialMemoryTooLarge(pages, WASM64_PAGES_MAX);
}

/**
 * Checks that active data segments lie in the initial memory. The IC checks this after all other rules.
 *
 * @throws InvalidWasmError for the first segment that does not
 */
export function validateDataBounds(module: DecodedModule): void {
  const size = (module.memory?.minimum ?? 0) * WASM_PAGE_BYTES;
  for (const { offset, bytes } of module.data) {
    if (offset === undefined) continue;
    // The IC extends a 32-bit offset with its sign.
    const start = BigInt.asUintN(64, exactOffset(offset));
    if (start + BigInt(bytes.length) > BigInt(size)) throw errors.dataOutOfBounds(bytes.length, start);
  }
}

/**
 * Checks what the IC finds out when it instantiates a module that is valid.
 *
 * @throws InvalidWasmError if the module cannot be instantiated
 */
export function validateInstantiation({ imports, tables, elements }: DecodedModule): void {
  const missing = imports.find(({ kind }) => kind !== ExternalKind.function);
  if (missing !== undefined) {
    const { module: from, name } = missing;
    throw errors.instantiationFailed(`unknown import: \`${from}::${name}\` has not been defined`);
  }
  if (tables.length > TABLES_MAX) {
    throw errors.instantiationFailed(`resource limit exceeded: table count too high at ${tables.length}`);
  }
  const large = tables.find(({ limits }) => limits.minimum > TABLE_ENTRIES_MAX);
  if (large !== undefined) {
    throw errors.instantiationFailed(
      `table minimum size of ${large.limits.minimum} elements exceeds table limits`,
    );
  }
  for (const { offset, table, items } of elements) {
    if (offset === undefined) continue;
    if (unsignedOffset(offset) + items.length > (tables[table]?.limits.minimum ?? 0)) {
      throw errors.instantiationFailed('wasm trap: undefined element: out of bounds table access');
    }
  }
}

function validateGlobals(module: DecodedModule): void {
  if (module.globals.length > GLOBALS_MAX) throw errors.tooManyGlobals(module.globals.length, GLOBALS_MAX);
  for (const { type } of module.globals) {
    if (type === ValueType.funcref || type === ValueType.externref) {
      throw errors.invalidGlobal(`Unsupported global type: Ref(${VALUE_TYPE_NAMES.get(type)!})`);
    }
  }
}
