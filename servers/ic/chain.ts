/**
 * The subnet's blocks: accepts ingress messages, makes blocks continuously, and notifies callers that wait for an answer. No other file
 * of this folder has timers, except for shutdown.
 */
import type { Call, Outcome } from '../../replicas/replica.js';
import type { CanisterFacts, IcBackend, SubnetMetrics } from './backend.js';
import { toHex } from '../../certification/bytes.js';
import { CertifiedState } from './certified-state.js';
import type { Acceptance, ChainView } from './chain-view.js';
import type { CanisterRequest } from './envelope.js';
import { HttpError } from '../http/reply.js';
import { IngressHistory } from './ingress-history.js';
import { principalToBytes, principalToText } from './principals.js';
import { createStateTreeBuilder, type StateTreeBuilder, type SubnetRecord } from './state-tree.js';
import type { SubnetIdentity } from './subnet-identity.js';

export interface ChainOptions {
  /** Milliseconds between blocks. 0: a block as soon as a message is submitted. */
  readonly blockTimeMs: number;
  /** With `blockTimeMs` 0: milliseconds between blocks without a message. They run canister timers and renew the certified time. */
  readonly idleBlockMs: number;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
}

/** Wait after a round that executed no message although messages are open: they wait for a canister's timer. */
const STALLED_ROUND_MS = 20;
/** Interval of the interim states of a block that takes long, which renew the certified time. */
const INTERIM_STATE_MS = 1_000;
/** A state older than this is renewed before it is read, for example after the process slept. Agents reject states older than 5 minutes. */
const STATE_AGE_NS_MAX = 30_000_000_000n;

export function callOf(request: CanisterRequest): Call {
  return {
    canister: principalToText(request.canister),
    method: request.method,
    arg: request.arg,
    caller: principalToText(request.sender),
  };
}

/** This server's network has a single subnet. */
function subnetRecordOf({ subnet }: IcBackend, { id, key }: SubnetIdentity): SubnetRecord {
  const ranges = subnet.canisterRanges.map(
    ([from, to]) => [principalToBytes(from), principalToBytes(to)] as const,
  );
  return { id, publicKeyDer: key.publicKeyDer, ranges };
}

export class Chain implements ChainView {
  readonly history = new IngressHistory();
  readonly #backend: IcBackend;
  readonly #identity: SubnetIdentity;
  readonly #options: ChainOptions;
  readonly #buildTree: StateTreeBuilder;
  readonly #subnets: readonly SubnetRecord[];
  readonly #waiting = new Map<string, Set<() => void>>();
  #state: CertifiedState | undefined;
  /** As of the latest block. */
  #metrics: SubnetMetrics | undefined;
  #failure: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #block: Promise<void> | undefined;
  /** True if a message was submitted since the last block started. */
  #hasSubmitted = false;
  #stopped = false;

  constructor(backend: IcBackend, identity: SubnetIdentity, options: ChainOptions) {
    this.#backend = backend;
    this.#identity = identity;
    this.#options = options;
    this.#buildTree = createStateTreeBuilder(identity);
    this.#subnets = [subnetRecordOf(backend, identity)];
  }

  /** Makes the first block. Rejects if the backend cannot. */
  async start(): Promise<void> {
    await this.#makeBlock();
    this.#scheduleNext(0, 0);
  }

