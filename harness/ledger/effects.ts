/** Which calls of a history may have had an effect, and between which events. Uses no model. */
import type { CallRecord } from '../history/calls.js';
import type { History } from '../history/history.js';
import { isOutcomeUnknown } from '../history/rejects.js';
import { CUT_SHORT } from '../execution/in-flight.js';

/** A call, and whether and when it had its effect. */
export interface Effect {
  readonly call: CallRecord;
  /** `none`: the call was rejected or never issued. `possible`: its answer was lost. */
  readonly certainty: 'none' | 'possible' | 'certain';
  /** Index of the first event at which it may have an effect. */
  readonly from: number;
  /** Index of the last event at which it may have an effect; `Infinity` if its answer was lost. */
  readonly to: number;
}

export function effectOf(call: CallRecord, { events }: History): Effect {
  const { result, outcome, delivered, invoked, ended = Infinity } = call;
  const from = delivered ?? invoked;
  if (outcome === 'ok') return { call, certainty: 'certain', from, to: ended };
  if (outcome === 'skipped') return { call, certainty: 'none', from, to: ended };
  // The canister has answered, and says itself that it does not know.
  if (result?.kind === 'error' && result.error === 'OutcomeUnknown')
    return { call, certainty: 'possible', from, to: ended };
  if (result?.kind === 'undecodable') return { call, certainty: 'possible', from, to: ended };
  if (outcome === 'fail' && !isOutcomeUnknown(result)) return { call, certainty: 'none', from, to: ended };
  const end = events[ended];
  // An upgrade removes the callbacks of a call, so that it has no effect after it.
  const isOver = end?.type === 'info' && end.reason.startsWith(CUT_SHORT);
  return { call, certainty: 'possible', from, to: isOver ? ended : Infinity };
}

/** Whether the first ends before the second starts. */
export function isBefore({ to }: Pick<Effect, 'to'>, { from }: Pick<Effect, 'from'>): boolean {
  return to < from;
}
