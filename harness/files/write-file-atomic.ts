/**
 * Writes a file completely or not at all: to a temporary file beside it, which is then renamed. The package `write-file-atomic` writes
 * once and ignores a short write, so a full disk leaves a truncated file. This function repeats the write for the rest, until the system
 * has written everything or reports an error.
 */
import { open, realpath, rename, unlink, type FileHandle } from 'node:fs/promises';

let written = 0;

/** @throws the system's error (full disk, no permission); an older file is unchanged then */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const { beside, file } = await openBeside(place);
  try {
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

/**
 * A new file beside the place. A name that is taken belongs to another thread of this process, which counts for itself, or is left from
 * one that was ended while it wrote. Such a file is not touched.
 */
async function openBeside(place: string): Promise<{ readonly beside: string; readonly file: FileHandle }> {
  for (;;) {
    const beside = `${place}.${process.pid}-${written++}.tmp`;
    try {
      return { beside, file: await open(beside, 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
