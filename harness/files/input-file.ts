/**
 * Reads files that the user names. Only regular files of a bounded size are read: a device or a FIFO would block or never end, and a
 * sparse file would exhaust the memory.
 */
import { closeSync, constants, openSync, readSync, statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { InputError } from '../input-error.js';
import { reasonOf } from './system-error.js';

export interface InputFileOptions {
  /** Names the file in errors, for example `wasm`. */
  readonly what: string;
  readonly bytesMax: number;
}

export interface InputFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Checks a file without reading it.
 * @throws InputError if it is missing, not a regular file, larger than `bytesMax`, or not readable
 */
export function checkInputFile(path: string, options: InputFileOptions): InputFile {
  const { file, stat } = openInputFile(path, options);
  closeSync(file);
  return { path: resolve(path), bytes: stat.size };
}

/** @throws InputError like {@link checkInputFile}, or if it cannot be read */
export function readInputFile(path: string, options: InputFileOptions): Uint8Array {
  const { file, stat } = openInputFile(path, options);
  try {
    return readBounded(file, path, stat.size, options);
  } catch (error) {
    throw asInputError(error, path, options);
  } finally {
    closeSync(file);
  }
}

function openInputFile(
  path: string,
  options: InputFileOptions,
): { readonly file: number; readonly stat: Stats } {
  const { what, bytesMax } = options;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new InputError(`${what} ${path}: it is ${kindOf(stat)}; name a regular file`);
    if (stat.size > bytesMax) throw tooLarge(path, options, stat.size);
    // Some files below /proc are regular and block all the same.
    return { file: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), stat };
  } catch (error) {
    throw asInputError(error, path, options);
  }
}

/** The size may be wrong: files below /proc have none, and a file may grow. */
function readBounded(file: number, path: string, size: number, options: InputFileOptions): Uint8Array {
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.slice(0, length);
    length += count;
    if (length > options.bytesMax) throw tooLarge(path, options, length);
    if (length < bytes.length) continue;
    const larger = new Uint8Array(Math.max(2 * bytes.length, 65_536));
    larger.set(bytes);
    bytes = larger;
  }
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

function tooLarge(path: string, { what, bytesMax }: InputFileOptions, bytes: number): InputError {
  return new InputError(
    `${what} ${path}: it has ${bytes.toLocaleString('en')} bytes; at most ${bytesMax.toLocaleString('en')} are supported`,
  );
}

function asInputError(error: unknown, path: string, { what }: InputFileOptions): InputError {
  if (error instanceof InputError) return error;
  return new InputError(`${what} ${path}: ${reasonOf(error)}`, { cause: error });
}
