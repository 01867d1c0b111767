/** The folder a run writes to: created, checked and locked before any work is done, so that nothing found is lost for want of it. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import lockfile from 'proper-lockfile';
import { InputError } from '../harness/input-error.js';
import { reasonOf } from '../harness/files/system-error.js';

export interface OutputFolder {
  readonly path: string;
  release(): void;
}

/** @throws InputError if the folder cannot be written, or if another run is writing to it. */
export function openOutputFolder(path: string): OutputFolder {
  const folder = resolve(path);
  try {
    // What mkdir says of a read-only file system is not what a person can act on.
    accessSync(nearestExisting(folder), constants.W_OK);
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new InputError(
      `cannot write to ${folder}: ${reasonOf(error)}; pass --out with a folder that can be written`,
    );
  }
  try {
    // A lock of a process that died goes stale by itself after 10 s; long messages run in a worker, so the main thread keeps it fresh.
    const release = lockfile.lockSync(folder, {
      lockfilePath: resolve(folder, '.lock'),
      stale: 10_000,
      update: 2_000,
    });
    return { path: folder, release };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') {
      throw new InputError(
        `another run is writing to ${folder}; wait for it, or pass --out with another folder`,
      );
    }
    throw new InputError(
      `cannot write to ${folder}: ${reasonOf(error)}; pass --out with a folder that can be written`,
    );
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}
