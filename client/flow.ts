/**
 * The upload of a picture. Lane A uploads the original. Lane B creates and uploads its derivatives. At the end, a memory of
 * all four assets is created. `uploadToICPWithProcessing` runs all steps; the other functions run one step each.
 *
 * `uploads_finish` creates a memory of one asset for every upload. This memory keeps the blob until the memory of four assets
 * was created and read back. Then it is deleted, unless `keepUploadMemories` is set. If the flow fails, the memories of one
 * asset remain, so that the uploaded blobs stay readable.
 */
import { basename } from 'node:path';
import { uploadAsset, type UploadedAsset } from './asset-upload.js';
import type { UploadConnection } from './connection.js';
import { openContext, type UploadContext, type UploadOptions } from './context.js';
import { DerivativeError } from './derivative-error.js';
import {
  processImageDerivativesPure,
  readImageFacts,
  type Derivative,
  type ImageDerivatives,
  type ImageInput,
} from './derivatives.js';
import { explain, type Where } from './failure.js';
import { finalizeFour, type FinalizedMemory, type FourAssets } from './finalize.js';
import { FlowError } from './flow-error.js';
import type { ImageFacts } from './image-facts.js';
import { derivativeMetadata, originalMetadata } from './metadata.js';
import { ProgressMeter, type Lane } from './progress.js';
import { bytesSource, openFileSource, type ByteSource } from './source.js';
import type { AssetKind } from './types.js';
import { UploadError } from './upload-error.js';

/** The file to upload: a path, or bytes with a name. */
export type UploadInput =
  string | { readonly bytes: Uint8Array; readonly name: string; readonly modifiedAtNs?: bigint };

export interface UploadedDerivatives {
  readonly display: UploadedAsset;
  readonly thumb: UploadedAsset;
  /** Not uploaded separately: `finalizeAllAssets` stores it in the memory. */
  readonly placeholder: ImageDerivatives['placeholder'];
  /** The facts in the header of the original. */
  readonly metadata: ImageFacts;
}

export interface UploadedPicture {
  readonly original: UploadedAsset;
  readonly derivatives: UploadedDerivatives;
  readonly memory: FinalizedMemory;
}

/**
 * Lane A: uploads the original, which may be any file.
 * @throws {UploadError}
 */
export async function uploadOriginalToICP(
  connection: UploadConnection,
  input: UploadInput,
  options: UploadOptions = {},
): Promise<UploadedAsset> {
  const context = await openContext(connection, nameOf(input), options);
  return laneA(context, input);
}

/**
 * Lane B: creates the derivatives, and uploads display and thumb.
 * @throws {UploadError} with the step `process` if the file is not a readable picture; its `cause` is the `DerivativeError`
 * @throws {FlowError} if an upload failed; it lists the uploads that succeeded
 */
export async function processImageDerivativesToICP(
  connection: UploadConnection,
  input: UploadInput,
  options: UploadOptions = {},
): Promise<UploadedDerivatives> {
  const context = await openContext(connection, nameOf(input), options);
  return laneB(context, input);
}

/**
 * Creates the memory of all four assets: three references to blobs, and the inline placeholder. If a memory of the same
 * assets exists, returns it instead.
 * @throws {UploadError} with the step `finalize`
 */
export async function finalizeAllAssets(
  connection: UploadConnection,
  assets: FourAssets,
  options: UploadOptions = {},
): Promise<FinalizedMemory> {
  const capsule = options.capsule ?? assets.original.capsuleId;
  const context = await openContext(connection, assets.original.name, { ...options, capsule });
  return finalizeFour(context, assets);
}

/**
 * Runs both lanes in parallel, then creates the memory of four assets. A failure in one lane does not stop the other.
 * @throws {FlowError} if the memory could not be created; it lists every failure and every uploaded blob
 */
