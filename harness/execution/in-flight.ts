/**
 * The calls in flight. This class submits calls to the replica, delivers their messages one by one (or in rounds, if the replica chooses
 * the order), and records the events, until each call has returned or is known to be lost.
 */
import { RELEASING_OPERATIONS, type Operation } from '../../model/operations.js';
import type { SessionLabel } from '../../model/schedule.js';
import type { Call, Choice, MessageId, Outcome, Replica } from '../../replicas/replica.js';
import type { EncodedRequest, Request, Result } from '../../targets/target.js';
import type { OperationInterface } from './interfaces.js';
import { type CallResult, asResult, lengthOf } from './queries.js';
import type { Recorder } from './recorder.js';
import { throwIfStopped, type StopSignal } from './stop-signal.js';

/**
 * Bound of a drain on a replica that runs in rounds, far more than any schedule needs. Calls that are open then are recorded as never
 * answered. `hash-steps.ts` has the bound in messages for other replicas.
 */
export const ROUNDS_MAX = 1_000;
/** A replica that chooses the order executes a waiting call within one round. A few more rounds allow for a slow replica. */
const ROUNDS_PER_BEGIN_MAX = 10;

/** Start of the reason of an `info` event for a call that never returned, which is a liveness violation. */
export const UNANSWERED = 'no answer';
/** Start of the reason if an upgrade removed the callbacks of the call. */
export const CUT_SHORT = 'an upgrade cut it short';

/** An update call that was issued, and the interface that decodes its reply. */
export interface IssuedCall {
  readonly call: number;
  readonly lane: number;
  readonly operation: Operation;
  readonly request: Request;
  /** The session that its label was bound to when it was issued. */
  readonly sessionId: string | undefined;
  /** What `by` made of the request. */
  readonly encoded: EncodedRequest;
  readonly by: OperationInterface;
}

/** A call that has not returned. */
export interface OpenCall extends IssuedCall {
  /** Whether its first message was executed. */
  delivered: boolean;
  /** Whether an upgrade came between its first message and its reply. */
  cutShort: boolean;
}

export interface InFlightOptions {
  readonly replica: Replica;
  readonly recorder: Recorder;
  /** Maximum number of messages of a drain, on a replica with a choice of order. */
  readonly drainMessagesMax: number;
  readonly signal?: StopSignal | undefined;
  readonly onResult: (issued: IssuedCall, answered: CallResult) => void;
  /** Called after each execution of one message on a replica with a choice of order. */
  readonly onExecuted?: (choice: Choice) => void;
}

/** Methods throw `Interrupted` after a stop signal. */
export class InFlight {
  readonly #options: InFlightOptions;
  readonly #replica: Replica;
  readonly #recorder: Recorder;
  readonly #choosesOrder: boolean;
  readonly #open = new Map<MessageId, OpenCall>();

  constructor(options: InFlightOptions) {
    this.#options = options;
    this.#replica = options.replica;
    this.#recorder = options.recorder;
    this.#choosesOrder = options.replica.info.abilities.has('delivery-order');
  }

