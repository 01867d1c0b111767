/** The output folder of a command. It is created, tested, and locked before any work, so that no finding is lost for want of it. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import lockfile from 'proper-lockfile';
import { makeFolder } from '../../harness/files/make-folder.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';

export interface OutputFolder {
  /** Absolute. */
  readonly path: string;
  /** Unlocks the folder. */
  release(): void;
}

/** Creates the folder and tests that it can be written. @throws InputError if it cannot */
export function createWritableFolder(path: string): string {
  const folder = resolve(path);
  try {
    // On a read-only file system mkdir reports another error, which does not help the user.
    accessSync(nearestExisting(folder), constants.W_OK);
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    writeProbe(folder);
    return folder;
  } catch (error) {
    throw notWritable(folder, error);
  }
}

/** @throws InputError if the folder cannot be written, or if another command writes to it */
export function openOutputFolder(path: string): OutputFolder {
  const folder = createWritableFolder(path);
  try {
    // The lock of a process that died expires after 10 s. Long messages run in worker threads, so the main thread can renew it.
    const release = lockfile.lockSync(folder, {
      lockfilePath: resolve(folder, '.lock'),
      stale: 10_000,
      update: 2_000,
    });
    return { path: folder, release };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw notWritable(folder, error);
    throw new InputError(
      `another command is writing to ${folder}; wait until it ends, or pass another folder with --out`,
    );
  }
}

/** A full disk accepts folders and empty files, but no data. */
function writeProbe(folder: string): void {
  const path = resolve(folder, `.probe-${process.pid}`);
  const file = openSync(path, 'w');
  try {
    writeSync(file, new Uint8Array(PROBE_BYTES));
    fsyncSync(file);
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

const PROBE_BYTES = 65_536;

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function notWritable(folder: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException;
  // The parent exists, so its file system does not accept new folders: /proc, for example.
  const reason = code === 'ENOENT' ? 'no folder can be created there' : reasonOf(error);
  return new InputError(`cannot write to ${folder}: ${reason}; pass a folder that can be written with --out`);
}
