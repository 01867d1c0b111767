/**
 * The subnet's life: accepts ingress messages, makes a block again and again on its own, and tells who waits for an
 * answer. This is the one place of the room with timers.
 */
import type { Call, Outcome, Reject } from '../../replicas/replica.js';
import type { CanisterFacts, IcBackend, SubnetMetrics } from './backend.js';
import { toHex } from './bytes.js';
import { CertifiedState } from './certified-state.js';
import type { CanisterRequest } from './envelope.js';
import { HttpError } from '../http/reply.js';
import { IngressHistory } from './ingress-history.js';
import { principalToText } from './principals.js';
import { createStateTreeBuilder, type StateTreeBuilder } from './state-tree.js';
import type { SubnetIdentity } from './subnet-identity.js';

export interface ChainOptions {
  /** Milliseconds from one block to the next; 0: a block as soon as something is submitted. */
  readonly blockTimeMs: number;
  /** With `blockTimeMs` 0: milliseconds between blocks while nothing is submitted, for canisters' timers and a fresh
   * certified time. */
  readonly idleBlockMs: number;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
}

export type Acceptance =
  | { readonly kind: 'accepted' }
  /** Seen before and not submitted again. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reject: Reject };

/** Wait before trying again a round in which nothing ran although messages are open (they wait for a timer). */
const STALLED_ROUND_MS = 20;
/** While one block takes longer than this (a message of seconds), states in between keep the time fresh. */
const INTERIM_STATE_MS = 1_000;
/** A state older than this (the process slept) is renewed before it is read: agents refuse 5 minutes. */
const STATE_AGE_NS_MAX = 30_000_000_000n;

export function callOf(request: CanisterRequest): Call {
  return {
    canister: principalToText(request.canister),
    method: request.method,
    arg: request.arg,
    caller: principalToText(request.sender),
  };
}

export class Chain {
  readonly history = new IngressHistory();
  readonly #backend: IcBackend;
  readonly #identity: SubnetIdentity;
  readonly #options: ChainOptions;
  readonly #buildTree: StateTreeBuilder;
  readonly #waiting = new Map<string, Set<() => void>>();
  #state: CertifiedState | undefined;
  /** As of the latest block. */
  #metrics: SubnetMetrics | undefined;
  #failure: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #block: Promise<void> | undefined;
  /** Something was submitted since the last block began. */
  #submitted = false;
  #stopped = false;

  constructor(backend: IcBackend, identity: SubnetIdentity, options: ChainOptions) {
    this.#backend = backend;
    this.#identity = identity;
    this.#options = options;
    this.#buildTree = createStateTreeBuilder(backend.subnet, identity);
  }

  /** Makes the first block. Rejects when the backend cannot. */
  async start(): Promise<void> {
    await this.#makeBlock();
    this.#planNext(0, 0);
  }

  /** Lets a running block finish and makes no other; who waits is told that there is no answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#tellAll();
    await this.#block;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  /** The latest state, renewed when it is too old to be believed. Throws HttpError 503 when there is none. */
  async state(): Promise<CertifiedState> {
    this.#checkHealth();
    const age = this.#options.now() - (this.#state?.timeNs ?? 0n);
    if (age > STATE_AGE_NS_MAX && !this.#stopped) {
      if (this.#block) this.#publishInterim();
      else await this.#run();
    }
    this.#checkHealth();
    if (!this.#state) throw new HttpError(503, 'Certified state is not available yet. Please try again...');
    return this.#state;
  }

  /**
   * The state that the backend is in, for who asks the backend itself: no block is under way, and none begins before the caller
   * waits for something else. A query on a newer state than its certificate's would find certified data that it does not fit.
   */
  async settledState(): Promise<CertifiedState> {
    for (;;) {
      const state = await this.state();
      if (!this.#block) return state;
      await this.#block;
    }
  }

  /** `request` must be authenticated. A request that was seen before is not submitted again. */
  async submit(request: CanisterRequest): Promise<Acceptance> {
    this.#checkHealth();
    if (this.history.get(request.requestId)) return { kind: 'known' };
    const call = callOf(request);
    const record = this.history.add({
      requestId: request.requestId,
      sender: call.caller,
      receiver: call.canister,
      expiry: request.ingressExpiry,
    });
    try {
      const submission = await this.#backend.submit(call);
      if (submission.kind === 'refused') {
        this.history.forget(record);
        return submission;
      }
      record.messageId = submission.id;
    } catch (error) {
      this.history.forget(record);
      throw error;
    }
    this.#submitted = true;
    if (this.#options.blockTimeMs === 0) this.#soon();
    return { kind: 'accepted' };
  }

  /** True when the request is answered within `timeoutMs`. Throws HttpError 503 when the backend fails meanwhile. */
  async answered(requestId: Uint8Array, timeoutMs: number): Promise<boolean> {
    const mayWait = !this.#stopped && !this.history.isTerminal(requestId);
    if (mayWait) await this.#answer(toHex(requestId), timeoutMs);
    this.#checkHealth();
    return this.history.isTerminal(requestId);
  }

  /** What an accepted request was answered; undefined while it is not, or when the answer was dropped since. */
  async outcome(requestId: Uint8Array): Promise<Outcome | undefined> {
    const id = this.history.isTerminal(requestId) ? this.history.get(requestId)?.messageId : undefined;
    const status = id === undefined ? undefined : await this.#backend.status(id);
    return typeof status === 'object' ? status : undefined;
  }

  #answer(hex: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const listeners = this.#waiting.get(hex) ?? new Set();
      const finish = (): void => {
        clearTimeout(timer);
        listeners.delete(finish);
        if (listeners.size === 0) this.#waiting.delete(hex);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#waiting.set(hex, listeners.add(finish));
    });
  }

  #checkHealth(): void {
    if (this.#failure === undefined) return;
    throw new HttpError(
      503,
      `Replica is unhealthy: ${this.#failure}. Check the /api/v2/status for more information.`,
    );
  }

  /** After the requests that arrived together: they share the block and its signature. */
  #soon(): void {
    if (this.#stopped || this.#block || this.#immediate) return;
    this.#immediate = setImmediate(() => void this.#run());
  }

  #plan(delayMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), delayMs);
  }

  /** One block, or the one that is being made; then plans the next. Never rejects. */
  async #run(): Promise<void> {
    if (this.#block) return this.#block;
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    clearTimeout(this.#timer);
    const begun = performance.now();
    let executed = 0;
    this.#block = this.#makeBlock()
      .then((count) => void (executed = count))
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error.message : String(error);
        this.#stopped = true;
        this.#tellAll();
      });
    await this.#block;
    this.#block = undefined;
    this.#planNext(executed, performance.now() - begun);
  }

