/** Candid types about canisters and their settings. */
import { IDL } from '@icp-sdk/core/candid';

const { Bool, Nat, Nat8, Nat64, Null, Opt, Principal, Record, Reserved, Text, Variant, Vec } = IDL;

export const Blob = Vec(Nat8);

const LogVisibility = Variant({ controllers: Null, public: Null, allowed_viewers: Vec(Principal) });
const EnvironmentVariable = Record({ name: Text, value: Text });

export const Settings = Record({
  controllers: Opt(Vec(Principal)),
  compute_allocation: Opt(Nat),
  memory_allocation: Opt(Nat),
  freezing_threshold: Opt(Nat),
  reserved_cycles_limit: Opt(Nat),
  log_visibility: Opt(LogVisibility),
  log_memory_limit: Opt(Nat),
  wasm_memory_limit: Opt(Nat),
  wasm_memory_threshold: Opt(Nat),
  environment_variables: Opt(Vec(EnvironmentVariable)),
});

const definiteSettings = {
  controller: Principal,
  controllers: Vec(Principal),
  compute_allocation: Nat,
  memory_allocation: Nat,
  freezing_threshold: Nat,
  reserved_cycles_limit: Nat,
  log_visibility: LogVisibility,
  log_memory_limit: Nat,
  wasm_memory_limit: Nat,
  wasm_memory_threshold: Nat,
  environment_variables: Vec(EnvironmentVariable),
};

export const InstallMode = Variant({
  install: Null,
  reinstall: Null,
  upgrade: Opt(
    Record({
      skip_pre_upgrade: Opt(Bool),
      wasm_memory_persistence: Opt(Variant({ keep: Null, replace: Null })),
    }),
  ),
});

export const CanisterId = Record({ canister_id: Principal });
export const ChunkHash = Record({ hash: Blob });

const memoryMetrics = {
  wasm_memory_size: Nat,
  stable_memory_size: Nat,
  global_memory_size: Nat,
  wasm_binary_size: Nat,
  custom_sections_size: Nat,
  canister_history_size: Nat,
  wasm_chunk_store_size: Nat,
  snapshots_size: Nat,
};

const status = {
  status: Variant({ running: Null, stopping: Null, stopped: Null }),
  ready_for_migration: Bool,
  version: Nat64,
  module_hash: Opt(Blob),
  controller: Principal,
  settings: Record(definiteSettings),
  memory_size: Nat,
  memory_metrics: Record(memoryMetrics),
  cycles: Nat,
  balance: Vec(IDL.Tuple(Blob, Nat)),
  freezing_threshold: Nat,
  idle_cycles_burned_per_day: Nat,
  reserved_cycles: Nat,
  query_stats: Record({
    num_calls_total: Nat,
    num_instructions_total: Nat,
    request_payload_bytes_total: Nat,
    response_payload_bytes_total: Nat,
  }),
};

export const Status = Record(status);

/** The status with the fields that servers 11 to 16 added. Clients of these servers require them. */
export const LaterStatus = Record({
  ...status,
  settings: Record({ ...definiteSettings, snapshot_visibility: LogVisibility }),
  memory_metrics: Record({ ...memoryMetrics, log_memory_store_size: Nat }),
});

export const Logs = Record({
  canister_log_records: Vec(Record({ idx: Nat64, timestamp_nanos: Nat64, content: Blob })),
});

const ChangeOrigin = Variant({
  from_user: Record({ user_id: Principal }),
  from_canister: Record({ canister_id: Principal, canister_version: Opt(Nat64) }),
});
/** Where a snapshot comes from. */
export const SnapshotSource = Variant({ taken_from_canister: Reserved, metadata_upload: Reserved });
const ChangeDetails = Variant({
  creation: Record({ controllers: Vec(Principal), environment_variables_hash: Opt(Blob) }),
  code_uninstall: Null,
  code_deployment: Record({
    mode: Variant({ install: Null, reinstall: Null, upgrade: Null }),
    module_hash: Blob,
  }),
  load_snapshot: Record({
    canister_version: Nat64,
    snapshot_id: Blob,
    taken_at_timestamp: Nat64,
    source: SnapshotSource,
    from_canister_id: Opt(Principal),
  }),
  controllers_change: Record({ controllers: Vec(Principal) }),
  settings_change: Record({
    controllers: Opt(Vec(Principal)),
    environment_variables_hash: Opt(Blob),
  }),
  rename_canister: Record({
    canister_id: Principal,
    total_num_changes: Nat64,
    rename_to: Record({ canister_id: Principal, version: Nat64, total_num_changes: Nat64 }),
  }),
});

export const Info = Record({
  total_num_changes: Nat64,
  recent_changes: Vec(
    Record({ timestamp_nanos: Nat64, canister_version: Nat64, origin: ChangeOrigin, details: ChangeDetails }),
  ),
  module_hash: Opt(Blob),
  controllers: Vec(Principal),
});
