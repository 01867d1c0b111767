/** The way into this room: `instrumentModule`. */
import type { InstrumentedModule } from './artifact.js';
import { compile, instrument, sha256Hex } from './instrument.js';

const instrumented = new Map<string, InstrumentedModule>();

/**
 * Checks, instruments and compiles a module as uploaded (plain or gzipped). The same bytes give the same object.
 *
 * @throws InvalidWasmError if the IC would refuse it.
 */
export const instrumentModule = (uploaded: Uint8Array): InstrumentedModule => {
  const hash = sha256Hex(uploaded);
  let module = instrumented.get(hash);
  if (module === undefined) {
    module = compile(instrument(uploaded, hash));
    instrumented.set(hash, module);
  }
  return module;
};
