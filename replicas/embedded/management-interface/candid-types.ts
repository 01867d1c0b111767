/**
 * The Candid interface of the management canister: argument and result types of its methods. `arguments.ts` has the TypeScript types.
 *
 * Source: IC interface spec (ic.did); PocketIC 10.0.0, rs/types/management_canister_types/src/{lib,provisional}.rs.
 */
import { IDL } from '@icp-sdk/core/candid';
import type { ManagementArguments, ManagementMethod } from './arguments.js';

export type { ManagementMethod } from './arguments.js';

const { Bool, Nat, Nat8, Nat64, Null, Opt, Principal, Record, Text, Variant, Vec } = IDL;
const Blob = Vec(Nat8);

const LogVisibility = Variant({ controllers: Null, public: Null, allowed_viewers: Vec(Principal) });
const EnvironmentVariable = Record({ name: Text, value: Text });

export const Settings = Record({
  controllers: Opt(Vec(Principal)),
  compute_allocation: Opt(Nat),
  memory_allocation: Opt(Nat),
  freezing_threshold: Opt(Nat),
  reserved_cycles_limit: Opt(Nat),
  log_visibility: Opt(LogVisibility),
  wasm_memory_limit: Opt(Nat),
  wasm_memory_threshold: Opt(Nat),
  environment_variables: Opt(Vec(EnvironmentVariable)),
});

const DefiniteSettings = Record({
  controllers: Vec(Principal),
  compute_allocation: Nat,
  memory_allocation: Nat,
  freezing_threshold: Nat,
  reserved_cycles_limit: Nat,
  log_visibility: LogVisibility,
  wasm_memory_limit: Nat,
  wasm_memory_threshold: Nat,
  environment_variables: Vec(EnvironmentVariable),
});

const InstallMode = Variant({
  install: Null,
  reinstall: Null,
  upgrade: Opt(
    Record({
      skip_pre_upgrade: Opt(Bool),
      wasm_memory_persistence: Opt(Variant({ keep: Null, replace: Null })),
    }),
  ),
});

const CanisterId = Record({ canister_id: Principal });
const ChunkHash = Record({ hash: Blob });
const SnapshotInfo = Record({ id: Blob, taken_at_timestamp: Nat64, total_size: Nat64 });
const ChangeOrigin = Variant({
  from_user: Record({ user_id: Principal }),
  from_canister: Record({ canister_id: Principal, canister_version: Opt(Nat64) }),
});

const Status = Record({
  status: Variant({ running: Null, stopping: Null, stopped: Null }),
  ready_for_migration: Bool,
  version: Nat64,
  module_hash: Opt(Blob),
  controller: Principal,
  settings: DefiniteSettings,
  memory_size: Nat,
  memory_metrics: Record({
    wasm_memory_size: Nat,
    stable_memory_size: Nat,
    global_memory_size: Nat,
    wasm_binary_size: Nat,
    custom_sections_size: Nat,
    canister_history_size: Nat,
    wasm_chunk_store_size: Nat,
    snapshots_size: Nat,
  }),
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
});

const Logs = Record({
  canister_log_records: Vec(Record({ idx: Nat64, timestamp_nanos: Nat64, content: Blob })),
});

const Controllers = Record({ controllers: Vec(Principal) });
const ChangeDetails = Variant({
  creation: Controllers,
  code_uninstall: Null,
  code_deployment: Record({
    mode: Variant({ install: Null, reinstall: Null, upgrade: Null }),
    module_hash: Blob,
  }),
  load_snapshot: Record({ canister_version: Nat64, snapshot_id: Blob, taken_at_timestamp: Nat64 }),
  controllers_change: Controllers,
});

const Info = Record({
  total_num_changes: Nat64,
  recent_changes: Vec(
    Record({ timestamp_nanos: Nat64, canister_version: Nat64, origin: ChangeOrigin, details: ChangeDetails }),
  ),
  module_hash: Opt(Blob),
  controllers: Vec(Principal),
});

const Header = Record({ name: Text, value: Text });
const HttpResponse = Record({ status: Nat, headers: Vec(Header), body: Blob });
/** The argument of a canister's transform function. */
const TransformArgument = Record({ response: HttpResponse, context: Blob });
const HttpRequest = Record({
  url: Text,
  max_response_bytes: Opt(Nat64),
  method: Variant({ get: Null, head: Null, post: Null }),
  headers: Vec(Header),
  body: Opt(Blob),
  transform: Opt(
    Record({ function: IDL.Func([TransformArgument], [HttpResponse], ['query']), context: Blob }),
  ),
  is_replicated: Opt(Bool),
});

export interface MethodType {
  readonly argument: IDL.Type | undefined;
  readonly result: IDL.Type | undefined;
}
const method = (argument: IDL.Type | undefined, result?: IDL.Type): MethodType => ({ argument, result });

