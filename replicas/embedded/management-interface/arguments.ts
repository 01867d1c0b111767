/** TypeScript types of the arguments in `candid-types.ts`, as `@icp-sdk/core/candid` decodes them. */
import type { Principal } from '@icp-sdk/core/principal';

export type CandidOption<T> = [] | [T];

/** `@icp-sdk/core/candid` decodes `vec nat8` to a `Uint8Array`. Callers that pass a value themselves may pass a list of numbers. */
export type CandidBlob = Uint8Array | number[];

/** A change of a canister. The version is that of the calling canister; calls of the operator may omit the field. */
export interface ChangeArgument {
  readonly sender_canister_version?: CandidOption<bigint>;
}

export interface CanisterArgument {
  readonly canister_id: Principal;
}

export type CandidLogVisibility = { controllers: null } | { public: null } | { allowed_viewers: Principal[] };

export interface CandidEnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

export interface CandidSettings {
  readonly controllers: CandidOption<Principal[]>;
  readonly compute_allocation: CandidOption<bigint>;
  readonly memory_allocation: CandidOption<bigint>;
  readonly freezing_threshold: CandidOption<bigint>;
  readonly reserved_cycles_limit: CandidOption<bigint>;
  readonly log_visibility: CandidOption<CandidLogVisibility>;
  readonly log_memory_limit: CandidOption<bigint>;
  readonly wasm_memory_limit: CandidOption<bigint>;
  readonly wasm_memory_threshold: CandidOption<bigint>;
  readonly environment_variables: CandidOption<readonly CandidEnvironmentVariable[]>;
}

export interface CandidUpgradeOptions {
  readonly skip_pre_upgrade: CandidOption<boolean>;
  readonly wasm_memory_persistence: CandidOption<{ keep: null } | { replace: null }>;
}

export type CandidInstallMode =
  { install: null } | { reinstall: null } | { upgrade: CandidOption<CandidUpgradeOptions> };

export interface CandidHttpHeader {
  readonly name: string;
  readonly value: string;
}

export interface CandidHttpRequest {
  readonly url: string;
  readonly max_response_bytes: CandidOption<bigint>;
  readonly method: { get: null } | { head: null } | { post: null };
  readonly headers: readonly CandidHttpHeader[];
  readonly body: CandidOption<CandidBlob>;
  readonly is_replicated: CandidOption<boolean>;
  readonly transform: CandidOption<{
    readonly function: [Principal, string];
    readonly context: CandidBlob;
  }>;
}

export interface CandidSnapshotId extends CanisterArgument {
  readonly snapshot_id: CandidBlob;
}

export type CandidGlobal =
  | { readonly i32: number }
  | { readonly i64: bigint }
  | { readonly f32: number }
  | { readonly f64: number }
  | { readonly v128: bigint };

export type CandidGlobalTimer = { readonly inactive: null } | { readonly active: bigint };
export type CandidLowMemoryHook =
  { readonly condition_not_satisfied: null } | { readonly ready: null } | { readonly executed: null };

export interface CandidSnapshotUpload extends CanisterArgument {
  readonly replace_snapshot: CandidOption<CandidBlob>;
  readonly wasm_module_size: bigint;
  readonly globals: readonly CandidGlobal[];
  readonly wasm_memory_size: bigint;
  readonly stable_memory_size: bigint;
  readonly certified_data: CandidBlob;
  readonly global_timer: CandidOption<CandidGlobalTimer>;
  readonly on_low_wasm_memory_hook_status: CandidOption<CandidLowMemoryHook>;
}

export interface CandidSlice {
  readonly offset: bigint;
  readonly size: bigint;
}
export type CandidSnapshotSlice =
  | { readonly wasm_module: CandidSlice }
  | { readonly wasm_memory: CandidSlice }
  | { readonly stable_memory: CandidSlice }
  | { readonly wasm_chunk: { readonly hash: CandidBlob } };

interface Offset {
  readonly offset: bigint;
}
export type CandidSnapshotOffset =
  | { readonly wasm_module: Offset }
  | { readonly wasm_memory: Offset }
  | { readonly stable_memory: Offset }
  | { readonly wasm_chunk: null };

