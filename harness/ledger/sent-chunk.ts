/** What a put sends, compared with the file of its upload. */
import { chunkCount, chunkLengthSent, chunkRange } from '../../model/content.js';
import { type ChunkRef, type ContentOracle, fileAt } from '../../model/oracle.js';
import type { Shape } from '../../targets/shape.js';
import type { CallRecord } from '../history/calls.js';
import type { Upload } from './upload.js';

export interface SentChunk {
  readonly index: number;
  /**
   * `right`: the bytes of the file at this place. `other`: other bytes that fit. `misfit`: too many or too few bytes, or a place beyond
   * the end.
   */
  readonly fit: 'right' | 'other' | 'misfit';
  /** In bytes. */
  readonly bytes: number;
  /** What was sent; `undefined` for a `misfit`, and for the chunk of an empty file. */
  readonly ref: ChunkRef | undefined;
}

type Put = Extract<CallRecord['request'], { op: 'put' }>;

/** The latest comparison of a put. */
interface Compared {
  readonly upload: Pick<Upload, 'file' | 'chunkSize'>;
  readonly oracle: ContentOracle;
  readonly sent: SentChunk;
}

/** The state of an upload at a call is derived from all earlier puts, so that each put is compared many times. */
const compared = new WeakMap<Put, Compared>();

/** `undefined` for other operations. */
export function sentChunk(
  { request }: CallRecord,
  upload: Pick<Upload, 'file' | 'chunkSize'>,
  oracle: ContentOracle,
): SentChunk | undefined {
  if (request?.op !== 'put') return undefined;
  const known = compared.get(request);
  if (known?.upload === upload && known.oracle === oracle) return known.sent;
  const sent = compare(request, upload, oracle);
  compared.set(request, { upload, oracle, sent });
  return sent;
}

function compare(
  request: Put,
  { file, chunkSize }: Pick<Upload, 'file' | 'chunkSize'>,
  oracle: ContentOracle,
): SentChunk {
  const { index, data } = request;
  const { bytes } = fileAt(oracle.files, file);
  const cutBy = request.chunkSize ?? chunkSize;
  const length = chunkLengthSent(fileAt(oracle.files, request.file).bytes, cutBy, index, data);
  // Where no call begins an upload, an empty file is one empty chunk.
  if (bytes === 0 && length === 0 && index === 0) return { index, fit: 'right', bytes: 0, ref: undefined };
  const { start, end } = chunkRange(bytes, chunkSize, index);
  if (index >= chunkCount(bytes, chunkSize) || length !== end - start)
    return { index, fit: 'misfit', bytes: length, ref: undefined };
  const wanted = oracle.chunkRef(file, chunkSize, index, { kind: 'right' });
  const ref = sentRef(request, cutBy, oracle);
  const isRight = ref !== undefined && oracle.isSameChunk(ref, wanted);
  return { index, fit: isRight ? 'right' : 'other', bytes: length, ref };
}

/** `undefined` for data that differs from every chunk in length. */
function sentRef({ file, index, data }: Put, cutBy: number, oracle: ContentOracle): ChunkRef | undefined {
  const hasLengthOfChunk = data.kind === 'right' || data.kind === 'flipped' || data.kind === 'of-index';
  return hasLengthOfChunk ? oracle.chunkRef(file, cutBy, index, data) : undefined;
}

/** Number of chunks of the upload's file. */
export function chunksOf(upload: Pick<Upload, 'file' | 'chunkSize'>, oracle: ContentOracle): number {
  return chunkCount(fileAt(oracle.files, upload.file).bytes, upload.chunkSize);
}

/** Number of puts of a whole upload. Where no call begins it, an empty file is one empty chunk. */
export function putsOf(
  upload: Pick<Upload, 'file' | 'chunkSize'>,
  oracle: ContentOracle,
  { begin }: Pick<Shape, 'begin'>,
): number {
  return Math.max(begin === 'implied' ? 1 : 0, chunksOf(upload, oracle));
}
