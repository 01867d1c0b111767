/** What a finish must be answered with. */
import type { CallRecord } from '../history/calls.js';
import { mayCall } from './access.js';
import type { Effect } from './effects.js';
import { refusal, success, type Expectation } from './expectation.js';
import type { Ledger } from './ledger.js';
import { putsOf } from './sent-chunk.js';
import type { Upload } from './upload.js';
import type { UploadState } from './upload-state.js';

type FinishRequest = Extract<CallRecord['request'], { op: 'finish' }>;

/** `undefined`: the promises and the answers leave it open. */
export function expectFinish(ledger: Ledger, upload: Upload, effect: Effect): Expectation | undefined {
  const { request } = effect.call;
  if (request?.op !== 'finish' || upload.isAmbiguous || !mayCall(ledger, 'finish', upload, effect))
    return undefined;
  const { promises } = ledger;
  const state = ledger.stateFor(upload, effect);
  if (state.phase === 'aborted') return refusal('refusal after an abort', 'the upload was aborted');
  if (state.phase === 'finished') return ofRepetition(ledger, upload, { state, effect });
  const isFree = state.running.every(isHarmless) && !ledger.isInterrupted(effect);
  if (!isFree || !isRight(ledger, upload, request) || !ledger.isKept(upload, state, effect)) return undefined;
  if (!isComplete(ledger, upload, state)) return undefined;
  if (state.phase === 'open') return success('the upload is open, and every chunk is stored');
  // Either it is finished or it is not, and the answer is the same.
  if (state.phase === 'maybe finished' && promises.repeatedFinish === 'same')
    return success('every chunk is stored, and a finish may be repeated');
  return undefined;
}

interface Repetition {
  readonly state: UploadState;
  readonly effect: Effect;
}

function ofRepetition(
  ledger: Ledger,
  upload: Upload,
  { state, effect }: Repetition,
): Expectation | undefined {
  const { promises } = ledger;
  const { finish, running } = state;
  if (running.length > 0 || finish === undefined) return undefined;
  if (promises.repeatedFinish === 'rejected')
    return refusal('refusal of a repetition', 'the upload was finished');
  const [first, again] = [finish.call.request, effect.call.request];
  if (promises.repeatedFinish !== 'same' || first?.op !== 'finish' || again?.op !== 'finish')
    return undefined;
  if (first.hash !== again.hash || first.lengthOff !== again.lengthOff) return undefined;
  // The record of a finished upload may be removed some time.
  return ledger.isKept(upload, { renewedBy: finish }, effect)
    ? success('the upload was finished')
    : undefined;
}

/** Whether the finish sends what belongs to the file. */
function isRight({ shape, oracle }: Ledger, upload: Upload, request: FinishRequest): boolean {
  if (shape.finishTakesLength && request.lengthOff !== 0) return false;
  if (shape.finishTakesHash && request.hash !== 'right') return false;
  return oracle.isSameFile(request.file, upload.file);
}

/** Whether the right bytes are certainly stored at every place, and nothing else. */
export function isComplete(ledger: Ledger, upload: Upload, state: UploadState): boolean {
  if (state.isMixed) return false;
  const count = putsOf(upload, ledger.oracle, ledger.shape);
  for (let index = 0; index < count; index++)
    if (state.places.get(index)?.certain?.fit !== 'right') return false;
  return true;
}

/** A put whose answer was lost. The place holds the right bytes all the same. */
function isHarmless({ call, certainty, to }: Effect): boolean {
  return call.operation.op === 'put' && certainty === 'possible' && to === Infinity;
}
