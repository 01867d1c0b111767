import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeWhole } from './write-whole.js';
import { InputError } from './input-error.js';

/** System errors in a person's words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file of that name is in the way',
};

export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message.split('\n')[0]!;
}

/** @throws InputError, one line, if it cannot be read or is no JSON */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InputError(`${what} ${path}: ${reasonOf(error)}`);
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