export const MANAGEMENT_TYPES = {
  provisional_create_canister_with_cycles: method(
    Record({
      amount: Opt(Nat),
      settings: Opt(Settings),
      specified_id: Opt(Principal),
      sender_canister_version: Opt(Nat64),
    }),
    CanisterId,
  ),
  provisional_top_up_canister: method(Record({ canister_id: Principal, amount: Nat })),
  create_canister: method(
    Record({ settings: Opt(Settings), sender_canister_version: Opt(Nat64) }),
    CanisterId,
  ),
  install_code: method(
    Record({
      mode: InstallMode,
      canister_id: Principal,
      wasm_module: Blob,
      arg: Blob,
      sender_canister_version: Opt(Nat64),
    }),
  ),
  install_chunked_code: method(
    Record({
      mode: InstallMode,
      target_canister: Principal,
      store_canister: Opt(Principal),
      chunk_hashes_list: Vec(ChunkHash),
      wasm_module_hash: Blob,
      arg: Blob,
      sender_canister_version: Opt(Nat64),
    }),
  ),
  upload_chunk: method(Record({ canister_id: Principal, chunk: Blob }), ChunkHash),
  stored_chunks: method(CanisterId, Vec(ChunkHash)),
  clear_chunk_store: method(CanisterId),
  uninstall_code: method(Record({ canister_id: Principal, sender_canister_version: Opt(Nat64) })),
  start_canister: method(CanisterId),
  stop_canister: method(CanisterId),
  delete_canister: method(CanisterId),
  update_settings: method(
    Record({ canister_id: Principal, settings: Settings, sender_canister_version: Opt(Nat64) }),
  ),
  canister_status: method(CanisterId, Status),
  canister_info: method(Record({ canister_id: Principal, num_requested_changes: Opt(Nat64) }), Info),
  deposit_cycles: method(CanisterId),
  raw_rand: method(undefined, Blob),
  http_request: method(HttpRequest, HttpResponse),
  take_canister_snapshot: method(
    Record({ canister_id: Principal, replace_snapshot: Opt(Blob) }),
    SnapshotInfo,
  ),
  load_canister_snapshot: method(
    Record({ canister_id: Principal, snapshot_id: Blob, sender_canister_version: Opt(Nat64) }),
  ),
  list_canister_snapshots: method(CanisterId, Vec(SnapshotInfo)),
  delete_canister_snapshot: method(Record({ canister_id: Principal, snapshot_id: Blob })),
  fetch_canister_logs: method(CanisterId, Logs),
} as const satisfies globalThis.Record<ManagementMethod, MethodType>;

export function isManagementMethod(name: string): name is ManagementMethod {
  return Object.hasOwn(MANAGEMENT_TYPES, name);
}

/** Methods that the engine does not implement, because they need a network or threshold keys. */
export const UNAVAILABLE_METHODS: ReadonlySet<string> = new Set([
  'ecdsa_public_key',
  'sign_with_ecdsa',
  'schnorr_public_key',
  'sign_with_schnorr',
  'vetkd_public_key',
  'vetkd_derive_key',
  'bitcoin_get_balance',
  'bitcoin_get_utxos',
  'bitcoin_send_transaction',
  'bitcoin_get_current_fee_percentiles',
  'node_metrics_history',
]);

/** Methods that PocketIC 10.0.0 knows and has not enabled. */
export const UNFINISHED_METHODS: ReadonlySet<string> = new Set([
  'read_canister_snapshot_metadata',
  'read_canister_snapshot_data',
  'upload_canister_snapshot_metadata',
  'upload_canister_snapshot_data',
]);

/** The encoded empty tuple `()`. */
export const EMPTY_REPLY: Uint8Array = new Uint8Array(IDL.encode([], []));

export function encodeTransformArgument(value: object): Uint8Array {
  return new Uint8Array(IDL.encode([TransformArgument], [value]));
}

/** @throws Error if the bytes are not a value of the method's argument type */
export function decodeArgument<M extends ManagementMethod>(
  name: M,
  bytes: Uint8Array,
): ManagementArguments[M] {
  const { argument }: MethodType = MANAGEMENT_TYPES[name];
  if (argument === undefined) return undefined as ManagementArguments[M];
  // `decode` reads the whole buffer that the bytes are a view of.
  const owned = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  return IDL.decode([argument], owned)[0] as unknown as ManagementArguments[M];
}

export function encodeArgument(name: ManagementMethod, value: unknown): Uint8Array {
  const { argument } = MANAGEMENT_TYPES[name];
  return argument ? new Uint8Array(IDL.encode([argument], [value])) : EMPTY_REPLY;
}

export function encodeResult(name: ManagementMethod, value: unknown): Uint8Array {
  const { result } = MANAGEMENT_TYPES[name];
  return result ? new Uint8Array(IDL.encode([result], [value])) : EMPTY_REPLY;
}

export function decodeResult(name: ManagementMethod, bytes: Uint8Array): unknown {
  const { result } = MANAGEMENT_TYPES[name];
  return result ? IDL.decode([result], bytes.slice())[0] : undefined;
}
