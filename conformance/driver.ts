/** The interface through which a golden trace is performed on a replica. */
import type { PrincipalText } from '../replicas/replica.js';
import type { GoldenReject, GoldenStatus, GoldenStatusSeen } from './golden-step.js';

/** The outcome of a call. Reject texts and codes are the server's own. */
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
  /** The fields that this replica reports exactly. */
  readonly seen: Partial<GoldenStatusSeen>;
}

/** The part of `canister_status` that traces record, as `@icp-sdk/core/candid` decodes it. */
export interface StatusValue {
  readonly status: object;
  readonly version: bigint;
  readonly memory_size: bigint;
  readonly memory_metrics: Readonly<
    Record<'wasm_memory_size' | 'stable_memory_size' | 'global_memory_size', bigint>
  >;
}

/** The steps of a trace. `update` and the management calls run rounds until there is an outcome. */
export interface Driver {
  /** Returns the id of the canister, or the description of the failed call. */
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
  /** Returns a handle for `poll`. @throws Error if the message is not accepted */
  submit(call: DrivenCall): Promise<string>;
  poll(handle: string): Promise<DrivenOutcome>;
  tick(): Promise<void>;
  advanceTime(nanos: bigint): Promise<void>;
  status(canister: PrincipalText): Promise<DrivenStatus>;
  stableMemory(canister: PrincipalText): Promise<Uint8Array>;
  logs(canister: PrincipalText): Promise<readonly { readonly index: bigint; readonly content: Uint8Array }[]>;
}
