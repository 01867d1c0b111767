/**
 * Searches for linearizations: orders of the calls in flight that explain an answer. A call with a `delivered` event takes effect at that
 * event. Any other call takes effect at some point between its `invoke` and its end, so several states of the model may be possible at
 * the same time. Calls in flight are linearized just in time, when an answer has to be explained (Wing and Gong, "Testing and verifying
 * concurrent objects", 1993; Lowe, "Testing for linearizability", 2017).
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
import type { ModelState, SessionRecord } from '../../model/state.js';
import { isOutcomeUnknown } from '../history/rejects.js';

/** A call in flight, as the search sees it. */
export interface PendingCall {
  readonly call: number;
  readonly request: ModelRequest;
  /** Its answer, which comes later in the history; `undefined` if it was never seen. */
  readonly result: Result | undefined;
  /** Earliest time of its effect, in nanoseconds. */
  readonly sinceNs: bigint;
  /** The history does not say when it takes effect. */
  readonly isUnordered: boolean;
  /** An upgrade or a stop comes between its `invoke` and its end. */
  readonly mayBeInterrupted: boolean;
}

/** A finish whose session is Finishing. */
interface Running {
  readonly pending: PendingCall;
  readonly isInterrupted: boolean;
  /** The canister was stopped in the meantime, so the remaining messages of the finish may have been refused. */
  readonly mayBeInterrupted?: boolean;
}

/** One linearization of the calls so far, and the state that it leads to. */
export interface Configuration {
  readonly state: ModelState;
  /** Calls that have taken effect and have not ended. */
  readonly linearized: readonly number[];
  /** Finishes of several messages that have begun. */
  readonly running: readonly Running[];
}

/** The result of explaining one answer. If no configuration is left, no linearization explains the answer, and `expected` holds what would. */
export interface Explained {
  readonly configurations: readonly Configuration[];
  readonly expected: readonly Alternative[];
}

export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** How far a call has come: it is complete, it continues (a finish of several messages), or either is possible. */
export type Progress = 'complete' | 'continues' | 'either';

export class LinearizationSearch {
  #explored = 0;

  readonly #oracle: ContentOracle;
  readonly #exploredMax: number;

  /** @param exploredMax number of configurations to explore before the search gives up with `BudgetExceeded` */
  constructor(oracle: ContentOracle, exploredMax: number) {
    this.#oracle = oracle;
    this.#exploredMax = exploredMax;
  }

  /** Explains the answer of `target`, which takes effect at `time`. Calls of `others` may have taken effect before it. */
  explain(
    from: readonly Configuration[],
    target: PendingCall,
    others: readonly PendingCall[],
    time: TimeSpan,
    progress: Progress,
  ): Explained {
    const [only] = from;
    if (from.length === 1 && only !== undefined && others.length === 0)
      return this.#linearize(only, target, time, progress);
    const near = relatedTo(target, others, from);
    const explained = this.#search(from, target, near, time, progress);
    if (explained.configurations.length > 0 || near.length === others.length) return explained;
    return this.#search(from, target, others, time, progress);
  }

  /** Adds the configurations in which running finishes have ended by `now`. */
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
    progress: Progress,
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
      const step = this.#linearize(current, target, time, progress);
      for (const next of step.configurations) found.set(fingerprint(next), next);
      expected.push(...step.expected);
      if (current.linearized.includes(target.call) && !isRunning(current, target)) continue;
      if (target.isUnordered) stack.push(...this.#begun(current, target, time));
      for (const other of others) {
        const span = { from: other.sinceNs, to: time.to };
        if (current.linearized.includes(other.call) && !isRunning(current, other)) continue;
        stack.push(...this.#linearize(current, other, span, 'either').configurations);
      }
    }
    return { configurations: [...found.values()], expected };
  }

