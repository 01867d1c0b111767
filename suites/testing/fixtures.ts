/**
 * What many tests need, as fixtures: `import { it } from '…/suites/testing/fixtures.js'`, and name the fixture in the test's
 * argument. Each test has its own folder, its own replica, and its own child processes, and leaves none of them behind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { PACKAGE_ROOT } from '../../package-root.js';
import { uploadTarget } from '../../targets/upload.js';
import { createFolder, removeFolder } from './folders.js';

export { createFolder, removeFolder };

export interface Fixtures {
  /** A temporary folder of this test, removed after it. */
  readonly folder: string;
  /** Writes a file into `folder` and returns its path. */
  readonly file: (name: string, content: string | Uint8Array) => string;
  /** The module of the reference canister. */
  readonly wasm: Uint8Array;
  /** A runner of schedules for the reference canister on a new embedded engine. */
  readonly runner: ScheduleRunner;
}

/** A path inside the repository. */
export function inProject(path: string): string {
  return join(PACKAGE_ROOT, path);
}

function readWasm(name: 'upload' | 'upload-faults'): Uint8Array {
  return Uint8Array.from(readFileSync(inProject(`canister/wasm/${name}.wasm`)));
}

/** Read once: no test writes into it. */
export const UPLOAD_WASM = readWasm('upload');

/** The reference canister with its seeded faults. */
export function readFaultsWasm(): Uint8Array {
  return readWasm('upload-faults');
}

export const it = test.extend<Fixtures>({
  // Vitest requires a pattern here, because it reads the names of the needed fixtures from it.
  folder: async ({}, use) => {
    const folder = createFolder();
    await use(folder);
    removeFolder(folder);
  },
  file: async ({ folder }, use) => {
    await use((name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    });
  },
  wasm: UPLOAD_WASM,
  runner: async ({ wasm }, use) => {
    const replica = createEmbeddedReplica();
    await use(new ScheduleRunner({ replica, target: uploadTarget, wasm }));
    await replica.dispose();
  },
});
