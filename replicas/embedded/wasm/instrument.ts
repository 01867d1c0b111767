/** From an uploaded module to one that the engine can run: decode, check, rewrite, encode, compile. */
import { createHash } from 'node:crypto';
import {
  InvalidWasmError,
  type ActiveDataSegment,
  type InstrumentedModule,
  type SystemEntryPoint,
} from './artifact.js';
import { BranchHints, enableBranchHints } from './branch-hints.js';
import { BodyRewriter } from './body-rewrite.js';
import { BodyScan } from './body-scan.js';
import { MalformedWasmError } from './byte-reader.js';
import { CodeWriter } from './code-writer.js';
import { ENGINE_FUNCTIONS, Layout } from './layout.js';
import { decodeModule, ExternalKind, unsignedOffset, type DecodedModule } from './module-decoder.js';
import { encodeModule, persistedGlobals } from './module-encoder.js';
import { decodeFunctionNames, NAME_SECTION } from './name-section.js';
import { encodeNarrowImage, needsNarrowImage } from './narrow-image.js';
import { unpackModule } from './unpack.js';
import {
  customSectionsOf,
  isSystemExport,
  methodOfExport,
  validateBody,
  validateCodeSectionSize,
  validateSections,
} from './validation.js';
import { engineRefused } from './validation-errors.js';

/** Everything of an `InstrumentedModule` but the compiled module. */
export type ModuleMetadata = Omit<InstrumentedModule, 'module'>;

export interface Instrumentation {
  readonly metadata: ModuleMetadata;
  readonly bytes: Uint8Array;
}

/** Instructions of `decr_instruction_counter_fn` and `count_clean_pages_fn`, which PocketIC adds to every module. */
const POCKETIC_HELPER_INSTRUCTIONS = 20 + 46;
/** PocketIC adds the instruction counter and two page counters; each global counts its initialiser and `end`. */
const POCKETIC_GLOBALS = 3;
const INSTRUCTIONS_PER_GLOBAL = 2;

export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Throws `InvalidWasmError`. `hash` is that of `uploaded`. */
export function instrument(uploaded: Uint8Array, hash: string): Instrumentation {
  const original = unpackModule(uploaded);
  const module = decodeChecked(original);
  validateSections(module);
  const layout = new Layout(module);
  const { bodies, hints, instructionCount, drops } = rewriteBodies(module, layout);
  const customSections = customSectionsOf(module);
  const methods = [];
  const systemEntryPoints = new Set<SystemEntryPoint>();
  for (const { name, kind } of module.exports) {
    if (kind !== ExternalKind.function) continue;
    const method = methodOfExport(name);
    if (method !== undefined) methods.push(method);
    else if (isSystemExport(name)) systemEntryPoints.add(name as SystemEntryPoint);
  }
  if (module.start !== undefined) systemEntryPoints.add('canister_start');
  const names = module.customs.find(({ name }) => name === NAME_SECTION);
  const metadata: ModuleMetadata = {
    hash,
    originalSize: original.length,
    isWasm64: layout.isWasm64,
    hasMemory: module.memory !== undefined,
    initialPages: module.memory?.minimum ?? 0,
    maximumPages: module.memory?.maximum,
    methods,
    systemEntryPoints,
    globals: persistedGlobals(module, layout),
    activeData: activeData(module),
    needsFreshInstance: drops,
    customSections,
    functionNames: names === undefined ? undefined : decodeFunctionNames(names.content),
    functionIndexShift: ENGINE_FUNCTIONS.length,
    functionCount: layout.importCount + module.functions.length,
    instructionCount,
    imports: new Set(module.imports.map(({ name }) => name)),
  };
  return { metadata, bytes: encodeModule(module, layout, bodies, hints) };
}

/** Uploads and this room's buffers are never shared memory, which the runtime's types exclude. */
const plain = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;

/**
 * Wasm that both this decoder and the runtime's validator accept, which sees 64-bit modules as 32-bit ones of the same types.
 * Throws `InvalidWasmError` for any other. The IC's own rules are not looked at.
 */
export function decodeChecked(bytes: Uint8Array): DecodedModule {
  const module = malformedIsInvalid(() => decodeModule(bytes));
  validateCodeSectionSize(module);
  const image = needsNarrowImage(module) ? malformedIsInvalid(() => encodeNarrowImage(module)) : bytes;
  if (!WebAssembly.validate(plain(image))) throw engineRefused(reasonOfRefusal(image, image === bytes));
  return module;
}

function reasonOfRefusal(bytes: Uint8Array, isOriginal: boolean): string {
  try {
    new WebAssembly.Module(plain(bytes));
    return 'an unknown reason';
  } catch (error) {
    const reason = String((error as Error).message).replace(/^WebAssembly\.Module\(\): /, '');
    return isOriginal ? reason : reason.replace(/ @\+\d+$/, '');
  }
}

function malformedIsInvalid<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof MalformedWasmError) throw engineRefused(error.message);
    throw error;
  }
}

function rewriteBodies(
  module: DecodedModule,
  layout: Layout,
): { bodies: CodeWriter; hints: BranchHints; instructionCount: number; drops: boolean } {
  const bodies = new CodeWriter(Math.ceil(module.codeSectionSize * 1.7) + 1_024);
  const hints = new BranchHints();
  const scan = new BodyScan(layout.wideGlobals.size > 0, layout.isWasm64, layout.tables64.includes(true));
  const rewriter = new BodyRewriter(module.bytes, layout, bodies);
  let instructionCount =
    POCKETIC_HELPER_INSTRUCTIONS + INSTRUCTIONS_PER_GLOBAL * (module.globals.length + POCKETIC_GLOBALS);
  let drops = false;
  malformedIsInvalid(() => {
    module.bodies.forEach(([start, end], index) => {
      scan.scan(module.bytes, start, end);
      validateBody(index, scan);
      instructionCount += scan.instructionCount + scan.injectedCount;
      drops ||= scan.drops;
      const { params } = module.types[module.functions[index]!]!;
      hints.add(layout.definedBase + index, rewriter.rewrite(start, end, params.length, scan));
    });
  });
  return { bodies, hints, instructionCount, drops };
}

function activeData(module: DecodedModule): ActiveDataSegment[] {
  return module.data.flatMap(({ offset, bytes }) =>
    offset === undefined ? [] : [{ offset: unsignedOffset(offset), bytes: bytes.slice() }],
  );
}

/** The runtime compiles what instrumentation wrote; its refusal would be a bug here, but is reported as the module's. */
export function compile({ metadata, bytes }: Instrumentation): InstrumentedModule {
  enableBranchHints();
  try {
    return { ...metadata, module: new WebAssembly.Module(plain(bytes)) };
  } catch (error) {
    throw new InvalidWasmError(
      `the instrumented module does not compile: ${String((error as Error).message)}`,
    );
  }
}
