/** A replica for tests whose canisters are written in WebAssembly text. */
import { expect } from 'vitest';
import type { Execution, Outcome, PrincipalText } from '../../replica.js';
import { createEmbeddedReplica, type EmbeddedReplica } from '../embedded-replica.js';
import { ingressFee } from '../accounting/prices.js';
import { requestBytes } from '../execution/ingress-id.js';
import { APPLICATION_PROFILE } from '../subnet-profile.js';
import { compileWat } from './compile-wat.js';

export const USER: PrincipalText = '2vxsx-fae';
/** Any canister: all their ids have the same length. */
const CANISTER: PrincipalText = 'lxzze-o7777-77777-aaaaa-cai';
export const NO_ARG = new Uint8Array(0);

export interface TestDriver {
  readonly replica: EmbeddedReplica;
  /** Creates a canister and installs a module with these fields. */
  install(text: string): Promise<PrincipalText>;
  /** Submits an update and delivers messages until the call has an outcome. Returns `undefined` if nothing is left to deliver. */
  update(canister: PrincipalText, method: string, arg?: Uint8Array): Promise<Outcome | undefined>;
  query(canister: PrincipalText, method: string, arg?: Uint8Array): Promise<Outcome>;
  /** Submits an update and returns its message id. Throws if the replica refuses it. */
  submit(canister: PrincipalText, method: string, arg?: Uint8Array): Promise<string>;
  /** Delivers the oldest deliverable message of this kind. Throws if there is none. */
  deliver(kind: string): Promise<Execution>;
}

export function createTestDriver(replica = createEmbeddedReplica()): TestDriver {
  const submit: TestDriver['submit'] = async (canister, method, arg = NO_ARG) => {
    const submission = await replica.submit({ canister, method, arg, caller: USER });
    if (submission.kind !== 'accepted') throw new Error(submission.reject.text);
    return submission.id;
  };
  return {
    replica,
    submit,
    install: async (text) => {
      const canister = await replica.createCanister();
      const wasm = await compileWat(`(module ${text})`);
      const outcome = await replica.install({ canister, mode: 'install', wasm, arg: NO_ARG });
      expect(outcome).toMatchObject({ kind: 'reply' });
      return canister;
    },
    update: async (canister, method, arg) => {
      const id = await submit(canister, method, arg);
      for (;;) {
        const [next] = await replica.deliverable();
        const outcome = await replica.poll(id);
        if (outcome ?? !next) return outcome;
        await replica.deliver(next.id);
      }
    },
    query: (canister, method, arg = NO_ARG) => replica.query({ canister, method, arg, caller: USER }),
    deliver: async (kind) => {
      const choice = (await replica.deliverable()).find((candidate) => candidate.kind === kind);
      if (!choice) throw new Error(`no message of kind ${kind} is deliverable`);
      return replica.deliver(choice.id);
    },
  };
}

/** The cost of taking an ingress message, which a canister pays when the message is delivered. */
export function costOfIngress(method: string, arg: Uint8Array = NO_ARG): bigint {
  return ingressFee(APPLICATION_PROFILE, requestBytes({ canister: CANISTER, caller: USER, method, arg }));
}

/** The reply as hex, or a text that shows why there is none. */
export function hexOf(outcome: Outcome | undefined): string {
  return outcome?.kind === 'reply'
    ? Buffer.from(outcome.bytes).toString('hex')
    : `no reply: ${JSON.stringify(outcome)}`;
}
