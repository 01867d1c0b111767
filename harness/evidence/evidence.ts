/** What checkers read: the history, its calls, and the disagreements with the model. Built once and shared by all checkers. */
import type { Alternative } from '../../model/expected.js';
import { explain } from '../../model/explain.js';
import type { ContentOracle } from '../../model/oracle.js';
import { type LimitsInForce, limitsAfter } from '../../model/state.js';
import type { RuleName } from '../../targets/target.js';
import { type CallRecord, sessionOf } from '../history/calls.js';
import type { Disagreement, FollowedModel, FollowOptions } from './follow-model.js';
import type { History } from '../history/history.js';
import { isOutcomeUnknown } from '../history/rejects.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Violation } from './verdict.js';

/** The calls on one session of the canister. */
export interface SessionCalls {
  readonly id: string;
  /** The `begin` that returned this id first. Another one with the same key may have been issued before it and delayed. */
  readonly begin: CallRecord;
  readonly owner: number;
  /** Index into the schedule's files. */
  readonly file: number;
  /** In bytes: the chunk size in force when its `begin` was answered. */
  readonly chunkSize: number;
  /** Calls on the session, in the order in which they were issued, without `begin`. */
  readonly calls: readonly CallRecord[];
}

export interface Evidence {
  readonly history: History;
  readonly calls: readonly CallRecord[];
  readonly sessions: ReadonlyMap<string, SessionCalls>;
  readonly followed: FollowedModel;
  /** Follows the history with the model once more and calls `onState` with the state after every event. Only some checkers need it. */
  readonly follow: (onState: NonNullable<FollowOptions['onState']>) => void;
  readonly oracle: ContentOracle;
  /** What the answers say about each upload, without the model. */
  readonly ledger: Ledger;
  /** The limits in force at the beginning. */
  readonly limits: LimitsInForce;
  /** The most bytes that one message may hash, under any limits of the run. */
  readonly hashBytesPerCall: number;
  /** The bytes that one message may hash under the smallest limit of the run. */
  readonly hashBytesPerCallMin: number;
}

/** Judges the rules of one name. Returns the first violation, or the first one of each kind. */
export interface Checker {
  readonly name: RuleName;
  check(evidence: Evidence): Violation | readonly Violation[] | undefined;
}

/**
 * Groups calls by the id of their session.
 * @param chunkSizeAtFirst in bytes, for calls that do not record one
 */
export function sessionsOf(
  calls: readonly CallRecord[],
  chunkSizeAtFirst: number,
): ReadonlyMap<string, SessionCalls> {
  const sessions = new Map<string, SessionCalls & { readonly calls: CallRecord[] }>();
  for (const begin of calls.toSorted((a, b) => endOf(a) - endOf(b))) {
    const { request, result } = begin;
    if (request?.op !== 'begin' || result?.kind !== 'begun' || sessions.has(result.sessionId)) continue;
    const { by: owner, file } = request;
    // Not the chunk size of the request: an upgrade may have changed it before the call was delivered.
    const { chunkSize = chunkSizeAtFirst } = begin;
    sessions.set(result.sessionId, { id: result.sessionId, begin, owner, file, chunkSize, calls: [] });
  }
  for (const call of calls) {
    const id = sessionOf(call);
    if (id !== undefined) sessions.get(id)?.calls.push(call);
  }
  return sessions;
}

/** Index of the event that ends a call; `Infinity` if there is none. */
export function endOf({ ended }: CallRecord): number {
  return ended ?? Infinity;
}

/** Index of the event by which a call has taken effect, if it has an effect. `Infinity` if its answer was lost: it may take effect at any time. */
export function effectEndOf(call: CallRecord): number {
  return call.outcome !== 'skipped' && isOutcomeUnknown(call.result) ? Infinity : endOf(call);
}

/** Replica time of an event, in nanoseconds. */
export function timeOf({ events }: History, index: number): bigint {
  const event = events[index];
  if (event === undefined) throw new Error(`the history has no event ${index}`);
  return BigInt(event.timeNs);
}

/** The shortest time to live that any session of the history may have, in nanoseconds. */
export function shortestTtlNs({ history, limits }: Evidence): bigint {
  let shortest = limits;
  for (const event of history.events) {
    if (event.type !== 'upgraded' || event.limits === undefined) continue;
    const after = limitsAfter(limits, event.limits);
    if (after.sessionTtlNs < shortest.sessionTtlNs) shortest = after;
  }
  return shortest.sessionTtlNs;
}

/** The first disagreement with the model that `isMeant` selects. */
export function firstDisagreement(
  { followed }: Evidence,
  isMeant: (disagreement: Disagreement) => boolean,
): Disagreement | undefined {
  return followed.disagreements.find(isMeant);
}

/** At most three alternatives as text: `Ok, because …, or Conflict, because …`. */
export function expectedText(expected: readonly Alternative[], oracle: ContentOracle): string {
  const texts = [...new Set(expected.map((alternative) => explain(alternative, oracle)))];
  return texts.slice(0, 3).join(', or ');
}
