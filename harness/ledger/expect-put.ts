/** What a put must be answered with. */
import { fileAt } from '../../model/oracle.js';
import type { Effect } from './effects.js';
import { refusal, success, type Expectation } from './expectation.js';
import { mayCall } from './access.js';
import { isBeginAccepted } from './expect-begin.js';
import type { Ledger } from './ledger.js';
import { chunksOf, putsOf, sentChunk, type SentChunk } from './sent-chunk.js';
import type { Upload } from './upload.js';
import type { UploadState } from './upload-state.js';

/** `undefined`: the promises and the answers leave it open. */
export function expectPut(ledger: Ledger, upload: Upload, effect: Effect): Expectation | undefined {
  const { call } = effect;
  const { request } = call;
  const sent = sentChunk(call, upload, ledger.oracle);
  if (request?.op !== 'put' || sent === undefined) return undefined;
  // A late put of an earlier upload that has the same key or name.
  if (!ledger.oracle.isSameFile(request.file, upload.file)) return undefined;
  if (!mayCall(ledger, 'put', upload, effect)) return undefined;
  const state = ledger.stateFor(upload, effect);
  const isKept = ledger.isKept(upload, state, effect) && !ledger.isInterrupted(effect);
  return (
    refusalOfEnd(ledger, upload, state) ??
    refusalOfPlace(ledger, upload, sent) ??
    (isKept ? refusalOfPause(ledger, state) : undefined) ??
    (isKept ? ofRepetition(ledger, state, sent) : undefined) ??
    (isKept ? refusalOfOrder(ledger, state, sent) : undefined) ??
    (isKept && isAccepted(ledger, upload, state, { effect, sent })
      ? success('the upload is open, and nothing was put there before')
      : undefined)
  );
}

function refusalOfEnd({ shape }: Ledger, upload: Upload, state: UploadState): Expectation | undefined {
  // Where a put begins an upload, a put after an abort begins the next one.
  if (upload.isAmbiguous || state.phase !== 'aborted' || shape.begin === 'implied') return undefined;
  return refusal('refusal after an abort', 'the upload was aborted');
}

function refusalOfPause({ promises }: Ledger, state: UploadState): Expectation | undefined {
  if (promises.pause !== 'stops' || state.phase !== 'paused' || hasControls(state)) return undefined;
  return refusal('refusal during a pause', 'the upload is paused');
}

function refusalOfPlace(ledger: Ledger, upload: Upload, sent: SentChunk): Expectation | undefined {
  const { oracle, shape, promises } = ledger;
  if (promises.wrongPut !== 'rejected' || sent.fit !== 'misfit' || upload.isAmbiguous) return undefined;
  if (shape.address !== 'index' && shape.address !== 'offset') return undefined;
  const { bytes } = fileAt(oracle.files, upload.file);
  const end = Math.min(sent.index * upload.chunkSize, Number.MAX_SAFE_INTEGER) + sent.bytes;
  if (bytes === 0 && sent.bytes === 0) return undefined;
  if (end > bytes) return refusal('refusal of a place beyond the end', 'it is beyond the end of the file');
  // Where the client chooses the size of its chunks, no other chunk is too short or too long.
  if (promises.limits.chunkSize === 'client' || shape.address === 'offset') return undefined;
  return refusal('refusal of a wrong length', 'it does not have the length of its place');
}

/** A put at a place that certainly holds bytes. */
function ofRepetition(
  { promises, oracle, shape }: Ledger,
  state: UploadState,
  sent: SentChunk,
): Expectation | undefined {
  const stored = state.places.get(sent.index)?.certain;
  if (state.phase !== 'open' || state.isMixed || hasControls(state)) return undefined;
  // Another put may finish the upload meanwhile.
  if (shape.finish === 'implied' && state.running.length > 0) return undefined;
  if (stored?.ref === undefined || sent.ref === undefined) return undefined;
  if (oracle.isSameChunk(stored.ref, sent.ref)) {
    if (promises.repeatedPut === 'rejected')
      return refusal('refusal of a repetition', 'the same bytes are stored there');
    return promises.repeatedPut === 'accepted' ? success('the same bytes are stored there') : undefined;
  }
  return promises.otherPut === 'rejected'
    ? refusal('refusal of other bytes', 'other bytes are stored there')
    : undefined;
}

function refusalOfOrder({ shape, promises }: Ledger, state: UploadState, sent: SentChunk) {
  if (promises.chunkOrder !== 'ascending' || shape.address === 'append' || shape.address === 'receipt')
    return undefined;
  if (state.phase !== 'open' || state.isMixed) return undefined;
  // A chunk before it was certainly never put.
  for (let index = 0; index < sent.index; index++)
    if (!state.places.has(index))
      return refusal('refusal of a chunk out of order', `chunk ${index} was not put before it`);
  return undefined;
}

interface Sent {
  readonly effect: Effect;
  readonly sent: SentChunk;
}

/** Whether the right bytes at a place where nothing is stored must be accepted. */
function isAccepted(ledger: Ledger, upload: Upload, state: UploadState, { effect, sent }: Sent): boolean {
  const { promises, shape, oracle } = ledger;
  if (sent.fit !== 'right' || sent.index >= putsOf(upload, oracle, shape)) return false;
  if (state.phase !== 'open' || state.isMixed || hasControls(state)) return false;
  if (state.running.some((other) => other.call.operation.op === 'put' && !isElsewhere(other, sent)))
    return false;
  if (shape.finish === 'implied' && !isCompletedRight(ledger, upload, state, sent)) return false;
  const place = state.places.get(sent.index);
  if (place !== undefined) {
    // Either it is stored or it is not, and both are accepted.
    const isRight = place.possible.every(({ fit }) => fit === 'right');
    return isRight && promises.repeatedPut === 'accepted' && shape.address !== 'append';
  }
  if (
    shape.begin === 'implied' &&
    state.places.size === 0 &&
    !isBeginAccepted(ledger, upload.request, effect)
  )
    return false;
  const isAnyOrder =
    promises.chunkOrder === 'any' || (shape.address === 'receipt' && promises.chunkOrder === undefined);
  if (isAnyOrder && shape.address !== 'append') return true;
  const isNext = Array.from({ length: sent.index }, (_, index) => state.places.get(index)).every(
    (before) => before?.certain !== undefined,
  );
  const isAfterAll = [...state.places.keys()].every((index) => index < sent.index);
  return (
    isNext &&
    isAfterAll &&
    state.running.every(({ certainty }) => certainty === 'none') &&
    effect.to < Infinity
  );
}

/** Whether the put leaves other places empty, or certainly completes a file of the right bytes. */
function isCompletedRight({ oracle }: Ledger, upload: Upload, state: UploadState, sent: SentChunk): boolean {
  const others = [...state.places].filter(([index]) => index !== sent.index);
  if (others.length + 1 < chunksOf(upload, oracle)) return true;
  return others.every(([, { possible }]) => possible.every(({ fit }) => fit === 'right'));
}

function isElsewhere({ call: { operation } }: Effect, { index }: SentChunk): boolean {
  return operation.op === 'put' && operation.index !== index;
}

/** Whether a call that may end or pause the upload may still be running. */
function hasControls({ running }: UploadState): boolean {
  return running.some(({ call }) => call.operation.op !== 'put');
}
