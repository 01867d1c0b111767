/** The steps of instrumentation: decode, validate, rewrite, encode, compile. */
import { createHash } from 'node:crypto';
import {
  CANISTER_PAGES_MAX,
  type ActiveDataSegment,
  type InstrumentedModule,
  type SystemEntryPoint,
} from './instrumented-module.js';
import { BranchHints, enableBranchHints } from './branch-hints.js';
import { BodyRewriter } from './body-rewrite.js';
import { BodyScan } from './body-scan.js';
import { MalformedWasmError } from './byte-reader.js';
import { CodeWriter } from './code-writer.js';
import { CoverageCursor } from './coverage-code.js';
import { planCoverage, type CoveragePlan } from './coverage-plan.js';
import { ENGINE_FUNCTIONS, Layout } from './layout.js';
import { keptGlobals } from './kept-globals.js';
import { decodeModule, ExternalKind, unsignedOffset, type DecodedModule } from './module-decoder.js';
import { encodeModule, persistedGlobals } from './module-encoder.js';
import { STABLE_FUNCTION_INSTRUCTIONS } from './instruction-costs.js';
import { functionNames } from './name-section.js';
import { unpackModule } from './unpack.js';
import {
  icpCustomSections,
  isSystemExport,
  parseMethodExport,
  validateBody,
  validateDataBounds,
  validateInstantiation,
  validateSections,
} from './validation.js';
import { instantiationFailed } from './validation-errors.js';
import { validateAsWasm } from './validator.js';

/** An `InstrumentedModule` without the compiled module. */
export type ModuleMetadata = Omit<InstrumentedModule, 'module' | 'uploaded'>;

export interface Instrumentation {
  readonly metadata: ModuleMetadata;
  readonly bytes: Uint8Array;
}

/** Number of instructions in `decr_instruction_counter_fn` and `count_clean_pages_fn`, which PocketIC adds to each module. */
const POCKETIC_HELPER_INSTRUCTIONS = 20 + 46;
/** PocketIC adds three globals: the instruction counter and two page counters. */
const POCKETIC_GLOBALS = 3;
/** The initializer and its `end`. */
const INSTRUCTIONS_PER_GLOBAL = 2;

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Validates and instruments an uploaded module, which is plain or gzipped. `hash` is the SHA-256 of `uploaded` in hex. With coverage,
 * the code also counts its functions, basic blocks, and branches; nothing else differs.
 *
 * @throws InvalidWasmError if the IC refuses the module
 */
export function instrument(uploaded: Uint8Array, hash: string, hasCoverage = false): Instrumentation {
  const original = unpackModule(uploaded);
  const module = decodeAndValidate(original);
  validateSections(module);
  const coverage = hasCoverage ? unsupportedAsRefused(() => planCoverage(module)) : undefined;
  const layout = new Layout(module, coverage?.map.counters);
  const { bodies, hints, instructionCount, dropsSegments } = rewriteBodies(module, layout, coverage);
  const customSections = icpCustomSections(module);
  validateDataBounds(module);
  validateInstantiation(module);
  refuseLargeMemory(module);
  const methods = [];
  const systemEntryPoints = new Set<SystemEntryPoint>();
  for (const { name } of module.exports) {
    const method = parseMethodExport(name);
    if (method !== undefined) methods.push(method);
    else if (isSystemExport(name)) systemEntryPoints.add(name);
  }
  if (module.start !== undefined) systemEntryPoints.add('canister_start');
  const globals = persistedGlobals(module, layout);
  const metadata: ModuleMetadata = {
    hash,
    originalSize: original.length,
    isWasm64: layout.isWasm64,
    hasMemory: module.memory !== undefined,
    initialPages: module.memory?.minimum ?? 0,
    maximumPages: module.memory?.maximum,
    methods,
    systemEntryPoints,
    globals,
    keptGlobals: keptGlobals(module, globals),
    activeData: activeData(module),
    needsFreshInstance: dropsSegments,
    customSections,
    functionNames: functionNames(module),
    stableFunctions: stableFunctions(module, layout),
    functionIndexShift: ENGINE_FUNCTIONS.length,
    functionCount: layout.importCount + module.functions.length,
    instructionCount,
    imports: new Set(module.imports.map(({ name }) => name)),
    ...(coverage === undefined ? {} : { coverage: coverage.map }),
  };
  return { metadata, bytes: encodeModule(module, layout, bodies, hints) };
}

