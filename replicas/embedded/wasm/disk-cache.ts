/**
 * Cache of instrumented modules on disk, one file per module hash. A file holds the SHA-256 of the payload, then the payload in
 * V8's serialization format. A damaged file counts as absent.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import type { Instrumentation } from './instrument.js';

/** Increment this number with every change to the emitted code or to the metadata. */
const INSTRUMENTATION_VERSION = 6;
const DIGEST_BYTES = 32;

function cachePath(directory: string, hash: string): string {
  return join(directory, `${hash}.v${INSTRUMENTATION_VERSION}.module`);
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Returns `undefined` if the cache has no valid file for this module hash. */
export function loadInstrumentation(directory: string, hash: string): Instrumentation | undefined {
  try {
    const file = readFileSync(cachePath(directory, hash));
    const payload = file.subarray(DIGEST_BYTES);
    if (!digest(payload).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
    const loaded = deserialize(payload) as Instrumentation;
    return loaded.metadata.hash === hash ? loaded : undefined;
  } catch {
    // The file is absent, unreadable, or from another runtime. The caller instruments the module again and overwrites it.
    return undefined;
  }
}

/**
 * Writes the file atomically: a reader sees the old file or the new one. Creates the directory if needed.
 *
 * @throws the system's error if the directory or the file cannot be written
 */
export function storeInstrumentation(directory: string, instrumentation: Instrumentation): void {
  mkdirSync(directory, { recursive: true });
  const payload = serialize(instrumentation);
  const path = cachePath(directory, instrumentation.metadata.hash);
  writeFileAtomic.sync(path, Buffer.concat([digest(payload), payload]));
}
