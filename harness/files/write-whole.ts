/**
 * A file written whole or not at all: beside its place first, then moved there. `write-file-atomic` writes once and takes a short write
 * for all of it, so that a disk that fills up leaves a file cut short; here what is left is written again, until it is there or the system
 * says why not.
 */
import { open, realpath, rename, unlink } from 'node:fs/promises';

let written = 0;

/** Throws the system's error (full disk, no permission) and leaves an older file as it was. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const beside = `${place}.${process.pid}-${written++}.tmp`;
  try {
    const file = await open(beside, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, place);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
}
