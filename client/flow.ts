/**
 * The flow of a picture: lane A uploads the original, lane B makes and uploads its derivatives, and a memory of all four
 * assets ends it. Each function can be called by itself; `uploadToICPWithProcessing` runs them together.
 *
 * `uploads_finish` makes a memory of one asset for every upload. It holds the blob until the memory of four exists and has been
 * read back; then it is deleted (unless `keepUploadMemories`), and the blobs live on by the memory of four. When
 * the flow fails, the memories of one stay: they are what keeps the blobs that arrived readable.
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

/** A path, or bytes with a name. */
export type UploadInput =
  string | { readonly bytes: Uint8Array; readonly name: string; readonly modifiedAtNs?: bigint };

export interface UploadedDerivatives {
  readonly display: UploadedAsset;
  readonly thumb: UploadedAsset;
  /** Not uploaded by itself: `finalizeAllAssets` puts it into the memory. */
  readonly placeholder: ImageDerivatives['placeholder'];
  /** What the original's header says. */
  readonly metadata: ImageFacts;
}

export interface UploadedPicture {
  readonly original: UploadedAsset;
  readonly derivatives: UploadedDerivatives;
  readonly memory: FinalizedMemory;
}

/**
 * Lane A: the original, whatever file it is.
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
 * Lane B: makes the derivatives and uploads display and thumb.
 * @throws {UploadError} of the step `process` when the file is no picture that can be read; its `cause` is the `DerivativeError`
 * @throws {FlowError} when an upload failed; it says which one arrived
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
 * The memory of all four: three blobs by reference, the placeholder inline. Asked again for the same blobs, it answers
 * the memory that is there.
 * @throws {UploadError} of the step `finalize`
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
 * Both lanes at once, then the memory of four. A lane that fails does not stop the other: what it brings over stays.
 * @throws {FlowError} when there is no memory of four: every failure, and every blob that arrived
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

/** The original is kept whatever it is: that it is no picture, or a broken one, is lane B's news. */
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
  // Two originals may have equal thumbs: each keeps a blob of its own, so that deleting one never asks about the other.
  const source = bytesSource({
    bytes: made.bytes,
    name,
    modifiedAtNs: original.modifiedAtNs,
    belongsTo: original.identity,
  });
  return uploadAsset(context, { lane: 'B', source, metadata, meter: meterOf(context, 'B', name) });
}

/** Opens the input for one lane; what fails outside an upload gets the lane and the step `read` or `process`. */
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
