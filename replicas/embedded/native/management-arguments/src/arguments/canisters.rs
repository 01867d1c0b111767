//! Arguments about canisters and subnets.

use crate::bounded::Bounded;
use candid::{CandidType, Nat, Principal};
use serde::Deserialize;

const CONTROLLERS_MAX: usize = 10;
const LOG_VIEWERS_MAX: usize = 10;

#[derive(CandidType, Deserialize)]
pub struct CanisterArgument {
    canister_id: Principal,
}

#[derive(CandidType, Deserialize)]
pub struct CanisterInfoArgument {
    canister_id: Principal,
    num_requested_changes: Option<u64>,
}

#[derive(CandidType, Deserialize)]
pub struct CanisterMetadataArgument {
    canister_id: Principal,
    name: String,
}

#[derive(CandidType, Deserialize)]
enum LogVisibility {
    #[serde(rename = "controllers")]
    Controllers,
    #[serde(rename = "public")]
    Public,
    #[serde(rename = "allowed_viewers")]
    AllowedViewers(Bounded<Principal, LOG_VIEWERS_MAX>),
}

#[derive(CandidType, Deserialize)]
struct EnvironmentVariable {
    name: String,
    value: String,
}

#[derive(CandidType, Deserialize)]
struct Settings {
    controllers: Option<Bounded<Principal, CONTROLLERS_MAX>>,
    compute_allocation: Option<Nat>,
    memory_allocation: Option<Nat>,
    freezing_threshold: Option<Nat>,
    reserved_cycles_limit: Option<Nat>,
    log_visibility: Option<LogVisibility>,
    log_memory_limit: Option<Nat>,
    wasm_memory_limit: Option<Nat>,
    wasm_memory_threshold: Option<Nat>,
    environment_variables: Option<Vec<EnvironmentVariable>>,
}

#[derive(CandidType, Deserialize)]
pub struct UpdateSettingsArgument {
    canister_id: Principal,
    settings: Settings,
    sender_canister_version: Option<u64>,
}

#[derive(CandidType, Default, Deserialize)]
pub struct CreateCanisterArgument {
    settings: Option<Settings>,
    sender_canister_version: Option<u64>,
}

#[derive(CandidType, Deserialize)]
pub struct ProvisionalCreateArgument {
    amount: Option<Nat>,
    settings: Option<Settings>,
    specified_id: Option<Principal>,
    sender_canister_version: Option<u64>,
}

#[derive(CandidType, Deserialize)]
pub struct ProvisionalTopUpArgument {
    canister_id: Principal,
    amount: Nat,
}

#[derive(CandidType, Deserialize)]
enum MemoryPersistence {
    #[serde(rename = "keep")]
    Keep,
    #[serde(rename = "replace")]
    Replace,
}

#[derive(CandidType, Deserialize)]
struct UpgradeOptions {
    skip_pre_upgrade: Option<bool>,
    wasm_memory_persistence: Option<MemoryPersistence>,
}

#[derive(CandidType, Deserialize)]
enum InstallMode {
    #[serde(rename = "install")]
    Install,
    #[serde(rename = "reinstall")]
    Reinstall,
    #[serde(rename = "upgrade")]
    Upgrade(Option<UpgradeOptions>),
}

#[derive(CandidType, Deserialize)]
pub struct InstallCodeArgument {
    mode: InstallMode,
    canister_id: Principal,
    #[serde(with = "serde_bytes")]
    wasm_module: Vec<u8>,
    #[serde(with = "serde_bytes")]
    arg: Vec<u8>,
    sender_canister_version: Option<u64>,
}

#[derive(CandidType, Deserialize)]
struct ChunkHash {
    #[serde(with = "serde_bytes")]
    hash: Vec<u8>,
}

#[derive(CandidType, Deserialize)]
pub struct InstallChunkedCodeArgument {
    mode: InstallMode,
    target_canister: Principal,
    store_canister: Option<Principal>,
    chunk_hashes_list: Vec<ChunkHash>,
    #[serde(with = "serde_bytes")]
    wasm_module_hash: Vec<u8>,
    #[serde(with = "serde_bytes")]
    arg: Vec<u8>,
    sender_canister_version: Option<u64>,
}

/// An earlier form of the argument: hashes are blobs instead of records.
#[derive(CandidType, Deserialize)]
pub struct InstallChunkedCodeWithBlobs {
    mode: InstallMode,
    target_canister: Principal,
    store_canister: Option<Principal>,
    chunk_hashes_list: Vec<Vec<u8>>,
    #[serde(with = "serde_bytes")]
    wasm_module_hash: Vec<u8>,
    #[serde(with = "serde_bytes")]
    arg: Vec<u8>,
    sender_canister_version: Option<u64>,
}

impl From<InstallChunkedCodeWithBlobs> for InstallChunkedCodeArgument {
    fn from(earlier: InstallChunkedCodeWithBlobs) -> Self {
        Self {
            mode: earlier.mode,
            target_canister: earlier.target_canister,
            store_canister: earlier.store_canister,
            chunk_hashes_list: earlier.chunk_hashes_list.into_iter().map(|hash| ChunkHash { hash }).collect(),
            wasm_module_hash: earlier.wasm_module_hash,
            arg: earlier.arg,
            sender_canister_version: earlier.sender_canister_version,
        }
    }
}

#[derive(CandidType, Deserialize)]
pub struct UninstallCodeArgument {
    canister_id: Principal,
    sender_canister_version: Option<u64>,
}

#[derive(CandidType, Deserialize)]
pub struct UploadChunkArgument {
    canister_id: Principal,
    #[serde(with = "serde_bytes")]
    chunk: Vec<u8>,
}

#[derive(CandidType, Deserialize)]
struct RenameTo {
    canister_id: Principal,
    version: u64,
    total_num_changes: u64,
}

#[derive(CandidType, Deserialize)]
pub struct RenameCanisterArgument {
    canister_id: Principal,
    rename_to: RenameTo,
    sender_canister_version: u64,
}

#[derive(CandidType, Deserialize)]
struct LogRange {
    start: u64,
    end: u64,
}

#[derive(CandidType, Deserialize)]
enum LogFilter {
    #[serde(rename = "by_idx")]
    ByIndex(LogRange),
    #[serde(rename = "by_timestamp_nanos")]
    ByTime(LogRange),
}

#[derive(CandidType, Deserialize)]
pub struct FetchLogsArgument {
    canister_id: Principal,
    filter: Option<LogFilter>,
}

#[derive(CandidType, Deserialize)]
pub struct SubnetArgument {
    subnet_id: Principal,
}

#[derive(CandidType, Deserialize)]
pub struct NodeMetricsArgument {
    subnet_id: Principal,
    start_at_timestamp_nanos: u64,
}
