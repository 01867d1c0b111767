/**
 * A canister whose calls are counted one by one. The counters do not depend on the machine: the same calls have the same counters on every
 * run.
 */
import { callerPrincipal, controllerPrincipal } from '../../harness/execution/callers.js';
import { controllerCalls, expectSuccess } from '../../harness/execution/set-up.js';
import { InputError } from '../../harness/input-error.js';
import { throwIfStopped, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { Result } from '../../model/result.js';
import type { Limits } from '../../model/schedule.js';
import type {
  CanisterMetrics,
  MessageId,
  Outcome,
  PrincipalText,
  Reject,
  Replica,
} from '../../replicas/replica.js';
import type { InitContext, ReadResult, Request, Target } from '../../targets/target.js';

export interface CountedCall {
  readonly op: Request['op'];
  /** Bytes of the Candid argument, without the envelope of the message (sender, signature, expiry). */
  readonly argBytes: number;
  /** Instructions of all messages of the call tree, including those for dirty pages; 0 if the replica does not report them. */
  readonly instructions: number;
  /** Number of messages executed: more than 1 if the canister calls itself. */
  readonly messages: number;
  readonly outcome: Outcome;
  readonly answer: Result | ReadResult;
}

export interface CanisterSetUp {
  readonly replica: Replica;
  readonly target: Target;
  readonly wasm: Uint8Array;
  readonly limits: Limits;
  /** Number of callers to prepare; default 1. */
  readonly callers?: number;
  readonly signal?: StopSignal | undefined;
}

/** On PocketIC, a call on one subnet ends within a few rounds. A canister that needs this many is stuck. */
const ROUNDS_MAX = 1_000;

export class CountedCanister {
  readonly #setUp: CanisterSetUp;
  readonly #id: string;
  readonly #capsules: string[] = [];
  readonly #choosesOrder: boolean;

  private constructor(setUp: CanisterSetUp, id: string) {
    this.#setUp = setUp;
    this.#id = id;
    this.#choosesOrder = setUp.replica.info.abilities.has('delivery-order');
  }

  /** @throws InputError if the canister cannot be installed or a caller cannot be prepared */
  static async install(setUp: CanisterSetUp): Promise<CountedCanister> {
    const { replica, target, wasm, limits, callers = 1 } = setUp;
    const controller = controllerPrincipal();
    const canister = await replica.createCanister({ controller });
    const context = initContext(canister);
    const arg = target.encodeInitArg(limits, context);
    const outcome = await replica.install({ canister, mode: 'install', wasm, arg });
    if (outcome.kind === 'reject') {
      throw new InputError(
        `the canister cannot be installed: ${outcome.errorCode} ${firstLine(outcome.text)}`,
      );
    }
    const counted = new CountedCanister(setUp, canister);
    const principals = Array.from({ length: callers }, (_, caller) => callerPrincipal(caller));
    for (const call of controllerCalls(target, context, principals)) {
      const { outcome } = await counted.#update({
        canister,
        method: call.method,
        arg: call.arg,
        caller: controller,
      });
      expectSuccess(call, outcome);
    }
    for (let caller = 0; caller < callers; caller++) await counted.#prepare(caller);
    return counted;
  }

  capsuleOf(caller: number): string {
    const capsule = this.#capsules[caller];
    if (capsule === undefined) throw new Error(`caller ${caller} was not prepared`);
    return capsule;
  }

  metrics(): Promise<CanisterMetrics> {
    return this.#setUp.replica.metrics(this.#id);
  }

  /** Upgrades to the same module: the heap is lost, stable memory is kept. */
  async upgrade(): Promise<void> {
    const { replica, target, wasm, limits } = this.#setUp;
    const arg = target.encodeInitArg(limits, initContext(this.#id));
    const outcome = await replica.install({ canister: this.#id, mode: 'upgrade', wasm, arg });
    if (outcome.kind === 'reject') throw new InputError(`the upgrade fails: ${firstLine(outcome.text)}`);
  }

  /** @throws Interrupted if the signal is aborted before the call */
  async call(request: Request, caller = 0): Promise<CountedCall> {
    const { replica, target, signal } = this.#setUp;
    throwIfStopped(signal);
    const encoded = target.encode(request);
    if (encoded === undefined)
      throw new InputError(`target "${target.name}" does not support the operation ${request.op}`);
    const call = {
      canister: this.#id,
      method: encoded.method,
      arg: encoded.arg,
      caller: callerPrincipal(caller),
    };
    const ended =
      encoded.kind === 'query'
        ? { outcome: await replica.query(call), instructions: 0, messages: 0 }
        : await this.#update(call);
    return {
      op: request.op,
      argBytes: encoded.arg.length,
      ...ended,
      answer: target.decode(request, ended.outcome, encoded),
    };
  }

  async #prepare(caller: number): Promise<void> {
    const { target } = this.#setUp;
    const principal = callerPrincipal(caller);
    const encoded = target.prepareCaller?.(principal);
    if (encoded === undefined || target.decodeCapsule === undefined) {
      this.#capsules.push('');
      return;
    }
    const { outcome } = await this.#update({
      canister: this.#id,
      method: encoded.method,
      arg: encoded.arg,
      caller: principal,
    });
    try {
      this.#capsules.push(target.decodeCapsule(outcome));
    } catch (error) {
      throw new InputError(`a caller cannot be prepared: ${firstLine((error as Error).message)}`);
    }
  }

  async #update(
    call: Parameters<Replica['submit']>[0],
  ): Promise<Pick<CountedCall, 'outcome' | 'instructions' | 'messages'>> {
    const { replica } = this.#setUp;
    const submission = await replica.submit(call);
    if (submission.kind === 'refused') return { outcome: submission.reject, instructions: 0, messages: 0 };
    return this.#choosesOrder ? this.#deliverTree(submission.id) : this.#awaitRounds(submission.id);
  }

  /** Delivers only the messages of this call, so that timers of the canister are not counted. */
  async #deliverTree(id: MessageId): Promise<Pick<CountedCall, 'outcome' | 'instructions' | 'messages'>> {
    const { replica, signal } = this.#setUp;
    let instructions = 0;
    let messages = 0;
    for (;;) {
      const outcome = await replica.poll(id);
      if (outcome !== undefined) return { outcome, instructions, messages };
      throwIfStopped(signal);
      const next = (await replica.deliverable()).find(({ root }) => root === id);
      if (next === undefined)
        throw new InputError('a call is not answered, and none of its messages can be delivered');
      instructions += (await replica.deliver(next.id)).instructions;
      messages++;
    }
  }

  async #awaitRounds(id: MessageId): Promise<Pick<CountedCall, 'outcome' | 'instructions' | 'messages'>> {
    const { replica } = this.#setUp;
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      await replica.round();
      const outcome = await replica.poll(id);
      if (outcome !== undefined) return { outcome, instructions: 0, messages: 1 };
    }
    throw new InputError(`the canister does not respond within ${ROUNDS_MAX} rounds`);
  }
}

/** Why a call failed; undefined if its result is of the wanted kind. */
export function refusalOf(
  { outcome, answer }: CountedCall,
  wanted: CountedCall['answer']['kind'],
): Refusal | undefined {
  if (outcome.kind === 'reject')
    return { errorCode: outcome.errorCode, text: firstLine(outcome.text), reject: outcome };
  if (answer.kind === wanted) return undefined;
  const text =
    answer.kind === 'error' ? `${answer.error} ${answer.text}`.trim() : `it answered ${answer.kind}`;
  return { errorCode: '', text, reject: undefined };
}

export interface Refusal {
  /** Error code of the IC, e.g. `IC0504`; empty for an error of the canister itself, and for a message that was not inducted. */
  readonly errorCode: string;
  /** One line. */
  readonly text: string;
  readonly reject: Reject | undefined;
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line;
}

function initContext(canister: PrincipalText): InitContext {
  return { controller: controllerPrincipal(), role: 'main', canisters: { main: [canister] } };
}
