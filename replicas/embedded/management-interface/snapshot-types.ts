/** Candid types about snapshots. */
import { IDL } from '@icp-sdk/core/candid';
import { Blob, ChunkHash, SnapshotSource } from './canister-types.js';

const { Float32, Float64, Int32, Int64, Nat, Nat64, Null, Opt, Principal, Record, Variant, Vec } = IDL;

export const SnapshotInfo = Record({ id: Blob, taken_at_timestamp: Nat64, total_size: Nat64 });
export const SnapshotId = Record({ canister_id: Principal, snapshot_id: Blob });

const Global = Variant({ i32: Int32, i64: Int64, f32: Float32, f64: Float64, v128: Nat });
const GlobalTimer = Variant({ inactive: Null, active: Nat64 });
const LowMemoryHook = Variant({ condition_not_satisfied: Null, ready: Null, executed: Null });

/** What a snapshot contains besides its bytes. */
const content = {
  wasm_module_size: Nat64,
  globals: Vec(Global),
  wasm_memory_size: Nat64,
  stable_memory_size: Nat64,
  certified_data: Blob,
  global_timer: Opt(GlobalTimer),
  on_low_wasm_memory_hook_status: Opt(LowMemoryHook),
};
export const SnapshotMetadata = Record({
  ...content,
  source: SnapshotSource,
  taken_at_timestamp: Nat64,
  wasm_chunk_store: Vec(ChunkHash),
  canister_version: Nat64,
});
export const SnapshotMetadataUpload = Record({
  ...content,
  canister_id: Principal,
  replace_snapshot: Opt(Blob),
});

const Slice = Record({ offset: Nat64, size: Nat64 });
export const SnapshotDataRequest = Record({
  canister_id: Principal,
  snapshot_id: Blob,
  kind: Variant({
    wasm_module: Slice,
    wasm_memory: Slice,
    stable_memory: Slice,
    wasm_chunk: ChunkHash,
  }),
});
export const SnapshotData = Record({ chunk: Blob });

const Offset = Record({ offset: Nat64 });
export const SnapshotDataUpload = Record({
  canister_id: Principal,
  snapshot_id: Blob,
  kind: Variant({ wasm_module: Offset, wasm_memory: Offset, stable_memory: Offset, wasm_chunk: Null }),
  chunk: Blob,
});
