/** The work of `upload-stress upload FILE… --host URL [--canister ID] [--parallel N] [--identity pem]`. */
import { open, stat } from 'node:fs/promises';
import type { UploadedAsset } from './asset-upload.js';
import { connect, ConnectError, type ConnectOptions } from './connect.js';
import type { UploadConnection } from './connection.js';
import type { UploadOptions } from './context.js';
import { uploadOriginalToICP, uploadToICPWithProcessing, type UploadedPicture } from './flow.js';
import { FlowError } from './flow-error.js';
import { HEAD_BYTES, imageFormatOf } from './image-format.js';
import { UploadError } from './upload-error.js';

export interface UploadFilesOptions extends ConnectOptions, UploadOptions {
  readonly files: readonly string[];
  /**
   * `auto`: pictures get their derivatives and a memory of four, other files are uploaded as they are.
   * `always`: every file goes through both lanes, one that is no picture fails on lane B. `never`: lane A alone.
   */
  readonly derivatives?: 'auto' | 'always' | 'never';
  /** Told about each file as soon as it is done. */
  readonly onOutcome?: (outcome: FileOutcome) => void;
}

/** What became of one file; of a failed one, `error.report()` has everything that is known. */
export type FileOutcome =
  | { readonly file: string; readonly kind: 'picture'; readonly uploaded: UploadedPicture }
  | { readonly file: string; readonly kind: 'original'; readonly uploaded: UploadedAsset }
  | { readonly file: string; readonly kind: 'failed'; readonly error: UploadError | FlowError };

/**
 * Uploads one file after the other; one that fails does not keep the next from being tried, a stop does.
 * @throws {ConnectError} before anything is sent, when host, canister or a file cannot be used
 * @throws {IdentityError} when the PEM file cannot
 */
export async function uploadFiles(options: UploadFilesOptions): Promise<FileOutcome[]> {
  if (options.files.length === 0) throw new ConnectError('name at least one file');
  const pictures = await Promise.all(
    options.files.map((file) => isPicture(file, options.derivatives ?? 'auto')),
  );
  const connection = await connect(options);
  return uploadEach(connection, options, pictures);
}

/** The same over a connection that is open already. */
export async function uploadFilesOver(
  connection: UploadConnection,
  options: Omit<UploadFilesOptions, 'host'>,
): Promise<FileOutcome[]> {
  const pictures = await Promise.all(
    options.files.map((file) => isPicture(file, options.derivatives ?? 'auto')),
  );
  return uploadEach(connection, options, pictures);
}

async function uploadEach(
  connection: UploadConnection,
  options: Omit<UploadFilesOptions, 'host'>,
  pictures: readonly boolean[],
): Promise<FileOutcome[]> {
  const outcomes: FileOutcome[] = [];
  for (const [index, file] of options.files.entries()) {
    const outcome = await uploadOne(connection, file, pictures[index]!, options);
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
    if (options.signal?.aborted) break;
  }
  return outcomes;
}

async function uploadOne(
  connection: UploadConnection,
  file: string,
  picture: boolean,
  options: UploadOptions,
): Promise<FileOutcome> {
  try {
    return picture
      ? { file, kind: 'picture', uploaded: await uploadToICPWithProcessing(connection, file, options) }
      : { file, kind: 'original', uploaded: await uploadOriginalToICP(connection, file, options) };
  } catch (error) {
    if (error instanceof UploadError || error instanceof FlowError) return { file, kind: 'failed', error };
    throw error;
  }
}

/** By the first bytes; also finds out that a file is missing before anything is sent. */
async function isPicture(file: string, mode: 'auto' | 'always' | 'never'): Promise<boolean> {
  try {
    const facts = await stat(file);
    if (facts.isDirectory()) throw new ConnectError(`${file} is a folder: name the files in it`);
    // To open a pipe would wait for somebody who writes.
    if (!facts.isFile()) throw new ConnectError(`${file} is not a regular file: copy what it gives into one`);
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      if (mode !== 'auto') return mode === 'always';
      return imageFormatOf(buffer.subarray(0, bytesRead)) !== null;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    throw new ConnectError(`cannot read ${file}: ${(error as Error).message}`);
  }
}
