/** What golden traces are performed on: anything that can be driven like a replica. */
import type { PrincipalText } from '../replicas/replica.js';
import type { GoldenReject, GoldenStatus, GoldenStatusSeen } from './golden-step.js';

/** What a call came to, in the words of the server. */
export type DrivenOutcome =
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  | ({ readonly kind: 'reject' } & GoldenReject)
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'pending' };

export interface DrivenCall {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
}

export interface DrivenStatus extends GoldenStatus {
  /** Only what the replica knows as the network does. */
  readonly seen: Partial<GoldenStatusSeen>;
}

/** The acts of a trace. `update` and the management calls run rounds until there is an outcome. */
export interface Driver {
  createCanister(cycles: bigint): Promise<PrincipalText>;
  installCode(request: {
    readonly canister: PrincipalText;
    readonly mode: 'install' | 'reinstall' | 'upgrade';
    readonly skipPreUpgrade: boolean;
    readonly wasm: Uint8Array;
    readonly arg: Uint8Array;
  }): Promise<DrivenOutcome>;
  manage(
    method: 'start_canister' | 'stop_canister' | 'uninstall_code' | 'delete_canister',
    canister: PrincipalText,
  ): Promise<DrivenOutcome>;
  update(call: DrivenCall): Promise<DrivenOutcome>;
  query(call: DrivenCall): Promise<DrivenOutcome>;
  /** Returns a handle for `poll`. */
  submit(call: DrivenCall): Promise<string>;
  poll(handle: string): Promise<DrivenOutcome>;
  tick(): Promise<void>;
  advanceTime(nanos: bigint): Promise<void>;
  status(canister: PrincipalText): Promise<DrivenStatus>;
  stableMemory(canister: PrincipalText): Promise<Uint8Array>;
  logs(canister: PrincipalText): Promise<readonly { readonly index: bigint; readonly content: Uint8Array }[]>;
}
