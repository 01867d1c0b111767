import { stateAfter } from '../../model/operations.js';
import type { SessionState } from '../../model/result.js';
import type { Schedule } from '../../model/schedule.js';
import type { FileReader } from '../../model/content.js';
import type { Target } from '../../targets/target.js';
import type { History, HistoryEvent } from '../history/history.js';
import { indexHistory } from './history-index.js';
import { SITUATIONS, type Situation } from './situations.js';
import { statesAt } from '../judgement/states-at.js';

/** The states of a session. */
export const SESSION_STATES: readonly SessionState[] = [
  ...(['Initiated', 'Uploading', 'Paused', 'Finishing', 'Completed', 'Failed', 'Cancelled'] as const),
];

/** What a run is looked at for: the states of a session, and the situations that calls meet in. */
export type StateName = SessionState | Situation;
export const STATE_NAMES: readonly StateName[] = [
  ...SESSION_STATES,
  ...(Object.keys(SITUATIONS) as readonly Situation[]),
];

/** The states that sessions were in at some point of a History, and the situations that it got into. */
export function statesReached(
  history: History,
  schedule: Schedule,
  target: Pick<Target, 'defaultChunkSize'>,
  reader?: FileReader,
): ReadonlySet<StateName> {
  const states = new Set<StateName>(situationsOf(history, schedule, target));
  for (const event of history.events) {
    const state = stateShown(event);
    if (state !== undefined) states.add(state);
    // Time alone makes a session Failed, and no answer need tell: the model does.
    if (event.type !== 'advanced' || states.has('Failed')) continue;
    for (const session of statesAt(history, event.index, schedule, target, reader)) states.add(session.state);
  }
  return states;
}

function situationsOf(
  history: History,
  schedule: Schedule,
  target: Pick<Target, 'defaultChunkSize'>,
): readonly Situation[] {
  const scene = indexHistory(history, schedule, target);
  return (Object.keys(SITUATIONS) as readonly Situation[]).filter((name) => SITUATIONS[name](scene));
}

function stateShown(event: HistoryEvent): SessionState | undefined {
  // A finish whose first message did not answer goes on in messages of its own.
  if (event.type === 'message') return event.call === undefined ? undefined : 'Finishing';
  if (event.type !== 'ok') return undefined;
  return event.result.kind === 'status' ? event.result.state : stateAfter(event.operation.op);
}
