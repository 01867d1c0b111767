/** Follows a history with the model, once for all checkers, and records every answer that the model does not allow. */
import type { TimeSpan } from '../../model/spans.js';
import { isWide } from '../../model/operations.js';
import type { Alternative } from '../../model/expected.js';
import { applyTimer, applyUpgrade } from '../../model/apply.js';
import type { ContentOracle } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import { type ModelState, sessionPosition } from '../../model/state.js';
import { type CallRecord, isQuery, sessionOf } from '../history/calls.js';
import type { History, HistoryEvent } from '../history/history.js';
import {
  type Configuration,
  type PendingCall,
  BudgetExceeded,
  LinearizationSearch,
  isRunning,
  afterCall,
} from './linearization.js';
import { isOutcomeUnknown } from '../history/rejects.js';

/** An answer that no linearization explains. */
export interface Disagreement {
  readonly call: CallRecord;
  /** Index of the event with the answer. */
  readonly event: number;
  readonly result: Result;
  /** What the answer could have been, most likely first. */
  readonly expected: readonly Alternative[];
  /** Whether the contents of the session are unknown from here on, so that later answers about it are not judged. */
  readonly isEffectUnknown: boolean;
}

/** A `stats` whose answer the model allows, with the only state that was possible then. */
export interface StatsSeen {
  readonly call: CallRecord;
  readonly state: ModelState;
  readonly time: TimeSpan;
}

export interface FollowedModel {
  readonly disagreements: readonly Disagreement[];
  readonly stats: readonly StatsSeen[];
  /** Whether the search for a linearization exceeded its budget. The rest of the history is not judged then. */
  readonly isBudgetExceeded: boolean;
}

export interface FollowOptions {
  /** Number of configurations to explore before the search gives up. */
  readonly exploredMax: number;
  /** Stop after the event at this index. */
  readonly until?: number;
  /** Called after every event with a possible state: the first one, if there are several linearizations. */
  readonly onState?: (event: HistoryEvent, state: ModelState) => void;
}

/** Follows the history with the model, from the state `initial`. */
export function followModel(
  history: History,
  calls: readonly CallRecord[],
  initial: ModelState,
  oracle: ContentOracle,
  options: FollowOptions,
): FollowedModel {
  const follower = new Follower(
    history,
    calls,
    initial,
    new LinearizationSearch(oracle, options.exploredMax),
  );
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
  /** Indices of the events that interrupt a finish: upgrades, and stops of the canister. */
  readonly #interruptions: readonly number[];
  readonly #isOrdered: boolean;
  /** Sessions and callers whose state in the canister is unknown after a disagreement. */
  readonly #suspects = new Set<string>();
  /** Time of the latest event that shows an executed round. A query may see the state and the time of that round. */
  #roundNs: bigint | undefined;

  readonly #history: History;
  readonly #search: LinearizationSearch;

  constructor(
    history: History,
    calls: readonly CallRecord[],
    initial: ModelState,
    search: LinearizationSearch,
  ) {
    this.#history = history;
    this.#search = search;

    this.#configurations = [{ state: initial, linearized: [], running: [] }];
    for (const call of calls) this.#calls.set(call.call, call);
    this.#interruptions = history.events
      .filter(({ type }) => type === 'upgraded' || type === 'stopping')
      .map(({ index }) => index);
    this.#isOrdered = calls.some(({ delivered }) => delivered !== undefined);
  }

  get found(): Pick<FollowedModel, 'disagreements' | 'stats'> {
    return { disagreements: this.#disagreements, stats: this.#stats };
  }

  get state(): ModelState {
    const [first] = this.#configurations;
    if (first === undefined) throw new Error('no configuration is left');
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
        if (event.failure === undefined) this.#onUpgrade(event);
        return;
      }
      case 'message': {
        if (event.kind === 'timer' && event.failure === undefined) this.#onTimer(event);
        return;
      }
      case 'stopping':
        this.#configurations = this.#configurations.map(({ state, linearized, running }) => {
          return { state, linearized, running: running.map((one) => ({ ...one, mayBeInterrupted: true })) };
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
    const progress = call.request.op === 'finish' && !this.#isAnsweredAtOnce(call) ? 'continues' : 'complete';
    this.#explain(call, this.#pendingCall(call, call.request, now), { from: now, to: now }, progress);
    if (progress === 'complete') this.#release(call);
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
    // If the history does not say when calls take effect, a finish may have ended just before the upgrade, even if its answer comes later.
    const before = this.#isOrdered
      ? this.#configurations
      : this.#search.withCompletions(this.#configurations, now);
    this.#configurations = before.map(({ state, linearized, running }) => ({
      state: applyUpgrade(state, event.limits),
      linearized,
      running: running.map(({ pending }) => ({ pending, isInterrupted: true })),
    }));
  }

  #onTimer(event: Extract<HistoryEvent, { type: 'message' }>): void {
    const now = BigInt(event.timeNs);
    this.#configurations = this.#configurations.map((configuration) => ({
      ...configuration,
      state: applyTimer(configuration.state, { from: now, to: now }),
    }));
  }

  #explain(call: CallRecord, target: PendingCall, time: TimeSpan, progress: 'complete' | 'continues'): void {
    const others =
      this.#pending.size === 0 ? NONE : [...this.#pending.values()].filter((one) => one.call !== call.call);
    const { configurations, expected } = this.#search.explain(
      this.#configurations,
      target,
      others,
      time,
      progress,
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

  /** Whether the call lists sessions whose state is unknown, so that its answer cannot be judged. */
  #isSuspectList({ request }: CallRecord): boolean {
    if (request?.op !== 'list' && request?.op !== 'begin') return false;
    const { state } = this;
    return [...this.#suspects].some((id) => state.sessions[sessionPosition(state, id)]?.owner === request.by);
  }

  /** Whether nothing that matters lies between the first message of the call and its answer. */
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
    const mayBeInterrupted = this.#interruptions.some((index) => index > call.invoked && index < end);
    const isUnordered = call.delivered === undefined;
    return { call: call.call, request, result: call.result, sinceNs, isUnordered, mayBeInterrupted };
  }

  #release({ call }: CallRecord): void {
    this.#configurations = this.#configurations.map((configuration) => afterCall(configuration, call));
  }
}

const NONE: readonly PendingCall[] = [];
