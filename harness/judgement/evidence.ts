/** What checkers read: the History, its calls, and where the model disagrees. Made once, shared by all. */
import type { Alternative } from '../../model/expected.js';
import { explain } from '../../model/explain.js';
import type { ContentOracle } from '../../model/oracle.js';
import { type LimitsInForce, limitsAfter } from '../../model/state.js';
import type { RuleName } from '../../targets/target.js';
import { type CallRecord, sessionOf } from '../history/calls.js';
import type { Disagreement, FollowedModel, FollowOptions } from './follow-model.js';
import type { History } from '../history/history.js';
import { isOutcomeUnknown } from '../history/rejects.js';
import type { Violation } from './verdict.js';

/** The calls about one session of the canister. */
export interface SessionCalls {
  readonly id: string;
  /** The `begin` that answered this id first; one of the same key may have been issued before it, and held up. */
  readonly begin: CallRecord;
  readonly owner: number;
  /** Index into the schedule's files. */
  readonly file: number;
  /** In bytes: the one in force when its `begin` was answered. */
  readonly chunkSize: number;
  /** Calls on it, in the order in which they were issued; `begin` is not among them. */
  readonly calls: readonly CallRecord[];
}

export interface Evidence {
  readonly history: History;
  readonly calls: readonly CallRecord[];
  readonly sessions: ReadonlyMap<string, SessionCalls>;
  readonly followed: FollowedModel;
  /** Follows the model once more, for what few need: tells the state possible after every event. */
  readonly follow: (onState: NonNullable<FollowOptions['onState']>) => void;
  readonly oracle: ContentOracle;
  /** In force at first. */
  readonly limits: LimitsInForce;
  /** Bytes that one message may hash at most, by the limits of any time. */
  readonly hashBytesPerCall: number;
  /** The least of it that any limits of the run leave one message. */
  readonly hashBytesPerCallMin: number;
}

/** Judges one rule; answers its first violation. */
export interface Checker {
  readonly name: RuleName;
  check(evidence: Evidence): Violation | undefined;
}

/**
 * Calls grouped by the session that the canister named.
 * @param chunkSizeAtFirst in bytes, for calls that know none
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
    // Not that of its request: an upgrade may have come between.
    const { chunkSize = chunkSizeAtFirst } = begin;
    sessions.set(result.sessionId, { id: result.sessionId, begin, owner, file, chunkSize, calls: [] });
  }
  for (const call of calls) {
    const id = sessionOf(call);
    if (id !== undefined) sessions.get(id)?.calls.push(call);
  }
  return sessions;
}

/** Index of the event that tells the end of a call; beyond the History if it has none. */
export function endOf({ ended }: CallRecord): number {
  return ended ?? Infinity;
}

/** Index of the event by which a call has had its effect, if it has one: never, for a call whose answer was lost. */
export function effectEndOf(call: CallRecord): number {
  return call.outcome !== 'skipped' && isOutcomeUnknown(call.result) ? Infinity : endOf(call);
}

/** Replica time of an event, in nanoseconds. */
export function timeOf({ events }: History, index: number): bigint {
  const event = events[index];
  if (event === undefined) throw new Error(`the History has no event ${index}`);
  return BigInt(event.timeNs);
}

/** The shortest time after which some session of the History may have expired, in nanoseconds. */
export function shortestTtlNs({ history, limits }: Evidence): bigint {
  let shortest = limits;
  for (const event of history.events) {
    if (event.type !== 'upgraded' || event.limits === undefined) continue;
    const after = limitsAfter(limits, event.limits);
    if (after.sessionTtlNs < shortest.sessionTtlNs) shortest = after;
  }
  return shortest.sessionTtlNs;
}

/** The first disagreement of the model that `isMeant` picks. */
export function firstDisagreement(
  { followed }: Evidence,
  isMeant: (disagreement: Disagreement) => boolean,
): Disagreement | undefined {
  return followed.disagreements.find(isMeant);
}

/** `Ok, because … or Conflict, because …`, at most three. */
export function expectedText(expected: readonly Alternative[], oracle: ContentOracle): string {
  const texts = [...new Set(expected.map((alternative) => explain(alternative, oracle)))];
  return texts.slice(0, 3).join(', or ');
}
