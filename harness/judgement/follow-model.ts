/** One pass of the model over a History: what it expected at every answer that it does not allow. Checkers share it. */
import type { TimeSpan } from '../../model/spans.js';
import { isWide } from '../../model/operations.js';
import type { Alternative } from '../../model/expected.js';
import { applyUpgrade } from '../../model/apply.js';
import type { ContentOracle } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import { type ModelState, sessionPosition } from '../../model/state.js';
import { type CallRecord, isQuery, sessionOf } from '../history/calls.js';
import type { History, HistoryEvent } from '../history/history.js';
import {
  type Configuration,
  type PendingCall,
  BudgetExceeded,
  Lineariser,
  isRunning,
  withoutCall,
} from './linearise.js';
import { isOutcomeUnknown } from '../history/rejects.js';

/** An answer that no course of events allows. */
export interface Disagreement {
  readonly call: CallRecord;
  /** Index of the event that tells the answer. */
  readonly event: number;
  readonly result: Result;
  /** What would have been right, most likely first. */
  readonly expected: readonly Alternative[];
  /** Whether the model can no longer know what this session holds; what follows on it is not judged. */
  readonly isEffectUnknown: boolean;
}

/** A `stats` whose answer the model allows, and the one state that it then was about. */
export interface StatsSeen {
  readonly call: CallRecord;
  readonly state: ModelState;
  readonly time: TimeSpan;
}

export interface FollowedModel {
  readonly disagreements: readonly Disagreement[];
  readonly stats: readonly StatsSeen[];
  /** Whether the order of calls in flight had to be searched for and that took too long; then the rest is not judged. */
  readonly isBudgetExceeded: boolean;
}

export interface FollowOptions {
  /** Configurations looked at before the search gives up. */
  readonly exploredMax: number;
  /** Stop after the event at this index. */
  readonly until?: number;
  /** Told the state possible after every event (the first one, if the order leaves several). */
  readonly onState?: (event: HistoryEvent, state: ModelState) => void;
}

/** Follows the History from `initial` with the model. */
export function followModel(
  history: History,
  calls: readonly CallRecord[],
  initial: ModelState,
  oracle: ContentOracle,
  options: FollowOptions,
): FollowedModel {
  const follower = new Follower(history, calls, initial, new Lineariser(oracle, options.exploredMax));
  try {
    for (const event of history.events) {
      if (options.until !== undefined && event.index > options.until) break;
      follower.onEvent(event);
      options.onState?.(event, follower.state);
    }
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { ...follower.found, isBudgetExceeded: true };
  }
  return { ...follower.found, isBudgetExceeded: false };
}

class Follower {
  readonly #disagreements: Disagreement[] = [];
  readonly #stats: StatsSeen[] = [];
  #configurations: readonly Configuration[];
  readonly #calls = new Map<number, CallRecord>();
  readonly #pending = new Map<number, PendingCall>();
  /** What cuts a finish short: upgrades, and the canister being stopped. */
  readonly #upgrades: readonly number[];
  readonly #isOrdered: boolean;
  /** Sessions and callers of which the model no longer knows what the canister holds. */
  readonly #suspects = new Set<string>();
  /** Time of the latest sign of an executed round: a query may see the state, and the time, of then. */
  #roundNs: bigint | undefined;

  readonly #history: History;
  readonly #lineariser: Lineariser;

  constructor(history: History, calls: readonly CallRecord[], initial: ModelState, lineariser: Lineariser) {
    this.#history = history;
    this.#lineariser = lineariser;

    this.#configurations = [{ state: initial, taken: [], running: [] }];
    for (const call of calls) this.#calls.set(call.call, call);
    const cuts = history.events.filter(({ type }) => type === 'upgraded' || type === 'stopping');
    this.#upgrades = cuts.map(({ index }) => index);
    this.#isOrdered = calls.some(({ delivered }) => delivered !== undefined);
  }

