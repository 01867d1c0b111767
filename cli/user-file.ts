/** The file that `--file` names, as a recipe: its bytes stay where they are. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { UserFile } from '../generators/user-file.js';
import { InputError } from '../harness/input-error.js';
import { reasonOf } from '../harness/files/system-error.js';
import { checkReadableFile } from '../campaigns/subject/inputs.js';

/** Names in the canister hold 1,024 bytes of UTF-8; a file system's hold 255, so nothing is ever cut. */
export async function readUserFile(path: string): Promise<UserFile> {
  const file = checkReadableFile(path, 'file');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const part of createReadStream(file.path) as AsyncIterable<Buffer>) {
      hash.update(part);
      bytes += part.length;
    }
  } catch (error) {
    throw new InputError(`file ${path}: ${reasonOf(error)}`);
  }
  return {
    name: basename(file.path),
    bytes,
    content: { kind: 'path', path: file.path, sha256: hash.digest('hex') },
  };
}

/** Enough runs to meet many interleavings, few enough that some 200 MB go up in all. */
export function runsForFile(bytes: number): number {
  return Math.min(50, Math.max(3, Math.ceil(200_000_000 / Math.max(1, bytes))));
}
