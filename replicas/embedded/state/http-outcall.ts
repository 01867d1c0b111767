/** A canister's HTTP request to the outside: it waits for somebody to answer it. All values are immutable. */
import type { PrincipalText } from '../../replica.js';
import type { CallInput } from './messages.js';

export interface HttpHeader {
  readonly name: string;
  readonly value: string;
}

export interface HttpOutcallRequest {
  readonly id: number;
  readonly canister: PrincipalText;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
  /** Undefined: the system's own limit. */
  readonly responseBytesMax: number | undefined;
}

/** As its subnet lists it. */
export interface PendingHttpOutcall extends HttpOutcallRequest {
  readonly subnet: PrincipalText;
}

export interface HttpOutcall {
  readonly request: HttpOutcallRequest;
  /** The query of the canister that every response passes through before the caller sees it. */
  readonly transform: { readonly method: string; readonly context: Uint8Array } | undefined;
  /** The call that waits. */
  readonly input: CallInput;
  /** Cycles that go back with the answer. */
  readonly refund: bigint;
}

export type HttpOutcallResponse =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: readonly HttpHeader[];
      readonly body: Uint8Array;
    }
  | { readonly kind: 'reject'; readonly code: 1 | 2 | 3 | 4 | 5 | 6; readonly text: string };