export async function uploadToICPWithProcessing(
  connection: UploadConnection,
  input: UploadInput,
  options: UploadOptions = {},
): Promise<UploadedPicture> {
  const name = nameOf(input);
  const context = await openContext(connection, name, options);
  const [a, b] = await Promise.allSettled([laneA(context, input), laneB(context, input)]);
  if (a.status === 'rejected' || b.status === 'rejected') {
    const arrived: UploadedAsset[] = a.status === 'fulfilled' ? [a.value] : [];
    if (b.status === 'fulfilled') arrived.push(b.value.display, b.value.thumb);
    const reasons = [a, b].flatMap((lane): unknown[] => (lane.status === 'rejected' ? [lane.reason] : []));
    throw FlowError.of(name, reasons, arrived);
  }
  const { display, thumb, placeholder } = b.value;
  try {
    const memory = await finalizeFour(context, { original: a.value, display, thumb, placeholder });
    return { original: a.value, derivatives: b.value, memory };
  } catch (error) {
    throw FlowError.of(name, [error], [a.value, display, thumb]);
  }
}

async function laneA(context: UploadContext, input: UploadInput): Promise<UploadedAsset> {
  return withSource(context, 'A', input, async (source) => {
    const metadata = originalMetadata(source, await factsOrNull(input));
    const meter = meterOf(context, 'A', source.name);
    return uploadAsset(context, { lane: 'A', source, metadata, meter });
  });
}

/** Reads the header of a picture, or returns `null` for any other file. Lane B reports why a file is not a picture. */
async function factsOrNull(input: UploadInput): Promise<ImageFacts | null> {
  try {
    return await readImageFacts(imageOf(input));
  } catch (error) {
    if (error instanceof DerivativeError) return null;
    throw error;
  }
}

async function laneB(context: UploadContext, input: UploadInput): Promise<UploadedDerivatives> {
  return withSource(context, 'B', input, async (original) => {
    meterOf(context, 'B', original.name).begin('processing', 0);
    const { pixelsMax } = context.options;
    const made = await processImageDerivativesPure(
      imageOf(input),
      pixelsMax === undefined ? {} : { pixelsMax },
    );
    await original.checkUnchanged();
    context.caller.checkStopped();
    const [display, thumb] = await Promise.allSettled([
      uploadDerivative(context, original, 'Display', made.display),
      uploadDerivative(context, original, 'Thumb', made.thumb),
    ]);
    if (display.status === 'fulfilled' && thumb.status === 'fulfilled') {
      const { placeholder, metadata } = made;
      return { display: display.value, thumb: thumb.value, placeholder, metadata };
    }
    const both = [display, thumb];
    const reasons = both.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
    const arrived = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    throw FlowError.of(original.name, reasons, arrived);
  });
}

function uploadDerivative(
  context: UploadContext,
  original: ByteSource,
  kind: AssetKind,
  made: Derivative,
): Promise<UploadedAsset> {
  const metadata = derivativeMetadata(original, kind, made);
  const { name } = metadata.base;
  // Two originals may have equal thumbs. `belongsTo` gives each its own blob, so that either can be deleted.
  const source = bytesSource({
    bytes: made.bytes,
    name,
    modifiedAtNs: original.modifiedAtNs,
    belongsTo: original.identity,
  });
  return uploadAsset(context, { lane: 'B', source, metadata, meter: meterOf(context, 'B', name) });
}

/** Opens the input for one lane. A failure outside an upload gets the lane, and the step `read` or `process`. */
async function withSource<T>(
  context: UploadContext,
  lane: Lane,
  input: UploadInput,
  work: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const name = nameOf(input);
  const where: Where = { lane, asset: null, name, step: 'read', chunk: null, sessionId: null };
  let source: ByteSource | undefined;
  try {
    source = typeof input === 'string' ? await openFileSource(input) : bytesSource(input);
    if (lane === 'B') where.step = 'process';
    return await work(source);
  } catch (error) {
    if (error instanceof UploadError || error instanceof FlowError) throw error;
    throw await explain(error, where, context.connection, context.caller);
  } finally {
    await source?.close();
  }
}

const imageOf = (input: UploadInput): ImageInput => (typeof input === 'string' ? input : input.bytes);
const nameOf = (input: UploadInput): string => (typeof input === 'string' ? basename(input) : input.name);

function meterOf(context: UploadContext, lane: Lane, name: string): ProgressMeter {
  return new ProgressMeter(context.caller.clock, lane, name, context.options.onProgress);
}
