/**
 * Which states of the model are possible. A call whose `delivered` event is in the History takes effect there. Any other takes
 * effect at some point between its `invoke` and its end, so that several states may be possible at once: calls in flight are
 * put in order just in time, when an answer has to be explained (Wing and Gong; Lowe, "Testing for linearizability").
 */
import type { TimeSpan } from '../../model/spans.js';
import { touches, type SharedState } from '../../model/operations.js';
import { accept } from '../../model/accept.js';
import type { Alternative } from '../../model/expected.js';
import { apply } from '../../model/apply.js';
import { cutShort, fallBack, finishAfterAll } from '../../model/finish.js';
import type { ContentOracle } from '../../model/oracle.js';
import type { ModelRequest } from '../../model/request.js';
import type { Result } from '../../model/result.js';
import type { ModelState } from '../../model/state.js';
import { isOutcomeUnknown } from '../history/rejects.js';

/** A call as the search sees it. */
export interface PendingCall {
  readonly call: number;
  readonly request: ModelRequest;
  /** What it will answer; undefined if that was never seen. */
  readonly result: Result | undefined;
  /** Earliest instant of its effect, in nanoseconds. */
  readonly sinceNs: bigint;
  /** The replica does not tell when it takes effect. */
  readonly isFree: boolean;
  /** An upgrade came between its beginning and its end. */
  readonly mayBeCut: boolean;
}

/** A finish whose session is Finishing. */
interface Running {
  readonly pending: PendingCall;
  readonly isCut: boolean;
  /** The canister stopped meanwhile: what the finish still asked of it may have been refused, or not. */
  readonly mayBeCut?: boolean;
}

/** One possible course of events. */
export interface Configuration {
  readonly state: ModelState;
  /** Calls that have taken effect and have not ended. */
  readonly taken: readonly number[];
  readonly running: readonly Running[];
}

/** What explaining one answer led to. Without configurations the answer contradicts every course of events: `expected`. */
export interface Explained {
  readonly configurations: readonly Configuration[];
  readonly expected: readonly Alternative[];
}

export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** How a call takes effect: it must have answered, it may go on (a finish of several messages), or both are possible. */
export type CallProgress = 'complete' | 'goes-on' | 'either';

export class Lineariser {
  #explored = 0;

  readonly #oracle: ContentOracle;
  readonly #exploredMax: number;

  /** @param exploredMax How many configurations may be looked at before the search gives up with `BudgetExceeded`. */
  constructor(oracle: ContentOracle, exploredMax: number) {
    this.#oracle = oracle;
    this.#exploredMax = exploredMax;
  }

  /** `target` takes effect at `time`; calls of `others` may have done so before. */
  explain(
    from: readonly Configuration[],
    target: PendingCall,
    others: readonly PendingCall[],
    time: TimeSpan,
    course: CallProgress,
  ): Explained {
    const [only] = from;
    if (from.length === 1 && only !== undefined && others.length === 0)
      return this.#take(only, target, time, course);
    const near = relatedTo(target, others, from);
    const explained = this.#search(from, target, near, time, course);
    if (explained.configurations.length > 0 || near.length === others.length) return explained;
    return this.#search(from, target, others, time, course);
  }

