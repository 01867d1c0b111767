/** What the endpoints need of a subnet: its certified states and its messages. `chain.ts` and the PocketIC server implement it. */
import type { PrincipalText, Reject } from '../../replicas/replica.js';
import type { CertifiedState } from './certified-state.js';
import type { CanisterRequest } from './envelope.js';

export type Acceptance =
  | { readonly kind: 'accepted' }
  /** A duplicate, which is not submitted again. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reject: Reject };

/** `pooled`: accepted but not in a block, so not in the state tree. `done`: answered, and the answer is no longer kept. */
export type IngressStatus = 'pooled' | 'received' | 'processing' | 'replied' | 'rejected' | 'done';

export interface KnownMessage {
  readonly sender: PrincipalText;
  readonly receiver: PrincipalText;
  readonly status: IngressStatus;
}

export interface MessageHistory {
  get(requestId: Uint8Array): KnownMessage | undefined;
  isTerminal(requestId: Uint8Array): boolean;
}

export interface ChainView {
  readonly history: MessageHistory;
  /** Why the subnet cannot make further blocks. */
  readonly failure: string | undefined;
  /** `request` must be authenticated. A duplicate is not submitted again. */
  submit(request: CanisterRequest): Promise<Acceptance>;
  /** Returns true if the request is answered within `timeoutMs`. @throws {HttpError} 503 if the subnet fails meanwhile */
  answered(requestId: Uint8Array, timeoutMs: number): Promise<boolean>;
  /** Returns the latest state. @throws {HttpError} 503 if there is none */
  state(): Promise<CertifiedState>;
  /** Returns the state that a query runs on. */
  settledState(): Promise<CertifiedState>;
}
