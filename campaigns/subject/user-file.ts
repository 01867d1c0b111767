/** The file that `run --file` uploads. Schedules refer to it by path; its bytes stay in the file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { UserFile } from '../../generators/user-file.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { limitsInForce } from '../../model/state.js';
import { checkUploadFile } from './inputs.js';
import type { Subject } from './subject.js';

/**
 * Reads the file once to hash it.
 * @throws InputError if it is unusable or larger than the canister's limit of bytes per upload
 */
export async function readUserFile(path: string, { target, fixedLimits = {} }: Subject): Promise<UserFile> {
  const { bytesMax } = limitsInForce(fixedLimits, target.defaultChunkSize);
  const file = checkUploadFile(path, bytesMax);
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
  // The canister accepts names of up to 1,024 bytes, more than any file system.
  return {
    name: basename(file.path),
    bytes,
    content: { kind: 'path', path: file.path, sha256: hash.digest('hex') },
  };
}

const UPLOADED_BYTES = 200_000_000;

/** The number of schedules: enough for many interleavings, but about 200 MB of uploads in all. */
export function runsForFile(bytes: number): number {
  return Math.min(50, Math.max(3, Math.ceil(UPLOADED_BYTES / Math.max(1, bytes))));
}
