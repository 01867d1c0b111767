/** The files and bytes of a caller, as far as the answers tell. Uses no model. */
import { fileAt } from '../../model/oracle.js';
import type { Effect } from './effects.js';
import { unnamedBegins } from './expect-begin.js';
import { readableFile } from './finished-file.js';
import type { Ledger } from './ledger.js';
import type { Upload } from './upload.js';

/** The least and the most that is possible. */
export interface Bounds {
  readonly atLeast: number;
  readonly atMost: number;
}

/** Uploads of the caller that were begun, or may have been, by the time the call takes effect. */
export function uploadsBy(ledger: Ledger, by: number, { to }: Pick<Effect, 'to'>): readonly Upload[] {
  return ledger.uploads.filter(({ owner, begin }) => owner === by && begin.from <= to);
}

/** Whether the upload may have become a file, or its answers do not tell, when the call takes effect. */
export function mayBeFile(ledger: Ledger, upload: Upload, effect: Effect): boolean {
  if (upload.isAmbiguous) return true;
  const { phase, running } = ledger.stateDuring(upload, effect);
  const isNone = phase === 'open' || phase === 'paused' || phase === 'aborted';
  return (
    !isNone || running.some(({ certainty, call }) => certainty !== 'none' && call.operation.op !== 'abort')
  );
}

/** The bytes of the caller's files and uploads in progress, each of the length that its begin declared. */
export function bytesHeld(ledger: Ledger, by: number, effect: Effect): Bounds {
  const bytesOf = (file: number): number => fileAt(ledger.oracle.files, file).bytes;
  let [atLeast, atMost] = [0, 0];
  for (const upload of uploadsBy(ledger, by, effect)) {
    if (isCertainlyHeld(ledger, upload, effect)) atLeast += bytesOf(upload.file);
    if (mayBeHeld(ledger, upload, effect)) atMost += bytesOf(upload.file);
  }
  for (const { call } of unnamedBegins(ledger, by, effect))
    if (call.request?.op === 'begin') atMost += bytesOf(call.request.file);
  return { atLeast, atMost };
}

function isCertainlyHeld(ledger: Ledger, upload: Upload, effect: Effect): boolean {
  if (upload.isAmbiguous || upload.begin.to >= effect.from) return false;
  if (readableFile(ledger, upload, effect) !== undefined) return true;
  const state = ledger.stateDuring(upload, effect);
  const isHeld = state.phase === 'open' || state.phase === 'paused' || state.phase === 'maybe finished';
  return isHeld && state.running.length === 0 && ledger.isKept(upload, state, effect);
}

function mayBeHeld(ledger: Ledger, upload: Upload, effect: Effect): boolean {
  if (upload.isAmbiguous || mayBeFile(ledger, upload, effect)) return true;
  const { phase, running } = ledger.stateDuring(upload, effect);
  if (phase === 'aborted') return running.length > 0;
  return !ledger.hasExpired(upload, effect);
}
