/**
 * The canister history: who changed the canister's code or controllers. The value is immutable, so that a snapshot is a reference.
 *
 * Source: IC interface spec, `canister_info`; PocketIC 10.0.0, rs/replicated_state/src/canister_state/system_state.rs
 * (`CanisterHistory`, 20 entries). Sizes: measured on PocketIC 10.0.0 (`seen.memory_size` of the golden traces).
 */
import type { PrincipalText } from '../../replica.js';

export type ChangeOrigin =
  | { readonly kind: 'user'; readonly user: PrincipalText }
  | {
      readonly kind: 'canister';
      readonly canister: PrincipalText;
      /** The version that the calling canister stated in its argument. */
      readonly version: bigint | undefined;
    };

/** Where a snapshot comes from. */
export type SnapshotSource = 'taken_from_canister' | 'metadata_upload';

export type ChangeDetails =
  | {
      readonly kind: 'creation';
      readonly controllers: readonly PrincipalText[];
      /** Defined if the creation set environment variables. */
      readonly environmentVariablesHash: Uint8Array | undefined;
    }
  | { readonly kind: 'controllers_change'; readonly controllers: readonly PrincipalText[] }
  | { readonly kind: 'code_uninstall' }
  | {
      readonly kind: 'code_deployment';
      readonly mode: 'install' | 'reinstall' | 'upgrade';
      /** SHA-256 of the module in hex. */
      readonly moduleHash: string;
    }
  | {
      readonly kind: 'load_snapshot';
      readonly snapshotId: Uint8Array;
      readonly takenAtNs: bigint;
      /** The canister version when the snapshot was taken. */
      readonly version: number;
      readonly source: SnapshotSource;
      /** The canister of the snapshot, if it is another one. */
      readonly fromCanister: PrincipalText | undefined;
    };

export interface CanisterChange {
  readonly timeNs: bigint;
  /** The canister version after the change. */
  readonly version: number;
  readonly origin: ChangeOrigin;
  readonly details: ChangeDetails;
}

export interface CanisterHistory {
  /** Number of changes since the creation of the canister. */
  readonly total: number;
  /** The latest changes, oldest first; at most 20. */
  readonly recent: readonly CanisterChange[];
}

export const EMPTY_CANISTER_HISTORY: CanisterHistory = { total: 0, recent: [] };

const CHANGES_MAX = 20;
const CHANGE_BYTES = 160;
const CONTROLLER_BYTES = 30;

export function appendChange({ total, recent }: CanisterHistory, change: CanisterChange): CanisterHistory {
  return { total: total + 1, recent: [...recent, change].slice(-CHANGES_MAX) };
}

/** The bytes that the canister history adds to the canister's memory usage. */
export function canisterHistoryBytes({ recent }: CanisterHistory): number {
  return recent.reduce(
    (sum, { details }) => sum + CHANGE_BYTES + controllerCount(details) * CONTROLLER_BYTES,
    0,
  );
}

function controllerCount(details: ChangeDetails): number {
  return 'controllers' in details ? details.controllers.length : 0;
}
