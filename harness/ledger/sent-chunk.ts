/** What a put sends, compared with the file of its upload. */
import { chunkCount, chunkLengthSent, chunkRange } from '../../model/content.js';
import { type ChunkRef, type ContentOracle, fileAt } from '../../model/oracle.js';
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
  /** What was sent; `undefined` for a `misfit`. */
  readonly ref: ChunkRef | undefined;
}

/** `undefined` for other operations. */
export function sentChunk(
  { request }: CallRecord,
  { file, chunkSize }: Pick<Upload, 'file' | 'chunkSize'>,
  oracle: ContentOracle,
): SentChunk | undefined {
  if (request?.op !== 'put') return undefined;
  const { index, data } = request;
  const { bytes } = fileAt(oracle.files, file);
  const cutBy = request.chunkSize ?? chunkSize;
  const length = chunkLengthSent(fileAt(oracle.files, request.file).bytes, cutBy, index, data);
  const { start, end } = chunkRange(bytes, chunkSize, index);
  if (index >= chunkCount(bytes, chunkSize) || length !== end - start)
    return { index, fit: 'misfit', bytes: length, ref: undefined };
  const wanted = oracle.chunkRef(file, chunkSize, index, { kind: 'right' });
  const ref = sentRef(request, cutBy, oracle);
  const isRight = ref !== undefined && oracle.isSameChunk(ref, wanted);
  return { index, fit: isRight ? 'right' : 'other', bytes: length, ref };
}

/** `undefined` for data that differs from every chunk in length. */
function sentRef(
  { file, index, data }: Extract<CallRecord['request'], { op: 'put' }>,
  cutBy: number,
  oracle: ContentOracle,
): ChunkRef | undefined {
  const hasLengthOfChunk = data.kind === 'right' || data.kind === 'flipped' || data.kind === 'of-index';
  return hasLengthOfChunk ? oracle.chunkRef(file, cutBy, index, data) : undefined;
}

/** Number of chunks of the upload's file. */
export function chunksOf(upload: Pick<Upload, 'file' | 'chunkSize'>, oracle: ContentOracle): number {
  return chunkCount(fileAt(oracle.files, upload.file).bytes, upload.chunkSize);
}
