/**
 * A canister whose calls are counted one by one. The counters do not depend on the machine: the same calls have the same counters on every
 * run.
 */
import { callerPrincipal } from '../../harness/execution/callers.js';
import { principalNamed, type InstalledSystem } from '../../harness/execution/canisters.js';
import { installSystem, prepareCaller, setUpSystem } from '../../harness/execution/install-system.js';
import { InputError } from '../../harness/input-error.js';
import { firstLine } from '../../harness/execution/set-up.js';
import { throwIfStopped, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { Result } from '../../model/result.js';
import type { Limits } from '../../model/schedule.js';
import type { CanisterMetrics, MessageId, Outcome, Reject, Replica } from '../../replicas/replica.js';
import type { ReadResult, Request, Target } from '../../targets/target.js';

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
  readonly #system: InstalledSystem;
  readonly #capsules: readonly string[];
  readonly #choosesOrder: boolean;

  private constructor(setUp: CanisterSetUp, system: InstalledSystem, capsules: readonly string[]) {
    this.#setUp = setUp;
    this.#system = system;
    this.#capsules = capsules;
    this.#choosesOrder = setUp.replica.info.abilities.has('delivery-order');
  }

  /** @throws InputError if the canister cannot be installed or a caller cannot be prepared */
  static async install(setUp: CanisterSetUp): Promise<CountedCanister> {
    const { limits, callers = 1 } = setUp;
    const system = await installSystem(setUp, limits);
    const principals = Array.from({ length: callers }, (_, caller) => callerPrincipal(caller));
    await setUpSystem(setUp, system, principals);
    const capsules: string[] = [];
    for (const principal of principals) capsules.push(await prepareCaller(setUp, system, principal));
    return new CountedCanister(setUp, system, capsules);
  }

  capsuleOf(caller: number): string {
    const capsule = this.#capsules[caller];
    if (capsule === undefined) throw new Error(`caller ${caller} was not prepared`);
    return capsule;
  }

  metrics(): Promise<CanisterMetrics> {
    return this.#setUp.replica.metrics(this.#system.canister);
  }

  /** Upgrades to the same module: the heap is lost, stable memory is kept. */
  async upgrade(): Promise<void> {
    const { replica, limits } = this.#setUp;
    const { canister, wasm, initArg } = this.#system;
    const outcome = await replica.install({ canister, mode: 'upgrade', wasm, arg: initArg(limits) });
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
      canister: principalNamed(this.#system, encoded.canister),
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
