// Writes the module that a build produced next to an example, compressed.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';

/** @throws Error if the compressed module is larger than 2 MB */
export function writeModule(to, wasmPath) {
  const bytes = gzipSync(readFileSync(wasmPath), { level: constants.Z_BEST_COMPRESSION });
  if (bytes.length > 2_000_000)
    throw new Error(`${to.pathname} has ${bytes.length} bytes; the limit is 2000000`);
  mkdirSync(new URL('.', to), { recursive: true });
  writeFileSync(to, bytes);
}