  /** Submits the call and delivers its first message, unless `hold` is set. */
  async submit(issued: IssuedCall, call: Call, hold: boolean): Promise<void> {
    const submission = await this.#replica.submit(call);
    if (submission.kind === 'refused') {
      const { code, errorCode, text } = submission.reject;
      const result: Result = { kind: 'rejected', code, errorCode, text };
      this.#options.onResult(issued, { result, replyBytes: undefined });
      return;
    }
    this.#open.set(submission.id, { ...issued, delivered: false, cutShort: false });
    if (hold) return;
    if (!this.#choosesOrder) return this.#roundsFor(submission.id, issued.operation.op === 'begin');
    const choices = await this.#replica.deliverable();
    const own = choices.findLast(({ kind, root }) => kind === 'ingress' && root === submission.id);
    if (own !== undefined) await this.#execute(own);
  }

  /** Delivers the deliverable message at `pick`, modulo their number. */
  async deliver(pick: number): Promise<void> {
    if (!this.#choosesOrder) return this.#round();
    const choices = await this.#replica.deliverable();
    const chosen = choices[pick % choices.length];
    if (chosen !== undefined) await this.#execute(chosen);
  }

  /** Loses the message at `pick` among those that may be lost, modulo their number. */
  async lose(pick: number): Promise<void> {
    const choices = (await this.#replica.deliverable()).filter(({ mayBeLost }) => mayBeLost === true);
    const chosen = choices[pick % choices.length];
    if (chosen === undefined) return;
    const { id, kind, method, root } = chosen;
    await this.#replica.lose?.(id);
    const open = root === undefined ? undefined : this.#open.get(root);
    const lost = kind === 'request' ? kind : 'response';
    this.#recorder.record({ type: 'lost', kind: lost, method, call: open?.call });
  }

  /** Delivers the oldest message first until nothing is in flight or the bound is reached. */
  async drain(): Promise<void> {
    const { drainMessagesMax, signal } = this.#options;
    if (!this.#choosesOrder) {
      for (let rounds = 0; rounds < ROUNDS_MAX && this.#open.size > 0; rounds++) {
        throwIfStopped(signal);
        await this.#round();
      }
      return;
    }
    for (let messages = 0; messages < drainMessagesMax; messages++) {
      throwIfStopped(signal);
      const choices = await this.#replica.deliverable();
      // A heartbeat is always deliverable, so it counts as in flight only while a call is open.
      const oldest =
        choices.find(({ kind }) => kind !== 'heartbeat') ?? (this.#open.size > 0 ? choices[0] : undefined);
      if (oldest === undefined) return;
      await this.#execute(oldest);
    }
  }

  /**
   * Delivers the messages of a `begin` that was delivered and has not returned, because a client waits for the id of its session. Other
   * messages wait.
   */
  async awaitBegin(session: SessionLabel): Promise<void> {
    const [id] =
      [...this.#open].find(
        ([, { operation, delivered }]) =>
          operation.op === 'begin' && operation.session === session && delivered,
      ) ?? [];
    if (id === undefined || !this.#choosesOrder) return;
    for (let messages = 0; messages < this.#options.drainMessagesMax && this.#open.has(id); messages++) {
      throwIfStopped(this.#options.signal);
      const next = (await this.#replica.deliverable()).find(({ root }) => root === id);
      if (next === undefined) return;
      await this.#execute(next);
    }
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** The calls that have not returned, by the id of their ingress message, oldest first. */
  get open(): ReadonlyMap<MessageId, Readonly<OpenCall>> {
    return this.#open;
  }

  save(): ReadonlyMap<MessageId, Readonly<OpenCall>> {
    return new Map([...this.#open].map(([id, open]) => [id, { ...open }]));
  }

  restore(saved: ReadonlyMap<MessageId, Readonly<OpenCall>>): void {
    this.#open.clear();
    for (const [id, open] of saved) this.#open.set(id, { ...open });
  }

  /** Executes one update call until it returns. On a replica with a choice of order, nothing else is delivered. */
  async callAlone(call: Call): Promise<Outcome> {
    const submission = await this.#replica.submit(call);
    if (submission.kind === 'refused') return submission.reject;
    const { id } = submission;
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      throwIfStopped(this.#options.signal);
      if (this.#choosesOrder) {
        const own = (await this.#replica.deliverable()).find(({ root }) => root === id);
        if (own !== undefined) await this.#replica.deliver(own.id);
        await this.#recorder.refreshTime();
      } else await this.#round();
      const outcome = await this.#replica.poll(id);
      if (outcome !== undefined) return outcome;
    }
    return { kind: 'reject', code: 6, errorCode: 'none', text: `${UNANSWERED} within ${ROUNDS_MAX} rounds` };
  }

  /** Delivers the messages in flight while the canister stops. Returns the outcome of the stop; `undefined` if it never stops. */
  async settle(stop: MessageId): Promise<Outcome | undefined> {
    if (this.#choosesOrder) await this.drain();
    let outcome = await this.#replica.poll(stop);
    for (let rounds = 0; !this.#choosesOrder && rounds < ROUNDS_MAX; rounds++) {
      if (outcome !== undefined && this.isEmpty) break;
      throwIfStopped(this.#options.signal);
      await this.#round();
      outcome ??= await this.#replica.poll(stop);
    }
    return outcome;
  }

  /** Marks the calls whose callbacks an upgrade has removed. */
  cutShort(): void {
    for (const open of this.#open.values()) {
      // If the replica chooses the order, it is unknown whether the first message was executed.
      if (open.delivered || !this.#choosesOrder) open.cutShort = true;
    }
  }

  /** Records replies that came without a delivery. There are none on a replica with a choice of order. */
  async pollIfUnordered(): Promise<void> {
    if (!this.#choosesOrder) await this.#pollAll();
  }

  /** Records that the open calls never returned. */
  recordUnanswered(): void {
    for (const { call, lane, operation, cutShort } of this.#open.values()) {
      const reason = cutShort
        ? `${CUT_SHORT}: no answer`
        : `${UNANSWERED} when everything in flight was delivered`;
      this.#recorder.record({ type: 'info', call, lane, operation, reason });
    }
    this.#open.clear();
  }

  /** One round; for `begin` as many as it takes, because the lane needs its session. */
  async #roundsFor(id: MessageId, untilAnswered: boolean): Promise<void> {
    const roundsMax = untilAnswered ? ROUNDS_PER_BEGIN_MAX : 1;
    for (let rounds = 0; rounds < roundsMax && this.#open.has(id); rounds++) await this.#round();
  }

  async #round(): Promise<void> {
    await this.#replica.round();
    await this.#recorder.refreshTime();
    await this.#pollAll();
  }

  /** Executes one message and records it and the answer it led to. */
  async #execute(choice: Choice): Promise<void> {
    const { instructions, failure } = await this.#replica.deliver(choice.id);
    this.#options.onExecuted?.(choice);
    await this.#recorder.refreshTime();
    const open = choice.root === undefined ? undefined : this.#open.get(choice.root);
    if (open !== undefined && choice.kind === 'ingress' && !open.delivered) {
      open.delivered = true;
      const { call, lane, operation } = open;
      this.#recorder.record({ type: 'delivered', call, lane, operation, instructions });
    } else {
      this.#recorder.record({
        type: 'message',
        kind: choice.kind,
        method: choice.method,
        call: open?.call,
        instructions,
        failure: failure === undefined ? undefined : `${failure.errorCode} ${failure.text}`,
      });
    }
    if (choice.root === undefined) await this.#pollAll();
    else await this.#poll(choice.root);
  }

  async #pollAll(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.#poll(id);
  }

  async #poll(id: MessageId): Promise<void> {
    const open = this.#open.get(id);
    const outcome = open === undefined ? undefined : await this.#replica.poll(id);
    if (open === undefined || outcome === undefined) return;
    this.#open.delete(id);
    const result = this.#answered(open, outcome);
    const { op } = open.operation;
    if (result?.kind === 'finished' || (result?.kind === 'done' && RELEASING_OPERATIONS.has(op)))
      await this.#recorder.recordMetrics(`after ${op}`);
  }

  #answered(open: OpenCall, outcome: Outcome): Result | undefined {
    const { call, lane, operation } = open;
    if (open.cutShort && outcome.kind === 'reject') {
      const reason = `${CUT_SHORT}: ${outcome.errorCode} ${outcome.text}`;
      this.#recorder.record({ type: 'info', call, lane, operation, reason });
      return undefined;
    }
    const result = asResult(open.by.decode(open.request, outcome, open.encoded));
    this.#options.onResult(open, { result, replyBytes: lengthOf(outcome) });
    return result;
  }
}
