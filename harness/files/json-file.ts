import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from './write-file-atomic.js';
import { InputError } from '../input-error.js';
import { reasonOf } from './system-error.js';

/** @throws InputError, one line, if the file cannot be read or is not JSON */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InputError(`${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
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
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw new InputError(`${what} ${path}: it cannot be written: ${reasonOf(error)}`);
  }
}