  get found(): Pick<FollowedModel, 'disagreements' | 'stats'> {
    return { disagreements: this.#disagreements, stats: this.#stats };
  }

  get state(): ModelState {
    const [first] = this.#configurations;
    if (first === undefined) throw new Error('no course of events is left');
    return first.state;
  }

  onEvent(event: HistoryEvent): void {
    switch (event.type) {
      case 'invoke': {
        this.#onInvoke(event);
        return;
      }
      case 'delivered': {
        this.#onDelivered(event);
        return;
      }
      case 'ok':
      case 'fail':
      case 'info': {
        this.#onEnd(event);
        return;
      }
      case 'upgraded': {
        event.failure === undefined ? this.#onUpgrade(event) : undefined;
        return;
      }
      case 'stopping':
        this.#configurations = this.#configurations.map(({ state, taken, running }) => {
          return { state, taken, running: running.map((one) => ({ ...one, mayBeCut: true })) };
        });
        return;
    }
  }

  #onInvoke(event: Extract<HistoryEvent, { type: 'invoke' }>): void {
    const call = this.#calls.get(event.call);
    if (call?.request === undefined || call.delivered !== undefined || call.outcome === 'skipped') return;
    const now = BigInt(event.timeNs);
    const sinceNs = isQuery(call) && !this.#isOrdered ? (this.#roundNs ?? now) : now;
    this.#pending.set(call.call, this.#pendingCall(call, call.request, sinceNs));
  }

  #onDelivered(event: Extract<HistoryEvent, { type: 'delivered' }>): void {
    const call = this.#calls.get(event.call);
    if (call?.request === undefined) return;
    const now = BigInt(event.timeNs);
    const course = call.request.op === 'finish' && !this.#isAnsweredAtOnce(call) ? 'goes-on' : 'complete';
    this.#explain(call, this.#pendingCall(call, call.request, now), { from: now, to: now }, course);
    if (course === 'complete') this.#release(call);
  }

  #onEnd(event: Extract<HistoryEvent, { type: 'ok' | 'fail' | 'info' }>): void {
    const call = this.#calls.get(event.call);
    if (call?.request === undefined) return;
    const now = BigInt(event.timeNs);
    const pending = this.#pending.get(call.call);
    if (call.delivered !== undefined) {
      const running = this.#configurations.some((configuration) => isRunning(configuration, call));
      const asSeen = this.#pendingCall(call, call.request, now);
      if (running) this.#explain(call, asSeen, { from: now, to: now }, 'complete');
      this.#release(call);
    } else if (pending !== undefined && !isOutcomeUnknown(call.result)) {
      this.#pending.delete(call.call);
      this.#explain(call, pending, { from: pending.sinceNs, to: now }, 'complete');
      this.#release(call);
    }
    if (!isQuery(call)) this.#roundNs = now;
  }

  #onUpgrade(event: Extract<HistoryEvent, { type: 'upgraded' }>): void {
    const now = BigInt(event.timeNs);
    this.#roundNs = now;
    // Where the order is not told, a finish may have come to its end just before the upgrade, whenever its answer is seen.
    const before = this.#isOrdered
      ? this.#configurations
      : this.#lineariser.withCompletions(this.#configurations, now);
    this.#configurations = before.map(({ state, taken, running }) => ({
      state: applyUpgrade(state, event.limits),
      taken,
      running: running.map(({ pending }) => ({ pending, isCut: true })),
    }));
  }

  #explain(call: CallRecord, target: PendingCall, time: TimeSpan, course: 'complete' | 'goes-on'): void {
    const others =
      this.#pending.size === 0 ? NONE : [...this.#pending.values()].filter((one) => one.call !== call.call);
    const { configurations, expected } = this.#lineariser.explain(
      this.#configurations,
      target,
      others,
      time,
      course,
    );
    if (configurations.length > 0) {
      this.#configurations = configurations;
      const [only] = configurations;
      const isCertain = configurations.length === 1 && others.length === 0 && this.#suspects.size === 0;
      if (call.request?.op === 'stats' && only !== undefined && isCertain)
        this.#stats.push({ call, state: only.state, time });
      return;
    }
    this.#disagree(call, expected);
  }

  #disagree(call: CallRecord, expected: readonly Alternative[]): void {
    const { result, ended, request } = call;
    if (result === undefined || ended === undefined || request === undefined) return;
    const subjects = [
      sessionOf(call) ?? `caller ${request.by}`,
      ...(result.kind === 'begun' ? [result.sessionId] : []),
    ];
    const isFollowUp =
      subjects.some((subject) => this.#suspects.has(subject)) ||
      this.#isSuspectList(call) ||
      (this.#suspects.size > 0 && isWide(request.op));
    const hadEffect = result.kind !== 'error' && !isQuery(call);
    const isEffectUnknown = hadEffect || expected.some(({ expected }) => expected.kind !== 'error');
    if (!isFollowUp) this.#disagreements.push({ call, event: ended, result, expected, isEffectUnknown });
    if (isEffectUnknown) for (const subject of subjects) this.#suspects.add(subject);
  }

  /** A list cannot be right about sessions that the model lost sight of. */
  #isSuspectList({ request }: CallRecord): boolean {
    if (request?.op !== 'list' && request?.op !== 'begin') return false;
    const { state } = this;
    return [...this.#suspects].some((id) => state.sessions[sessionPosition(state, id)]?.owner === request.by);
  }

  /** Nothing that matters lies between the first message of the call and its answer. */
  #isAnsweredAtOnce({ delivered, ended }: CallRecord): boolean {
    if (delivered === undefined || ended === undefined) return false;
    for (let index = delivered + 1; index < ended; index++) {
      const type = this.#history.events[index]?.type;
      if (type !== 'metrics' && type !== 'log') return false;
    }
    return true;
  }

  #pendingCall(call: CallRecord, request: PendingCall['request'], sinceNs: bigint): PendingCall {
    const end = call.ended ?? Infinity;
    const mayBeCut = this.#upgrades.some((upgrade) => upgrade > call.invoked && upgrade < end);
    const isFree = call.delivered === undefined;
    return { call: call.call, request, result: call.result, sinceNs, isFree, mayBeCut };
  }

  #release({ call }: CallRecord): void {
    this.#configurations = this.#configurations.map((configuration) => withoutCall(configuration, call));
  }
}

const NONE: readonly PendingCall[] = [];
