/**
 * What the REST layer needs from an instance: subnets that run canisters. Narrow on purpose, so that protocol and
 * execution are tested apart. Everything is asynchronous because the engine lives in another thread.
 */
import type { SubnetOptions } from '../../replicas/embedded/subnet-options.js';
import type { HttpOutcallResponse, PendingHttpOutcall } from '../../replicas/embedded/state/http-outcall.js';
import type { Call, Outcome, PrincipalText, Reject } from '../../replicas/replica.js';

/** `malformed`: declined as an HTTP request, before there is a message (too large, no route); the text goes to the client. */
export type BackendSubmission =
  | { readonly kind: 'accepted'; readonly messageId: Uint8Array }
  | { readonly kind: 'refused'; readonly reject: Reject }
  | { readonly kind: 'malformed'; readonly text: string };

export interface IngressStatus {
  readonly caller: PrincipalText;
  /** Undefined while the call tree is open. */
  readonly outcome: Outcome | undefined;
}

/** Why a fact about a canister cannot be given. */
export type Absence = 'no-canister' | 'no-module';

export interface InstanceBackend {
  /** One more subnet; a round of all goes with it. */
  createSubnet(subnet: SubnetOptions): Promise<void>;
  /** Enqueues an ingress message, to the management canister too. Nothing runs. */
  submit(call: Call, subnet: PrincipalText): Promise<BackendSubmission>;
  /** Undefined for an id that the subnet does not know. */
  ingressStatus(messageId: Uint8Array, subnet: PrincipalText): Promise<IngressStatus | undefined>;
  query(call: Call, subnet: PrincipalText): Promise<Outcome>;
  /** One round of every subnet. */
  tick(): Promise<void>;

  /** Nanoseconds since 1970. */
  time(): Promise<bigint>;
  /**
   * The caller has made sure that time goes forward. `isCertified`: the state is certified at this time, as after a round, so that
   * the next round is 1 ns later; otherwise the next round is at this time.
   */
  setTime(timeNs: bigint, isCertified: boolean): Promise<void>;

  /** Undefined when there is no such canister; so below. */
  cycles(canister: PrincipalText): Promise<bigint | undefined>;
  /** The new balance. */
  addCycles(canister: PrincipalText, amount: bigint): Promise<bigint | undefined>;
  controllers(canister: PrincipalText): Promise<readonly PrincipalText[] | undefined>;

  stableMemory(canister: PrincipalText): Promise<Uint8Array | Absence>;
  /** Replaces all of stable memory; the size becomes the bytes' length rounded up to pages. */
  setStableMemory(canister: PrincipalText, bytes: Uint8Array): Promise<Absence | undefined>;

  /** HTTP requests of canisters to the outside that wait for an answer, oldest first. */
  httpOutcalls(): Promise<readonly PendingHttpOutcall[]>;
  /** False if no such request of the subnet waits. */
  answerHttpOutcall(id: number, response: HttpOutcallResponse, subnet: PrincipalText): Promise<boolean>;

  dispose(): Promise<void>;
}