function stableFunctions({ imports }: DecodedModule, layout: Layout): ReadonlyMap<number, string> {
  const functions = imports.filter(({ kind }) => kind === ExternalKind.function);
  return new Map(
    functions.flatMap(({ name }, index) =>
      /^stable(64)?_/.test(name) ? [[layout.functionIndex(index), name] as const] : [],
    ),
  );
}

/** The types of `WebAssembly` exclude shared buffers. Uploaded modules and the buffers of this folder are never shared. */
function withoutSharedBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/**
 * Validates a module as WebAssembly and decodes it. Does not check the IC's rules.
 *
 * @throws InvalidWasmError if the module is not valid
 */
export function decodeAndValidate(bytes: Uint8Array): DecodedModule {
  validateAsWasm(bytes);
  return unsupportedAsRefused(() => decodeModule(bytes));
}

/** The decoder refuses a valid module only if it uses an encoding that no compiler produces. */
function unsupportedAsRefused<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof MalformedWasmError)
      throw instantiationFailed(`the embedded engine refuses: ${error.message}`);
    throw error;
  }
}

/** The engine's own bytes are in the same memory, which the runtime limits to 4 GiB. */
function refuseLargeMemory({ memory }: DecodedModule): void {
  const pages = memory?.minimum ?? 0;
  if (pages > CANISTER_PAGES_MAX) {
    throw instantiationFailed(
      `the embedded engine supports an initial memory of at most ${CANISTER_PAGES_MAX} pages, and the module declares ${pages}`,
    );
  }
}

function rewriteBodies(
  module: DecodedModule,
  layout: Layout,
  coverage: CoveragePlan | undefined,
): { bodies: CodeWriter; hints: BranchHints; instructionCount: number; dropsSegments: boolean } {
  const bodies = new CodeWriter(Math.ceil(module.codeSectionSize * 1.7) + 1_024);
  const hints = new BranchHints();
  const scan = new BodyScan(layout);
  const rewriter = new BodyRewriter(module.bytes, layout, bodies);
  let instructionCount =
    POCKETIC_HELPER_INSTRUCTIONS +
    INSTRUCTIONS_PER_GLOBAL * (module.globals.length + POCKETIC_GLOBALS) +
    replacedImportInstructions(module);
  let dropsSegments = false;
  unsupportedAsRefused(() => {
    module.bodies.forEach(([start, end], index) => {
      scan.scan(module.bytes, start, end);
      validateBody(layout.importCount + index, scan);
      instructionCount += scan.instructionCount + scan.injectedCount;
      dropsSegments ||= scan.dropsSegments;
      const { params } = module.types[module.functions[index]!]!;
      const plan = coverage?.bodies[index];
      const cursor = plan === undefined ? undefined : new CoverageCursor(plan, layout.coverageBase);
      hints.add(layout.definedBase + index, rewriter.rewrite(start, end, params.length, scan, cursor));
    });
  });
  return { bodies, hints, instructionCount, dropsSegments };
}

/** PocketIC replaces each import of a stable memory function by code, which is compiled with the module. */
function replacedImportInstructions({ imports }: DecodedModule): number {
  return imports.reduce((sum, { name }) => sum + (STABLE_FUNCTION_INSTRUCTIONS.get(name) ?? 0), 0);
}

function activeData(module: DecodedModule): ActiveDataSegment[] {
  return module.data.flatMap(({ offset, bytes }) =>
    offset === undefined ? [] : [{ offset: unsignedOffset(offset), bytes: bytes.slice() }],
  );
}

/**
 * Compiles an instrumented module. `uploaded` is the original one.
 *
 * @throws InvalidWasmError if V8 refuses it, because the instrumented module exceeds a limit of V8
 */
export function compile({ metadata, bytes }: Instrumentation, uploaded: Uint8Array): InstrumentedModule {
  enableBranchHints();
  try {
    return { ...metadata, uploaded, module: new WebAssembly.Module(withoutSharedBuffer(bytes)) };
  } catch (error) {
    throw instantiationFailed(`the embedded engine does not compile it: ${(error as Error).message}`);
  }
}
