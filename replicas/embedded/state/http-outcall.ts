/** HTTP outcalls: requests of canisters that wait until the operator answers them. All values are immutable. */
import type { PrincipalText, RejectCode } from '../../replica.js';
import type { CallInput, Response } from './messages.js';

export interface HttpHeader {
  readonly name: string;
  readonly value: string;
}

export interface HttpOutcallRequest {
  /** Unique in the subnet. */
  readonly id: number;
  /** The canister that made the request. */
  readonly canister: PrincipalText;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
  /** Limit of the response body in bytes. Default: the limit of the system, 2,000,000. */
  readonly responseBytesMax: number | undefined;
  /** Whether every node makes the request, or only one. */
  readonly isReplicated: boolean;
}

/** An unanswered outcall with the principal of its subnet. */
export interface PendingHttpOutcall extends HttpOutcallRequest {
  readonly subnet: PrincipalText;
}

export interface HttpOutcall {
  readonly request: HttpOutcallRequest;
  /** The query method of the canister that transforms the response before the canister receives it. */
  readonly transform: { readonly method: string; readonly context: Uint8Array } | undefined;
  /** The waiting call of `http_request`. */
  readonly input: CallInput;
  /** Cycles to refund with the response. */
  readonly refund: bigint;
  /** Time of the round that executed the call. */
  readonly requestedAtNs: bigint;
  /** The node whose response counts, by its index. `undefined` if the nodes must agree. */
  readonly node: number | undefined;
  /** The responses of the nodes after the transform function, one each. `undefined` while the outcall waits for the operator. */
  readonly responses: readonly Response[] | undefined;
}

export type HttpOutcallResponse =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: readonly HttpHeader[];
      readonly body: Uint8Array;
    }
  | { readonly kind: 'reject'; readonly code: RejectCode; readonly text: string };
