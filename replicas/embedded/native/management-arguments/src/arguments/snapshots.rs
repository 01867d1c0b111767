//! Arguments about snapshots.

use crate::snapshot_id::SnapshotId;
use candid::{CandidType, Principal};
use serde::Deserialize;

#[derive(CandidType, Deserialize)]
pub struct TakeSnapshotArgument {
    canister_id: Principal,
    replace_snapshot: Option<SnapshotId>,
}

#[derive(CandidType, Deserialize)]
pub struct LoadSnapshotArgument {
    canister_id: Principal,
    snapshot_id: SnapshotId,
    sender_canister_version: Option<u64>,
}

#[derive(CandidType, Deserialize)]
pub struct SnapshotArgument {
    canister_id: Principal,
    snapshot_id: SnapshotId,
}

#[derive(CandidType, Deserialize)]
enum SnapshotSlice {
    #[serde(rename = "wasm_module")]
    Module { offset: u64, size: u64 },
    #[serde(rename = "wasm_memory")]
    Memory { offset: u64, size: u64 },
    #[serde(rename = "stable_memory")]
    StableMemory { offset: u64, size: u64 },
    #[serde(rename = "wasm_chunk")]
    Chunk {
        #[serde(with = "serde_bytes")]
        hash: Vec<u8>,
    },
}

#[derive(CandidType, Deserialize)]
pub struct ReadSnapshotDataArgument {
    canister_id: Principal,
    snapshot_id: SnapshotId,
    kind: SnapshotSlice,
}

#[derive(CandidType, Deserialize)]
enum Global {
    #[serde(rename = "i32")]
    I32(i32),
    #[serde(rename = "i64")]
    I64(i64),
    #[serde(rename = "f32")]
    F32(f32),
    #[serde(rename = "f64")]
    F64(f64),
    #[serde(rename = "v128")]
    V128(u128),
}

#[derive(CandidType, Deserialize)]
enum GlobalTimer {
    #[serde(rename = "inactive")]
    Inactive,
    #[serde(rename = "active")]
    Active(u64),
}

#[derive(CandidType, Deserialize)]
enum LowMemoryHook {
    #[serde(rename = "condition_not_satisfied")]
    NotSatisfied,
    #[serde(rename = "ready")]
    Ready,
    #[serde(rename = "executed")]
    Executed,
}

#[derive(CandidType, Deserialize)]
pub struct UploadSnapshotMetadataArgument {
    canister_id: Principal,
    replace_snapshot: Option<SnapshotId>,
    wasm_module_size: u64,
    globals: Vec<Global>,
    wasm_memory_size: u64,
    stable_memory_size: u64,
    #[serde(with = "serde_bytes")]
    certified_data: Vec<u8>,
    global_timer: Option<GlobalTimer>,
    on_low_wasm_memory_hook_status: Option<LowMemoryHook>,
}

#[derive(CandidType, Deserialize)]
enum SnapshotOffset {
    #[serde(rename = "wasm_module")]
    Module { offset: u64 },
    #[serde(rename = "wasm_memory")]
    Memory { offset: u64 },
    #[serde(rename = "stable_memory")]
    StableMemory { offset: u64 },
    #[serde(rename = "wasm_chunk")]
    Chunk,
}

#[derive(CandidType, Deserialize)]
pub struct UploadSnapshotDataArgument {
    canister_id: Principal,
    snapshot_id: SnapshotId,
    kind: SnapshotOffset,
    #[serde(with = "serde_bytes")]
    chunk: Vec<u8>,
}