  /** Waits for the running block and makes no other. Callers that wait get no answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#notifyAll();
    await this.#block;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  /** Returns the latest state, and renews it first if it is too old. @throws {HttpError} 503 if there is none */
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
   * Returns the state that the backend is in, for callers that query the backend. No block is running, and none starts before the caller
   * awaits something else. Otherwise a query could run on a newer state than that of its data certificate.
   */
  async settledState(): Promise<CertifiedState> {
    for (;;) {
      const state = await this.state();
      if (!this.#block) return state;
      await this.#block;
    }
  }

  /** `request` must be authenticated. A duplicate is not submitted again. */
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
    this.#hasSubmitted = true;
    if (this.#options.blockTimeMs === 0) this.#runNext();
    return { kind: 'accepted' };
  }

  /** Returns true if the request is answered within `timeoutMs`. @throws {HttpError} 503 if the backend fails meanwhile */
  async answered(requestId: Uint8Array, timeoutMs: number): Promise<boolean> {
    const mayWait = !this.#stopped && !this.history.isTerminal(requestId);
    if (mayWait) await this.#waitForAnswer(toHex(requestId), timeoutMs);
    this.#checkHealth();
    return this.history.isTerminal(requestId);
  }

  /** Returns the answer of an accepted request. `undefined` if there is none yet, or if it is no longer kept. */
  async outcome(requestId: Uint8Array): Promise<Outcome | undefined> {
    const id = this.history.isTerminal(requestId) ? this.history.get(requestId)?.messageId : undefined;
    const status = id === undefined ? undefined : await this.#backend.status(id);
    return typeof status === 'object' ? status : undefined;
  }

  #waitForAnswer(hex: string, timeoutMs: number): Promise<void> {
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

  /** Schedules a block after the requests that arrived together, so that they share the block and its signature. */
  #runNext(): void {
    if (this.#stopped || this.#block || this.#immediate) return;
    this.#immediate = setImmediate(() => void this.#run());
  }

  #runAfter(delayMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), delayMs);
  }

  /** Makes one block, or waits for the running one, then schedules the next. Never rejects. */
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
        this.#notifyAll();
      });
    await this.#block;
    this.#block = undefined;
    this.#scheduleNext(executed, performance.now() - begun);
  }

  #scheduleNext(executed: number, tookMs: number): void {
    const { blockTimeMs, idleBlockMs } = this.#options;
    const open = this.history.open().length > 0;
    if (blockTimeMs > 0) this.#runAfter(Math.max(0, blockTimeMs - tookMs));
    else if (this.#hasSubmitted || (open && executed > 0)) this.#runNext();
    else this.#runAfter(open ? Math.min(STALLED_ROUND_MS, idleBlockMs) : idleBlockMs);
  }

  /** Executes a round and publishes the state after it. Returns the number of executed messages. */
  async #makeBlock(): Promise<number> {
    this.#hasSubmitted = false;
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
      // Nothing is awaited from here on, so a caller that sees an answered request also sees the state with the answer.
      for (const [index, record] of batch.entries()) this.history.update(record, statuses[index]!);
      this.history.prune(timeNs);
      this.#metrics = metrics;
      this.#publish(timeNs, canisters, metrics);
      for (const record of batch) this.#notify(record.requestId);
      return executed;
    } finally {
      clearInterval(interim);
    }
  }

  /** Returns the machine's time, or 1 ns after the latest state if that is later. */
  #nextTimeNs(): bigint {
    const now = this.#options.now();
    const after = this.#state?.timeNs ?? 0n;
    return now > after ? now : after + 1n;
  }

  #publish(blockTimeNs: bigint, canisters: readonly CanisterFacts[], metrics: SubnetMetrics): void {
    // An interim state may be newer than the start of the block.
    const after = this.#state?.timeNs ?? 0n;
    const timeNs = blockTimeNs > after ? blockTimeNs : after + 1n;
    const root = this.#buildTree({
      timeNs,
      requestStatus: this.history.tree,
      canisters,
      metrics,
      subnets: this.#subnets,
      previousRootHash: this.#state?.rootHash,
    });
    const height = (this.#state?.height ?? 0) + 1;
    this.#state = new CertifiedState({ height, timeNs, canisters, root, key: this.#identity.key });
  }

  /**
   * Publishes a state while a block is running: the canisters before the block, a new time, and the messages of the block as received.
   * A caller sees that a message of minutes is not lost, and agents do not reject the state as too old. On the IC, other canisters run
   * meanwhile, and the states between show the same.
   */
  #publishInterim(): void {
    if (!this.#state || !this.#metrics) return;
    for (const record of this.history.open())
      if (record.status === 'pooled') this.history.update(record, 'received');
    this.#publish(this.#nextTimeNs(), [...this.#state.canisters.values()], this.#metrics);
  }

  #notifyAll(): void {
    for (const listeners of this.#waiting.values()) for (const notify of listeners) notify();
  }

  #notify(requestId: Uint8Array): void {
    if (!this.history.isTerminal(requestId)) return;
    for (const notify of this.#waiting.get(toHex(requestId)) ?? []) notify();
  }
}