  #planNext(executed: number, tookMs: number): void {
    const { blockTimeMs, idleBlockMs } = this.#options;
    const open = this.history.open().length > 0;
    if (blockTimeMs > 0) this.#plan(Math.max(0, blockTimeMs - tookMs));
    else if (this.#submitted || (open && executed > 0)) this.#soon();
    else this.#plan(open ? Math.min(STALLED_ROUND_MS, idleBlockMs) : idleBlockMs);
  }

  /** Executes a round and publishes the state after it. Resolves to the number of messages that ran. */
  async #makeBlock(): Promise<number> {
    this.#submitted = false;
    const batch = this.history.open();
    const timeNs = this.#nextTimeNs();
    const interim = setInterval(() => this.#publishInterim(), INTERIM_STATE_MS);
    try {
      const { executed } = await this.#backend.round(timeNs);
      const [canisters, metrics, ...statuses] = await Promise.all([
        this.#backend.canisters(),
        this.#backend.metrics(),
        ...batch.map(({ messageId }) => this.#backend.status(messageId)),
      ]);
      // From here on nothing waits: whoever sees a request answered also sees the state that says so.
      for (const [index, record] of batch.entries()) this.history.update(record, statuses[index]!);
      this.history.prune(timeNs);
      this.#metrics = metrics;
      this.#publish(timeNs, canisters, metrics);
      for (const record of batch) this.#tell(record.requestId);
      return executed;
    } finally {
      clearInterval(interim);
    }
  }

  /** The machine's time, unless a state is as new. */
  #nextTimeNs(): bigint {
    const now = this.#options.now();
    const after = this.#state?.timeNs ?? 0n;
    return now > after ? now : after + 1n;
  }

  #publish(blockTimeNs: bigint, canisters: readonly CanisterFacts[], metrics: SubnetMetrics): void {
    // States in between may be newer than the time at which the block began.
    const after = this.#state?.timeNs ?? 0n;
    const timeNs = blockTimeNs > after ? blockTimeNs : after + 1n;
    const root = this.#buildTree({
      timeNs,
      requestStatus: this.history.tree,
      canisters,
      metrics,
      previousRootHash: this.#state?.rootHash,
    });
    const height = (this.#state?.height ?? 0) + 1;
    this.#state = new CertifiedState({ height, timeNs, canisters, root, key: this.#identity.key });
  }

  /**
   * What is known while a block is under way: the canisters as before it, a new time, and that its messages are in it. So a
   * message of minutes is no lost one to who asks, and agents do not find the state too old. On the IC the rounds of the
   * other canisters go on meanwhile, and their states say the same.
   */
  #publishInterim(): void {
    if (!this.#state || !this.#metrics) return;
    for (const record of this.history.open())
      if (record.status === 'pooled') this.history.update(record, 'received');
    this.#publish(this.#nextTimeNs(), [...this.#state.canisters.values()], this.#metrics);
  }

  #tellAll(): void {
    for (const listeners of this.#waiting.values()) for (const tell of listeners) tell();
  }

  #tell(requestId: Uint8Array): void {
    if (!this.history.isTerminal(requestId)) return;
    for (const tell of this.#waiting.get(toHex(requestId)) ?? []) tell();
  }
}
