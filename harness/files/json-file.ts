import { dirname } from 'node:path';
import { readInputFile } from './input-file.js';
import { makeFolder } from './make-folder.js';
import { writeFileAtomic } from './write-file-atomic.js';
import { InputError } from '../input-error.js';
import { reasonOf } from './system-error.js';

/** Node limits a string to about 512 MiB. */
const JSON_BYTES_MAX = 256 * 2 ** 20;

/** @throws InputError, one line, if the file cannot be read or is not JSON */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  const text = new TextDecoder().decode(readInputFile(path, { what, bytesMax: JSON_BYTES_MAX }));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InputError(`${what} ${path}: it is not JSON: ${reasonOf(error)}`);
  }
}

/**
 * Writes the file atomically, and creates its folder if necessary.
 * @throws InputError, one line, if the disk is full or the folder cannot be written
 */
export async function writeJsonFile(path: string, value: unknown, what: string): Promise<void> {
  try {
    makeFolder(dirname(path));
    await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw new InputError(`${what} ${path}: it cannot be written: ${reasonOf(error)}`);
  }
}
