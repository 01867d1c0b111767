/** The way into this room: `instrumentModule`. */
import type { InstrumentedModule } from './artifact.js';
import { loadInstrumentation, storeInstrumentation } from './disk-cache.js';
import { compile, instrument, sha256Hex } from './instrument.js';

export interface InstrumentOptions {
  /** Where instrumented modules are kept between processes; created if absent; one that cannot be used is done without. */
  readonly cacheDir?: string | undefined;
}

const compiled = new Map<string, InstrumentedModule>();
/** An upgrade brings the module that was installed, and hashing it is most of what finding it costs. */
const hashes = new WeakMap<Uint8Array, string>();

function hashOf(uploaded: Uint8Array): string {
  const known = hashes.get(uploaded);
  if (known !== undefined) return known;
  const hash = sha256Hex(uploaded);
  hashes.set(uploaded, hash);
  return hash;
}

/**
 * Checks, instruments and compiles a module as uploaded (plain or gzipped). Within a process the same bytes give the same
 * object. The array must not be changed afterwards.
 *
 * @throws InvalidWasmError if the IC would refuse it.
 */
export function instrumentModule(uploaded: Uint8Array, options: InstrumentOptions = {}): InstrumentedModule {
  const hash = hashOf(uploaded);
  let module = compiled.get(hash);
  if (module === undefined) {
    module = compile(loadOrInstrument(uploaded, hash, options.cacheDir));
    compiled.set(hash, module);
  }
  return module;
}

function loadOrInstrument(
  uploaded: Uint8Array,
  hash: string,
  cacheDir: string | undefined,
): ReturnType<typeof instrument> {
  if (cacheDir === undefined) return instrument(uploaded, hash);
  const cached = loadInstrumentation(cacheDir, hash);
  if (cached !== undefined) return cached;
  const instrumentation = instrument(uploaded, hash);
  storeSoftly(cacheDir, instrumentation);
  return instrumentation;
}

/** A cache that cannot be written (read-only, full, no folder) makes the next process slower and nothing else. */
function storeSoftly(cacheDir: string, instrumentation: ReturnType<typeof instrument>): void {
  try {
    storeInstrumentation(cacheDir, instrumentation);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

const isSystemError = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).code === 'string';
