/** The file that a finished upload left behind: what it must contain, and whether it must still be readable. */
import { otherFileIndex } from '../../model/content.js';
import type { CallRecord } from '../history/calls.js';
import { isBefore, type Effect } from './effects.js';
import { isComplete } from './expect-finish.js';
import type { Ledger } from './ledger.js';
import type { Upload } from './upload.js';

/**
 * Index of the file whose bytes the canister has acknowledged by its answer to `finish`: the one whose hash it has compared, or else the
 * one whose every chunk it has stored. `undefined` if the answers leave the content open.
 */
export function acknowledgedFile(ledger: Ledger, upload: Upload, finish: Effect): number | undefined {
  const { request } = finish.call;
  const { shape, promises, oracle } = ledger;
  if (request?.op === 'finish' && shape.finishTakesHash && promises.wrongHash === 'rejected') {
    if (request.hash === 'right') return request.file;
    return request.hash === 'other-file' ? otherFileIndex(oracle.files, request.file) : undefined;
  }
  if (upload.isAmbiguous) return undefined;
  const state = ledger.stateFor(upload, finish);
  const isKnown = state.phase === 'open' || state.phase === 'finished' || state.phase === 'maybe finished';
  if (!isKnown || state.running.some(({ certainty }) => certainty !== 'none')) return undefined;
  return isComplete(ledger, upload, completedBy(finish, state)) ? upload.file : undefined;
}

/** Whether a put certainly completes an upload that its last chunk finishes. */
export function isLastPut(ledger: Ledger, upload: Upload, put: Effect): boolean {
  if (ledger.shape.finish !== 'implied' || put.call.operation.op !== 'put' || upload.isAmbiguous)
    return false;
  const state = ledger.stateFor(upload, put);
  const isKnown = state.phase === 'open' || state.phase === 'maybe finished';
  if (!isKnown || state.running.length > 0 || !ledger.isKept(upload, state, put)) return false;
  return isComplete(ledger, upload, completedBy(put, state));
}

/** The state with what the finishing call itself stores: in some interfaces the last put finishes the upload. */
function completedBy(
  { call: { operation } }: Effect,
  state: ReturnType<Ledger['stateFor']>,
): ReturnType<Ledger['stateFor']> {
  if (operation.op !== 'put' || operation.data.kind !== 'right') return state;
  const sent = { index: operation.index, fit: 'right', bytes: 0, ref: undefined } as const;
  const place = { certain: sent, possible: [sent] };
  return { ...state, places: new Map([...state.places, [operation.index, place]]) };
}

export interface ReadableFile {
  /** The upload that the file came from. */
  readonly upload: Upload;
  readonly finish: Effect;
}

/** The file that a read must return; `undefined` if it may have been deleted, replaced, or lost, or if there is none. */
export function readableFile(ledger: Ledger, upload: Upload, read: Effect): ReadableFile | undefined {
  const sameId = ledger.uploads.filter(({ id, begin }) => id === upload.id && begin.from <= read.to);
  for (const one of sameId.toReversed()) {
    if (one.isAmbiguous) return undefined;
    const { finish, phase, running } = ledger.stateDuring(one, read);
    if (phase === 'finished' && finish !== undefined)
      return isReadable(ledger, one, { finish, read }) ? { upload: one, finish } : undefined;
    const isUnfinished = phase === 'open' || phase === 'paused' || phase === 'aborted';
    if (!isUnfinished || running.some(({ certainty }) => certainty !== 'none')) return undefined;
  }
  return undefined;
}

interface Read {
  readonly finish: Effect;
  readonly read: Effect;
}

function isReadable(ledger: Ledger, upload: Upload, { finish, read }: Read): boolean {
  const { promises } = ledger;
  const areFilesKept = promises.upgrade === 'everything' || promises.upgrade === 'files';
  if (!areFilesKept && ledger.isInterrupted({ from: finish.from, to: read.to })) return false;
  return !mayBeReplaced(ledger, upload, read) && !mayBeDeleted(ledger, finish, read);
}

/** Whether another upload of the same key or name may have taken its place. */
function mayBeReplaced(ledger: Ledger, upload: Upload, read: Effect): boolean {
  const { promises, shape } = ledger;
  if (promises.overwriting === 'separate' || promises.overwriting === 'rejected') return false;
  const isReplacing = promises.overwriting === 'replaces';
  if (!isReplacing && shape.session === 'server' && promises.uploads === 'independent') return false;
  return ledger.uploads.some((other) => {
    if (other === upload || other.begin.from > read.to || !ledger.sharesName(upload, other)) return false;
    if (!isReplacing) return true;
    const mayFinish = ({ call, certainty, from }: Effect) =>
      from <= read.to &&
      (call.result?.kind === 'finished' || (certainty === 'possible' && mayBeFinish(call, shape)));
    return other.isAmbiguous || other.writes.some(mayFinish);
  });
}

function mayBeFinish({ operation: { op } }: CallRecord, { finish }: Ledger['shape']): boolean {
  return op === 'finish' || (op === 'put' && finish === 'implied');
}

/** Whether no memory certainly refers to the file any more. It lives no longer than its memories. */
function mayBeDeleted({ effects, shape }: Ledger, { call: { result } }: Effect, read: Effect): boolean {
  if (result?.kind !== 'finished' || result.memoryId === undefined) return false;
  const isReadByMemory = read.call.request?.via !== undefined || shape.readBy === 'memory';
  const made = [...effects.values()].flatMap((effect) => {
    const { result: other } = effect.call;
    const refers = other?.kind === 'memory' && other.assets.some(({ blobId }) => blobId === result.blobId);
    return refers && isBefore(effect, read) ? [other.memoryId] : [];
  });
  const memories = new Set([result.memoryId, ...(isReadByMemory ? [] : made)]);
  for (const { call, certainty, from } of effects.values()) {
    const { request } = call;
    if (request?.op === 'deleteMemory' && certainty !== 'none' && from <= read.to)
      memories.delete(request.memoryId);
  }
  return memories.size === 0;
}