  /** The configurations in which a finish has begun and continues for several messages, so that others may take effect meanwhile. */
  #begun(configuration: Configuration, pending: PendingCall, time: TimeSpan): readonly Configuration[] {
    if (pending.request.op !== 'finish' || configuration.linearized.includes(pending.call)) return [];
    const { configurations } = this.#linearize(configuration, pending, time, 'continues');
    return configurations.filter((one) => isRunning(one, pending));
  }

  /** All configurations in which `pending` takes effect after `configuration`, consistent with its answer. */
  #linearize(
    configuration: Configuration,
    pending: PendingCall,
    time: TimeSpan,
    progress: Progress,
  ): Explained {
    const running = configuration.running.find((one) => one.pending.call === pending.call);
    if (running !== undefined) return this.#complete(configuration, running, time);
    if (configuration.linearized.includes(pending.call))
      return { configurations: [configuration], expected: [] };
    const { state } = configuration;
    const alternatives = apply(state, pending.request, time, this.#oracle);
    const configurations: Configuration[] = [];
    for (const alternative of alternatives) {
      if (progress !== 'continues' || alternative.meanwhile === undefined) {
        for (const next of this.#outcomes(state, alternative, pending)) {
          configurations.push(withLinearized(configuration, next, pending));
        }
      }
      if (progress !== 'complete' && alternative.meanwhile !== undefined) {
        const started = withLinearized(configuration, alternative.meanwhile, pending);
        configurations.push({ ...started, running: [...started.running, { pending, isInterrupted: false }] });
      }
    }
    if (pending.mayBeInterrupted && pending.request.op === 'finish' && configurations.length === 0) {
      const next = accept(cutShort(state), pending.result ?? UNSEEN, this.#oracle);
      if (next !== undefined) configurations.push(withLinearized(configuration, next, pending));
    }
    return { configurations, expected: alternatives };
  }

  #complete(configuration: Configuration, running: Running, time: TimeSpan): Explained {
    const { pending, isInterrupted } = running;
    const { request } = pending;
    const { state } = configuration;
    if (request.op !== 'finish') throw new Error(`${request.op} never takes several messages`);
    // An upgrade has already reset the session.
    const fallen = isInterrupted ? state : fallBack(state, request.sessionId);
    const alternatives = [
      ...(isInterrupted ? [] : [finishAfterAll(state, request, time, this.#oracle)]),
      ...(isInterrupted || running.mayBeInterrupted === true ? [cutShort(fallen)] : []),
    ];
    const others = configuration.running.filter((one) => one !== running);
    const configurations = alternatives
      .flatMap((alternative) => this.#outcomes(fallen, alternative, pending))
      .map((next) => ({ state: next, linearized: configuration.linearized, running: others }));
    return { configurations, expected: alternatives };
  }

  /** The states that are possible after `alternative` and the answer. A call without effect leaves the state `unchanged`. */
  #outcomes(unchanged: ModelState, alternative: Alternative, { result }: PendingCall): readonly ModelState[] {
    if (result === undefined || isOutcomeUnknown(result)) {
      return alternative.next === unchanged ? [unchanged] : [alternative.next, unchanged];
    }
    if (result.kind === 'rejected') return [unchanged];
    const next = accept(alternative, result, this.#oracle);
    return next === undefined ? [] : [next];
  }
}

/** A result that matches no alternative. */
const UNSEEN: Result = { kind: 'undecodable', text: '' };

export function isRunning(configuration: Configuration, { call }: { readonly call: number }): boolean {
  return configuration.running.some(({ pending }) => pending.call === call);
}

/** The configuration once `call` has ended. */
export function afterCall(configuration: Configuration, call: number): Configuration {
  if (!configuration.linearized.includes(call)) return configuration;
  return {
    state: configuration.state,
    linearized: configuration.linearized.filter((one) => one !== call),
    running: configuration.running.filter(({ pending }) => pending.call !== call),
  };
}

function withLinearized(
  configuration: Configuration,
  state: ModelState,
  { call }: PendingCall,
): Configuration {
  return { state, linearized: [...configuration.linearized, call], running: configuration.running };
}

/** Calls whose order relative to `target` can matter, directly or through other calls. */
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

/** Equal for configurations that no later event can distinguish. */
function fingerprint({ state, linearized, running }: Configuration): string {
  const parts = [
    ...state.sessions.map((session) => textOnce(session, sessionParts)),
    textOnce(state.memories, itself),
    textOnce(state.http, itself),
    String([...linearized].sort()),
    ...running.map(
      ({ pending, isInterrupted, mayBeInterrupted = false }) =>
        `${pending.call} ${isInterrupted} ${mayBeInterrupted}`,
    ),
  ];
  // No part contains a line break, and the parts of different lists differ in form.
  return parts.join('\n');
}

/** The texts of parts of states. States are immutable and share unchanged parts, and a search asks for each of them often. */
const texts = new WeakMap<object, string>();

function textOnce<Part extends object>(part: Part, distinguishing: (part: Part) => unknown): string {
  let text = texts.get(part);
  if (text === undefined) {
    text = JSON.stringify(distinguishing(part), (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    texts.set(part, text);
  }
  return text;
}

function itself(part: unknown): unknown {
  return part;
}

function sessionParts(session: SessionRecord): readonly unknown[] {
  const { id, state, updated, ended, finish, isGone, isCleaned, owner, key, file } = session;
  return [
    id,
    state,
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
    session.chunks.map((chunk) => chunk && [chunk.source, chunk.start, chunk.end, chunk.flip]),
  ];
}
