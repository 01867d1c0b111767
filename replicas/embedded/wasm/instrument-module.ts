import type { InstrumentedModule } from './instrumented-module.js';
import type { CoverageRecorder } from './coverage-recorder.js';
import { loadInstrumentation, storeInstrumentation } from './disk-cache.js';
import { compile, instrument, sha256Hex, type Instrumentation } from './instrument.js';

export interface InstrumentOptions {
  /** Directory for instrumented modules of 64 KiB and more, shared between processes. Created if absent, and not used if not writable. */
  readonly cacheDir?: string | undefined;
  /** If false, the module has no function names, so that its traps have no backtraces. Default: true. */
  readonly hasBacktraces?: boolean;
  /** If set, the code counts for coverage. */
  readonly coverage?: CoverageRecorder | undefined;
}

/** A smaller module is instrumented as fast as it is read from the disk. */
const CACHED_BYTES_MIN = 65_536;

/** The most recently used modules by hash and mode, oldest first. */
const compiled = new Map<string, InstrumentedModule>();
/** Above the number of modules that the kill matrix of a canister installs in turn. Canisters hold their own modules. */
const COMPILED_MAX = 128;

function keepCompiled(key: string, module: InstrumentedModule): void {
  compiled.delete(key);
  compiled.set(key, module);
  const [oldest] = compiled.keys();
  if (compiled.size > COMPILED_MAX && oldest !== undefined) compiled.delete(oldest);
}
/** An upgrade often uses the array of the previous install. Hashing it would take most of the time of the lookup. */
const hashes = new WeakMap<Uint8Array, string>();

function hashOf(uploaded: Uint8Array): string {
  const known = hashes.get(uploaded);
  if (known !== undefined) return known;
  const hash = sha256Hex(uploaded);
  hashes.set(uploaded, hash);
  return hash;
}

/**
 * Validates, instruments, and compiles an uploaded module, which is plain or gzipped. The most recently used modules
 * of a process return the same object again. The caller must not change the array afterwards.
 *
 * @throws InvalidWasmError if the IC refuses the module
 */
export function instrumentModule(uploaded: Uint8Array, options: InstrumentOptions = {}): InstrumentedModule {
  const hash = hashOf(uploaded);
  const key = options.coverage === undefined ? hash : `${hash} coverage`;
  const module = compiled.get(key) ?? compile(loadOrInstrument(uploaded, hash, options), uploaded);
  keepCompiled(key, module);
  return options.hasBacktraces === false ? withoutNames(module) : module;
}

/** Drops a module that no later installation will use, such as a mutant. Canisters keep their own modules. */
export function forgetModule(uploaded: Uint8Array): void {
  const hash = hashOf(uploaded);
  compiled.delete(hash);
  compiled.delete(`${hash} coverage`);
}

const nameless = new WeakMap<InstrumentedModule, InstrumentedModule>();

function withoutNames(module: InstrumentedModule): InstrumentedModule {
  const known = nameless.get(module);
  if (known) return known;
  const stripped = { ...module, functionNames: undefined, stableFunctions: new Map<number, string>() };
  nameless.set(module, stripped);
  return stripped;
}

function loadOrInstrument(
  uploaded: Uint8Array,
  hash: string,
  { cacheDir, coverage }: InstrumentOptions,
): Instrumentation {
  const hasCoverage = coverage !== undefined;
  if (cacheDir === undefined || uploaded.length < CACHED_BYTES_MIN)
    return instrument(uploaded, hash, hasCoverage);
  const cached = loadInstrumentation(cacheDir, hash, hasCoverage);
  if (cached !== undefined) return cached;
  const instrumentation = instrument(uploaded, hash, hasCoverage);
  storeIfPossible(cacheDir, instrumentation);
  return instrumentation;
}

/** Ignores system errors: without the cache (read-only, disk full), the next process is slower but correct. */
function storeIfPossible(cacheDir: string, instrumentation: Instrumentation): void {
  try {
    storeInstrumentation(cacheDir, instrumentation);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
