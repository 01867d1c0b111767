import { stateAfter } from '../../model/operations.js';
import { SESSION_STATES, type SessionState } from '../../model/result.js';
import type { Schedule } from '../../model/schedule.js';
import type { FileReader } from '../../model/content.js';
import type { Promises } from '../../targets/promises.js';
import type { Target } from '../../targets/target.js';
import type { History, HistoryEvent } from '../history/history.js';
import { indexHistory } from './history-index.js';
import { SITUATIONS, type Situation } from './situations.js';
import { statesAt } from '../judgement/states-at.js';

/** What the coverage of states counts: the states of a session, and situations. */
export type StateName = SessionState | Situation;
export const STATE_NAMES: readonly StateName[] = [
  ...SESSION_STATES,
  ...(Object.keys(SITUATIONS) as readonly Situation[]),
];

/** Whether an interface has these states and situations: they are those of canister/upload.did. */
export function hasStates({ specification }: Pick<Promises, 'specification'>): boolean {
  return specification === 'upload.did';
}

/** The states that sessions were in at some point in the history, and the situations that occurred. */
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
    // A session becomes Failed by time alone, without any answer that shows it, so the model is asked.
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
  const indexed = indexHistory(history, schedule, target);
  return (Object.keys(SITUATIONS) as readonly Situation[]).filter((name) => SITUATIONS[name](indexed));
}

function stateShown(event: HistoryEvent): SessionState | undefined {
  // A finish that its first message does not answer continues in further messages.
  if (event.type === 'message') return event.call === undefined ? undefined : 'Finishing';
  if (event.type !== 'ok') return undefined;
  return event.result.kind === 'status' ? event.result.state : stateAfter(event.operation.op);
}
