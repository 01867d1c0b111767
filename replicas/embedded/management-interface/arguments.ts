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
  readonly transform: CandidOption<{
    readonly function: [Principal, string];
    readonly context: CandidBlob;
  }>;
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
  readonly deposit_cycles: CanisterArgument;
  readonly raw_rand: undefined;
  readonly http_request: CandidHttpRequest;
  readonly take_canister_snapshot: CanisterArgument & {
    readonly replace_snapshot: CandidOption<CandidBlob>;
  };
  readonly load_canister_snapshot: ChangeArgument & CanisterArgument & { readonly snapshot_id: CandidBlob };
  readonly list_canister_snapshots: CanisterArgument;
  readonly delete_canister_snapshot: CanisterArgument & { readonly snapshot_id: CandidBlob };
  readonly fetch_canister_logs: CanisterArgument;
}

export type ManagementMethod = keyof ManagementArguments;

export function blobToBytes(blob: CandidBlob): Uint8Array {
  return blob instanceof Uint8Array ? blob : Uint8Array.from(blob);
}
