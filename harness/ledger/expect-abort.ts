/** What an abort must be answered with. */
import { mayCall } from './access.js';
import type { Effect } from './effects.js';
import { success, type Expectation } from './expectation.js';
import type { Ledger } from './ledger.js';
import type { Upload } from './upload.js';

/** `undefined`: the promises and the answers leave it open, as for the abort of an upload that has ended. */
export function expectAbort(ledger: Ledger, upload: Upload, effect: Effect): Expectation | undefined {
  if (ledger.promises.abort !== 'ends' || !mayCall(ledger, 'abort', upload, effect)) return undefined;
  const state = ledger.stateFor(upload, effect);
  if (state.phase !== 'open' && state.phase !== 'paused') return undefined;
  // A call that is still running may hold the upload.
  if (state.running.length > 0 || ledger.isInterrupted(effect)) return undefined;
  const isBegun = [...state.places.values()].some(({ certain }) => certain !== undefined);
  // Where a put begins an upload, a begin proves nothing.
  if (ledger.shape.begin === 'implied' && !isBegun) return undefined;
  return ledger.isKept(upload, state, effect) ? success('the upload is open') : undefined;
}
