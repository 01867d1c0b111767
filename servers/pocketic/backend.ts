/**
 * The interface between the REST protocol and the engine of one instance. It is narrow, so that protocol and execution can be tested
 * separately. All methods are asynchronous because the engine runs in another thread.
 */
import type { BlockMakers } from '../../replicas/embedded/state/block-history.js';
import type { HttpOutcallResponse, PendingHttpOutcall } from '../../replicas/embedded/state/http-outcall.js';
import type { Call, Outcome, PrincipalText, Reject } from '../../replicas/replica.js';
import type { HttpReply } from '../http/reply.js';
import type { StartedCall } from '../ic/endpoints.js';
import type { ApiRequest } from './certified/instance-api.js';
import type { SubnetFacts } from './topology.js';

/** `malformed`: the HTTP request was declined before a message existed (too large, no route). The client receives the text. */
export type BackendSubmission =
  | { readonly kind: 'accepted'; readonly messageId: Uint8Array }
  | { readonly kind: 'refused'; readonly reject: Reject }
  | { readonly kind: 'malformed'; readonly text: string };

export interface IngressStatus {
  readonly caller: PrincipalText;
  /** `undefined` while the call is being processed. */
  readonly outcome: Outcome | undefined;
}

/** Why the canister has no such value. */
export type Absence = 'no-canister' | 'no-module';

export interface InstanceBackend {
  /** Adds a subnet and runs one round of every subnet. */
  createSubnet(subnet: SubnetFacts): Promise<void>;
  /** Deletes a subnet other than the root subnet. */
  deleteSubnet(subnet: PrincipalText): Promise<void>;
  /** Enqueues an ingress message, also one to the management canister. Executes nothing. */
  submit(call: Call, subnet: PrincipalText): Promise<BackendSubmission>;
  /** `undefined` if the subnet does not know the id. */
  ingressStatus(messageId: Uint8Array, subnet: PrincipalText): Promise<IngressStatus | undefined>;
  /** Waits for the outcome of a message. `undefined` if it has none in time. */
  awaitOutcome(messageId: Uint8Array, subnet: PrincipalText, timeoutMs: number): Promise<Outcome | undefined>;
  query(call: Call, subnet: PrincipalText): Promise<Outcome>;
  /** Serves a request of the IC's HTTP interface, except for the wait of a synchronous call. */
  startApi(request: ApiRequest): Promise<StartedCall>;
  /** Waits for the answer of a synchronous call. */
  finishApi(subnet: PrincipalText, requestId: Uint8Array): Promise<HttpReply>;
  /** Runs one round of every subnet. `makers` are the nodes that make the blocks, by subnet. */
  tick(makers?: ReadonlyMap<PrincipalText, BlockMakers>): Promise<void>;

  /** Nanoseconds since 1970. */
  time(): Promise<bigint>;
  /**
   * The caller ensures that time does not go backwards. If `isCertified`, the state is certified at this time, as after a round, and
   * the next round is 1 ns later. Otherwise the next round is at this time.
   */
  setTime(timeNs: bigint, isCertified: boolean): Promise<void>;

  /** `undefined` if the canister does not exist. The same holds for the following methods. */
  cycles(canister: PrincipalText): Promise<bigint | undefined>;
  /** Returns the new balance. */
  addCycles(canister: PrincipalText, amount: bigint): Promise<bigint | undefined>;
  controllers(canister: PrincipalText): Promise<readonly PrincipalText[] | undefined>;

  stableMemory(canister: PrincipalText): Promise<Uint8Array | Absence>;
  /** Replaces the whole stable memory. Its size becomes the length of `bytes`, rounded up to pages. */
  setStableMemory(canister: PrincipalText, bytes: Uint8Array): Promise<Absence | undefined>;

  /** Returns the HTTP outcalls that wait for a response, oldest first. */
  httpOutcalls(): Promise<readonly PendingHttpOutcall[]>;
  /** Gives one response for all nodes, or one for each. Returns false if no such outcall waits for a response. */
  answerHttpOutcall(
    id: number,
    responses: readonly HttpOutcallResponse[],
    subnet: PrincipalText,
  ): Promise<boolean>;

  dispose(): Promise<void>;
}
