/** Reads slices of the user's files. Each file is opened once and stays open until the process ends. */
import { openSync, readSync } from 'node:fs';
import type { FileReader } from '../../model/content.js';
import { InputError } from '../../harness/input-error.js';
import { reasonOf } from '../../harness/files/system-error.js';

export function createFileReader(): FileReader {
  const open = new Map<string, number>();
  return (path, start, end) => {
    try {
      const file = open.get(path) ?? openSync(path, 'r');
      open.set(path, file);
      const bytes = new Uint8Array(end - start);
      let done = 0;
      while (done < bytes.length) {
        const count = readSync(file, bytes, done, bytes.length - done, start + done);
        if (count === 0)
          throw new InputError(
            `file ${path}: it became shorter during the upload; run again when nothing writes to it`,
          );
        done += count;
      }
      return bytes;
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(`file ${path}: ${reasonOf(error)}`);
    }
  };
}
