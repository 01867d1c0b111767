/**
 * Cache of instrumented modules on disk, one file per module hash. A file holds the SHA-256 of the payload, then the payload in
 * V8's serialization format. A damaged file counts as absent. The cache keeps the newest `FILES_MAX` files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import type { Instrumentation } from './instrument.js';

/** Increment this number with every change to the emitted code or to the metadata. `instrumentation-version.test.ts` notices such a change. */
export const INSTRUMENTATION_VERSION = 7;
const DIGEST_BYTES = 32;
/** A file is about as large as the module, so this is about 100 MB. */
const FILES_MAX = 64;

function cachePath(directory: string, hash: string, hasCoverage: boolean): string {
  const mode = hasCoverage ? '.coverage' : '';
  return join(directory, `${hash}${mode}.v${INSTRUMENTATION_VERSION}.module`);
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Returns `undefined` if the cache has no valid file for this module hash and mode. */
export function loadInstrumentation(
  directory: string,
  hash: string,
  hasCoverage = false,
): Instrumentation | undefined {
  try {
    const file = readFileSync(cachePath(directory, hash, hasCoverage));
    const payload = file.subarray(DIGEST_BYTES);
    if (!digest(payload).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
    const loaded = deserialize(payload) as Instrumentation;
    const { metadata } = loaded;
    return metadata.hash === hash && (metadata.coverage !== undefined) === hasCoverage ? loaded : undefined;
  } catch {
    // The file is absent, unreadable, or from another runtime. The caller instruments the module again and overwrites it.
    return undefined;
  }
}

/**
 * Writes the file atomically: a reader sees the old file or the new one. Creates the directory if needed, and removes the oldest files
 * if there are more than `FILES_MAX`.
 *
 * @throws the system's error if the directory or the file cannot be written
 */
export function storeInstrumentation(directory: string, instrumentation: Instrumentation): void {
  mkdirSync(directory, { recursive: true });
  const payload = serialize(instrumentation);
  const { hash, coverage } = instrumentation.metadata;
  const path = cachePath(directory, hash, coverage !== undefined);
  writeFileAtomic.sync(path, Buffer.concat([digest(payload), payload]));
  removeOldest(directory);
}

function removeOldest(directory: string): void {
  const paths = readdirSync(directory)
    .filter((name) => name.endsWith('.module'))
    .map((name) => join(directory, name));
  if (paths.length <= FILES_MAX) return;
  // Another process may remove the same files.
  const files = paths.map((path) => ({
    path,
    time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }));
  files.sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(FILES_MAX)) rmSync(path, { force: true });
}
