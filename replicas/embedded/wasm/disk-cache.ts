/**
 * Instrumented modules on disk, one file per module hash: SHA-256 of the payload, then the payload in V8's serialisation
 * format. A file that cannot be read back whole counts as absent.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import type { Instrumentation } from './instrument.js';

/** Raise it with every change to what instrumentation emits or to the metadata. */
const INSTRUMENTATION_VERSION = 3;
const DIGEST_BYTES = 32;

function pathOf(directory: string, hash: string): string {
  return join(directory, `${hash}.v${INSTRUMENTATION_VERSION}.module`);
}

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export function loadInstrumentation(directory: string, hash: string): Instrumentation | undefined {
  try {
    const file = readFileSync(pathOf(directory, hash));
    const payload = file.subarray(DIGEST_BYTES);
    if (!digest(payload).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
    const loaded = deserialize(payload) as Instrumentation;
    return loaded.metadata.hash === hash ? loaded : undefined;
  } catch {
    // Absent, unreadable or of another runtime: instrumented again and overwritten.
    return undefined;
  }
}

/** Atomic: a reader sees the old file or the new one. A directory that cannot be written fails the call. */
export function storeInstrumentation(directory: string, instrumentation: Instrumentation): void {
  mkdirSync(directory, { recursive: true });
  const payload = serialize(instrumentation);
  const path = pathOf(directory, instrumentation.metadata.hash);
  writeFileAtomic.sync(path, Buffer.concat([digest(payload), payload]));
}
