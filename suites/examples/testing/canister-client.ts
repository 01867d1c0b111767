/** Calls of an example's canister by hand, on the embedded replica. */
import { IDL } from '@icp-sdk/core/candid';
import { readFileSync } from 'node:fs';
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import type { MessageId, Outcome, PrincipalText, Replica } from '../../../replicas/replica.js';

export function readModule(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../examples/${path}.wasm.gz`, import.meta.url)));
}

export function encodeArg(types: readonly IDL.Type[], values: readonly unknown[]): Uint8Array {
  return Uint8Array.from(IDL.encode([...types], [...values]));
}

/** Canisters with one interface on one embedded replica. */
export class CanisterClient {
  readonly replica: Replica = createEmbeddedReplica();
  readonly controller: PrincipalText;
  readonly #methods: ReadonlyMap<string, IDL.FuncClass>;

  constructor(
    idl: (library: { readonly IDL: typeof IDL }) => IDL.ServiceClass,
    controller: PrincipalText = '2vxsx-fae',
  ) {
    this.controller = controller;
    this.#methods = new Map(idl({ IDL })._fields);
  }

  create(): Promise<PrincipalText> {
    return this.replica.createCanister({ controller: this.controller });
  }

  /** @throws Error if the module does not install */
  async install(canister: PrincipalText, mode: 'install' | 'upgrade', wasm: Uint8Array, arg: Uint8Array) {
    const outcome = await this.replica.install({ canister, mode, wasm, arg });
    if (outcome.kind === 'reject') throw new Error(outcome.text);
  }

  /** Submits an update. Nothing is executed. */
  async submit(
    canister: PrincipalText,
    caller: PrincipalText,
    method: string,
    values: readonly unknown[],
  ): Promise<MessageId> {
    const arg = encodeArg(this.#typeOf(method).argTypes, values);
    const submission = await this.replica.submit({ canister, method, arg, caller });
    if (submission.kind === 'refused') throw new Error(submission.reject.text);
    return submission.id;
  }

  /** Delivers messages until nothing is left, and returns the answer to an update. */
  async answerTo(id: MessageId, method: string): Promise<unknown> {
    for (let [next] = await this.replica.deliverable(); next; [next] = await this.replica.deliverable()) {
      await this.replica.deliver(next.id);
    }
    const outcome = await this.replica.poll(id);
    if (outcome === undefined) throw new Error(`${method} is never answered`);
    return this.#answerOf(method, outcome);
  }

  /** Calls a method and returns its answer: the value of the reply, or the text of the reject. */
  async call(
    canister: PrincipalText,
    caller: PrincipalText,
    method: string,
    ...values: readonly unknown[]
  ): Promise<unknown> {
    const { annotations, argTypes } = this.#typeOf(method);
    if (!annotations.includes('query')) {
      return this.answerTo(await this.submit(canister, caller, method, values), method);
    }
    const arg = encodeArg(argTypes, values);
    return this.#answerOf(method, await this.replica.query({ canister, method, arg, caller }));
  }

  #typeOf(method: string): IDL.FuncClass {
    const type = this.#methods.get(method);
    if (type === undefined) throw new Error(`the interface has no method ${method}`);
    return type;
  }

  #answerOf(method: string, outcome: Outcome): unknown {
    if (outcome.kind === 'reject') return outcome.text;
    return IDL.decode(this.#typeOf(method).retTypes, Uint8Array.from(outcome.bytes))[0];
  }

  async advance(seconds: number): Promise<void> {
    await this.replica.setTime((await this.replica.time()) + BigInt(seconds) * 1_000_000_000n);
  }
}

/** Returns the value of `Ok`. Throws if the answer is anything else. */
export function ok(answer: unknown): unknown {
  if (typeof answer === 'object' && answer !== null && 'Ok' in answer) return answer.Ok;
  throw new Error(`the answer is ${kindOf(answer)}, not Ok`);
}

/** Returns the name of an error variant, `Ok`, or the text of a reject. */
export function kindOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null) return String(answer);
  return 'Err' in answer ? (Object.keys(answer.Err as object)[0] ?? '') : 'Ok';
}