  /** The configurations, and those in which finishes that are running have come to their end by `now`. */
  withCompletions(from: readonly Configuration[], now: bigint): readonly Configuration[] {
    const found = new Map(from.map((one) => [fingerprint(one), one]));
    for (const configuration of found.values()) {
      if (++this.#explored > this.#exploredMax) throw new BudgetExceeded();
      for (const running of configuration.running) {
        const time = { from: running.pending.sinceNs, to: now };
        for (const next of this.#complete(configuration, running, time).configurations)
          found.set(fingerprint(next), next);
      }
    }
    return [...found.values()];
  }

  #search(
    from: readonly Configuration[],
    target: PendingCall,
    others: readonly PendingCall[],
    time: TimeSpan,
    course: CallProgress,
  ): Explained {
    const found = new Map<string, Configuration>();
    const expected: Alternative[] = [];
    const seen = new Set<string>();
    const stack = [...from];
    for (let current = stack.pop(); current !== undefined; current = stack.pop()) {
      const key = fingerprint(current);
      if (seen.has(key)) continue;
      seen.add(key);
      if (++this.#explored > this.#exploredMax) throw new BudgetExceeded();
      const taken = this.#take(current, target, time, course);
      for (const next of taken.configurations) found.set(fingerprint(next), next);
      expected.push(...taken.expected);
      if (current.taken.includes(target.call) && !isRunning(current, target)) continue;
      if (target.isFree) stack.push(...this.#begun(current, target, time));
      for (const other of others) {
        const span = { from: other.sinceNs, to: time.to };
        if (current.taken.includes(other.call) && !isRunning(current, other)) continue;
        stack.push(...this.#take(current, other, span, 'either').configurations);
      }
    }
    return { configurations: [...found.values()], expected };
  }

  /** The ways in which a finish can go on for several messages, during which others may take effect. */
  #begun(configuration: Configuration, pending: PendingCall, time: TimeSpan): readonly Configuration[] {
    if (pending.request.op !== 'finish' || configuration.taken.includes(pending.call)) return [];
    const { configurations } = this.#take(configuration, pending, time, 'goes-on');
    return configurations.filter((one) => isRunning(one, pending));
  }

  /** All ways in which `pending` can take effect in `configuration` with the answer that it will give. */
  #take(configuration: Configuration, pending: PendingCall, time: TimeSpan, course: CallProgress): Explained {
    const running = configuration.running.find((one) => one.pending.call === pending.call);
    if (running !== undefined) return this.#complete(configuration, running, time);
    if (configuration.taken.includes(pending.call)) return { configurations: [configuration], expected: [] };
    const { state } = configuration;
    const alternatives = apply(state, pending.request, time, this.#oracle);
    const configurations: Configuration[] = [];
    for (const alternative of alternatives) {
      if (course !== 'goes-on' || alternative.meanwhile === undefined) {
        for (const next of this.#outcomes(state, alternative, pending)) {
          configurations.push(withTaken(configuration, next, pending));
        }
      }
      if (course !== 'complete' && alternative.meanwhile !== undefined) {
        const started = withTaken(configuration, alternative.meanwhile, pending);
        configurations.push({ ...started, running: [...started.running, { pending, isCut: false }] });
      }
    }
    if (pending.mayBeCut && pending.request.op === 'finish' && configurations.length === 0) {
      const next = accept(cutShort(state), pending.result ?? UNSEEN, this.#oracle);
      if (next !== undefined) configurations.push(withTaken(configuration, next, pending));
    }
    return { configurations, expected: alternatives };
  }

  #complete(configuration: Configuration, running: Running, time: TimeSpan): Explained {
    const { pending, isCut } = running;
    const { request } = pending;
    const { state } = configuration;
    if (request.op !== 'finish') throw new Error(`${request.op} never takes several messages`);
    // At an upgrade the session has fallen back already.
    const fallen = isCut ? state : fallBack(state, request.sessionId);
    const alternatives = [
      ...(isCut ? [] : [finishAfterAll(state, request, time, this.#oracle)]),
      ...(isCut || running.mayBeCut === true ? [cutShort(fallen)] : []),
    ];
    const others = configuration.running.filter((one) => one !== running);
    const configurations = alternatives
      .flatMap((alternative) => this.#outcomes(fallen, alternative, pending))
      .map((next) => ({ state: next, taken: configuration.taken, running: others }));
    return { configurations, expected: alternatives };
  }

  /** The states that `alternative` and the answer leave possible; `unchanged` where the call had no effect. */
  #outcomes(unchanged: ModelState, alternative: Alternative, { result }: PendingCall): readonly ModelState[] {
    if (result === undefined || isOutcomeUnknown(result)) {
      return alternative.next === unchanged ? [unchanged] : [alternative.next, unchanged];
    }
    if (result.kind === 'rejected') return [unchanged];
    const next = accept(alternative, result, this.#oracle);
    return next === undefined ? [] : [next];
  }
}

/** A result that nothing accepts. */
const UNSEEN: Result = { kind: 'undecodable', text: '' };

export function isRunning(configuration: Configuration, { call }: { readonly call: number }): boolean {
  return configuration.running.some(({ pending }) => pending.call === call);
}

/** The configuration once `call` has ended. */
export function withoutCall(configuration: Configuration, call: number): Configuration {
  if (!configuration.taken.includes(call)) return configuration;
  return {
    state: configuration.state,
    taken: configuration.taken.filter((one) => one !== call),
    running: configuration.running.filter(({ pending }) => pending.call !== call),
  };
}

function withTaken(configuration: Configuration, state: ModelState, { call }: PendingCall): Configuration {
  return { state, taken: [...configuration.taken, call], running: configuration.running };
}

/** Calls whose order can matter for `target`, directly or through one another. */
function relatedTo(
  target: PendingCall,
  others: readonly PendingCall[],
  from: readonly Configuration[],
): readonly PendingCall[] {
  const owners = new Map<string, number>();
  for (const { state } of from) {
    for (const { id, owner } of state.sessions) if (id !== undefined) owners.set(id, owner);
  }
  const related = new Set<PendingCall>([target]);
  for (const one of related) {
    for (const other of others) if (isRelated(one.request, other.request, owners)) related.add(other);
  }
  related.delete(target);
  return others.filter((other) => related.has(other));
}

function isRelated(a: ModelRequest, b: ModelRequest, owners: ReadonlyMap<string, number>): boolean {
  const bothTouch = (state: SharedState): boolean => touches(a.op, state) && touches(b.op, state);
  const oneTouches = (state: SharedState): boolean => touches(a.op, state) || touches(b.op, state);
  if (oneTouches('canister')) return true;
  if ('sessionId' in a && 'sessionId' in b) return a.sessionId === b.sessionId;
  // A memory depends on what other memories refer to, and on the finishes that made their blobs; strangers ask for both too.
  if (bothTouch('memories')) return true;
  const ownerOf = (request: ModelRequest): number | undefined =>
    'sessionId' in request ? owners.get(request.sessionId) : request.by;
  if (ownerOf(a) !== ownerOf(b)) return false;
  // A begin depends on keys and on the number of active sessions, which only few operations change; a list depends on the begins.
  return oneTouches('own sessions') || bothTouch('keys');
}

/** Equal for configurations that cannot be told apart from here on. */
function fingerprint({ state, taken, running }: Configuration): string {
  const sessions = state.sessions.map((session) => {
    const chunks = session.chunks.map((chunk) => chunk && [chunk.source, chunk.start, chunk.end, chunk.flip]);
    const { id, state: name, updated, ended, finish, isGone, isCleaned, owner, key, file } = session;
    return [
      id,
      name,
      session.bytes,
      session.chunkSize,
      `${session.sessionTtlNs} ${session.recordTtlNs}`,
      `${updated.from} ${updated.to}`,
      `${ended?.from} ${ended?.to}`,
      finish,
      isGone,
      isCleaned,
      owner,
      key,
      file,
      chunks,
    ];
  });
  const goingOn = running.map(({ pending, isCut, mayBeCut = false }) => [pending.call, isCut, mayBeCut]);
  const parts = [sessions, state.memories, state.http, [...taken].sort(), goingOn];
  return JSON.stringify(parts, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}
