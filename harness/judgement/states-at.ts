/** The state of every session at a point in the history, according to the model. Used by `replay --until` and by reports. */
import { atTime } from '../../model/at-time.js';
import type { FileReader } from '../../model/content.js';
import { createContentOracle, fileAt } from '../../model/oracle.js';
import type { IndexRange, SessionState } from '../../model/result.js';
import { missingRanges } from '../../model/session-operations.js';
import { type ModelState, initialState } from '../../model/state.js';
import { type CallRecord, callsOf } from '../history/calls.js';
import { timeOf } from '../evidence/evidence.js';
import { followModel } from '../evidence/follow-model.js';
import { tokensOf } from '../execution/interfaces.js';
import type { History } from '../history/history.js';
import { EXPLORED_MAX_DEFAULT, type JudgedSchedule } from './judge.js';

export interface SessionView {
  /** The canister's id; `undefined` if the answer of `begin` was never seen. */
  readonly id: string | undefined;
  /** Labels of the session, in the order in which they were bound. */
  readonly labels: readonly string[];
  readonly owner: number;
  /** Name of the asset. */
  readonly name: string;
  readonly state: SessionState;
  readonly bytes: number;
  readonly bytesReceived: number;
  readonly chunksExpected: number;
  readonly chunksReceived: number;
  readonly missing: readonly IndexRange[];
  readonly blobId: string | undefined;
  /** Its record has been removed; the blob stays. */
  readonly isGone: boolean;
}

/**
 * The sessions after the event at `index`, in the order in which they were begun. If the order of calls in flight allows several
 * states, this is one of them.
 */
export function statesAt(
  history: History,
  index: number,
  schedule: JudgedSchedule,
  target: { readonly defaultChunkSize: number },
  reader?: FileReader,
): readonly SessionView[] {
  const until = Math.min(index, history.events.length - 1);
  if (until < 0) return [];
  const oracle = createContentOracle(schedule.files, reader);
  let state: ModelState = initialState(schedule.limits, target.defaultChunkSize, {
    tokens: tokensOf(schedule),
    madeNs: BigInt(history.events[0]?.timeNs ?? 0),
  });
  const calls = callsOf(history, state.limits.chunkSize);
  followModel(history, calls, state, oracle, {
    exploredMax: EXPLORED_MAX_DEFAULT,
    until,
    onState: (_event, after) => (state = after),
  });
  const now = timeOf(history, until);
  const labels = labelsOf(calls, until);
  return state.sessions.map((record) => {
    const session = atTime(record, { from: now, to: now })[0] ?? record;
    const { id, owner, bytes, bytesReceived, chunksExpected, chunksReceived, isGone } = session;
    return {
      id,
      labels: labels.get(id ?? '') ?? [],
      owner,
      name: fileAt(schedule.files, session.file).name,
      state: session.state,
      bytes,
      bytesReceived,
      chunksExpected,
      chunksReceived,
      missing: missingRanges(session),
      blobId: session.finish?.blobId,
      isGone,
    };
  });
}

function labelsOf(calls: readonly CallRecord[], until: number): ReadonlyMap<string, readonly string[]> {
  const labels = new Map<string, string[]>();
  for (const { operation, result, ended } of calls) {
    if (operation.op !== 'begin' || result?.kind !== 'begun' || ended === undefined || ended > until)
      continue;
    const known = labels.get(result.sessionId) ?? [];
    if (!known.includes(operation.session)) labels.set(result.sessionId, [...known, operation.session]);
  }
  return labels;
}
