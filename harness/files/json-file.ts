import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeWhole } from './write-whole.js';
import { InputError } from '../input-error.js';
import { reasonOf } from './system-error.js';

/** @throws InputError, one line, if it cannot be read or is no JSON */
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
    throw new InputError(`${what} ${path}: it is no JSON: ${reasonOf(error)}`);
  }
}

/**
 * Writes all of it or nothing; makes the folder if need be.
 * @throws InputError, one line, if the disk is full or the folder cannot be written
 */
export async function writeJsonFile(path: string, value: unknown, what: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw new InputError(`${what} ${path}: it cannot be written: ${reasonOf(error)}`);
  }
}