export interface CandidEcdsaKeyId {
  readonly curve: { readonly secp256k1: null };
  readonly name: string;
}
export interface CandidSchnorrKeyId {
  readonly algorithm: { readonly bip340secp256k1: null } | { readonly ed25519: null };
  readonly name: string;
}
export interface CandidVetKdKeyId {
  readonly curve: { readonly bls12_381_g2: null };
  readonly name: string;
}
interface KeyDerivation<KeyId> {
  readonly derivation_path: readonly CandidBlob[];
  readonly key_id: KeyId;
}
interface PublicKeyArgument<KeyId> extends KeyDerivation<KeyId> {
  readonly canister_id: CandidOption<Principal>;
}

export interface SubnetArgument {
  readonly subnet_id: Principal;
}

interface InstallArgument extends ChangeArgument {
  readonly mode: CandidInstallMode;
  readonly arg: CandidBlob;
}

/** The argument of each method of the management canister. */
export interface ManagementArguments {
  readonly provisional_create_canister_with_cycles: ChangeArgument & {
    readonly amount: CandidOption<bigint>;
    readonly settings: CandidOption<CandidSettings>;
    readonly specified_id: CandidOption<Principal>;
  };
  readonly provisional_top_up_canister: CanisterArgument & { readonly amount: bigint };
  readonly create_canister: ChangeArgument & { readonly settings: CandidOption<CandidSettings> };
  readonly install_code: InstallArgument & CanisterArgument & { readonly wasm_module: CandidBlob };
  readonly install_chunked_code: InstallArgument & {
    readonly target_canister: Principal;
    readonly store_canister: CandidOption<Principal>;
    readonly chunk_hashes_list: readonly { readonly hash: CandidBlob }[];
    readonly wasm_module_hash: CandidBlob;
  };
  readonly upload_chunk: CanisterArgument & { readonly chunk: CandidBlob };
  readonly stored_chunks: CanisterArgument;
  readonly clear_chunk_store: CanisterArgument;
  readonly uninstall_code: ChangeArgument & CanisterArgument;
  readonly start_canister: CanisterArgument;
  readonly stop_canister: CanisterArgument;
  readonly delete_canister: CanisterArgument;
  readonly update_settings: ChangeArgument & CanisterArgument & { readonly settings: CandidSettings };
  readonly canister_status: CanisterArgument;
  readonly canister_info: CanisterArgument & { readonly num_requested_changes: CandidOption<bigint> };
  readonly canister_metadata: CanisterArgument & { readonly name: string };
  readonly deposit_cycles: CanisterArgument;
  readonly raw_rand: undefined;
  readonly http_request: CandidHttpRequest;
  readonly take_canister_snapshot: CanisterArgument & {
    readonly replace_snapshot: CandidOption<CandidBlob>;
  };
  readonly load_canister_snapshot: ChangeArgument & CandidSnapshotId;
  readonly list_canister_snapshots: CanisterArgument;
  readonly delete_canister_snapshot: CandidSnapshotId;
  readonly read_canister_snapshot_metadata: CandidSnapshotId;
  readonly read_canister_snapshot_data: CandidSnapshotId & { readonly kind: CandidSnapshotSlice };
  readonly upload_canister_snapshot_metadata: CandidSnapshotUpload;
  readonly upload_canister_snapshot_data: CandidSnapshotId & {
    readonly kind: CandidSnapshotOffset;
    readonly chunk: CandidBlob;
  };
  readonly fetch_canister_logs: CanisterArgument;
  readonly subnet_info: SubnetArgument;
  readonly node_metrics_history: SubnetArgument & { readonly start_at_timestamp_nanos: bigint };
  readonly ecdsa_public_key: PublicKeyArgument<CandidEcdsaKeyId>;
  readonly sign_with_ecdsa: KeyDerivation<CandidEcdsaKeyId> & { readonly message_hash: CandidBlob };
  readonly schnorr_public_key: PublicKeyArgument<CandidSchnorrKeyId>;
  readonly sign_with_schnorr: KeyDerivation<CandidSchnorrKeyId> & {
    readonly message: CandidBlob;
    readonly aux: CandidOption<{ readonly bip341: { readonly merkle_root_hash: CandidBlob } }>;
  };
  readonly vetkd_public_key: {
    readonly canister_id: CandidOption<Principal>;
    readonly context: CandidBlob;
    readonly key_id: CandidVetKdKeyId;
  };
  readonly vetkd_derive_key: {
    readonly input: CandidBlob;
    readonly context: CandidBlob;
    readonly transport_public_key: CandidBlob;
    readonly key_id: CandidVetKdKeyId;
  };
}

export type ManagementMethod = keyof ManagementArguments;

export function blobToBytes(blob: CandidBlob): Uint8Array {
  return blob instanceof Uint8Array ? blob : Uint8Array.from(blob);
}
