/** Uploads several files: the work of the command `upload-stress upload`. */
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
   * Which files get derivatives and a memory of four assets. Default: `auto`.
   * - `auto`: all pictures. Other files are only uploaded.
   * - `always`: all files. A file that is not a picture fails in lane B.
   * - `never`: none.
   */
  readonly derivatives?: 'auto' | 'always' | 'never';
  /** Receives the outcome of each file as soon as it is known. */
  readonly onOutcome?: (outcome: FileOutcome) => void;
}

/** The outcome of one file. `error.report()` describes a failure in several lines. */
export type FileOutcome =
  | { readonly file: string; readonly kind: 'picture'; readonly uploaded: UploadedPicture }
  | { readonly file: string; readonly kind: 'original'; readonly uploaded: UploadedAsset }
  | { readonly file: string; readonly kind: 'failed'; readonly error: UploadError | FlowError };

/**
 * Uploads files one after the other. A failed file does not stop the others; an aborted signal does.
 * @throws {ConnectError} before anything is sent, if the host, the canister, or a file cannot be used
 * @throws {IdentityError} if the PEM file cannot be used
 */
export async function uploadFiles(options: UploadFilesOptions): Promise<FileOutcome[]> {
  if (options.files.length === 0) throw new ConnectError('name at least one file');
  const pictures = await Promise.all(
    options.files.map((file) => isPicture(file, options.derivatives ?? 'auto')),
  );
  const connection = await connect(options);
  return uploadEach(connection, options, pictures);
}

/** As `uploadFiles`, over an existing connection. */
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
    const outcome = await uploadOne(connection, file, pictures[index] ?? false, options);
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

/** Decides by the first bytes of a file. Also reports a missing file before anything is sent. */
async function isPicture(file: string, mode: 'auto' | 'always' | 'never'): Promise<boolean> {
  try {
    const facts = await stat(file);
    if (facts.isDirectory()) throw new ConnectError(`${file} is a folder: name the files in it`);
    // Opening a pipe would wait for a writer.
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
