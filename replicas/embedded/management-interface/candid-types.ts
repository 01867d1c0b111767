/**
 * The Candid interface of the management canister: argument and result types of its methods, and their encodings. `arguments.ts` has the
 * TypeScript types.
 *
 * Source: IC interface specification (ic.did).
 */
import { IDL } from '@icp-sdk/core/candid';
import { canonicalArgument } from './argument-decoder.js';
import type { ManagementArguments, ManagementMethod } from './arguments.js';
import {
  Blob,
  CanisterId,
  ChunkHash,
  Info,
  InstallMode,
  LaterStatus,
  Logs,
  Settings,
  Status,
} from './canister-types.js';
import { HttpRequest, HttpResponse, TransformArgument } from './http-types.js';
import * as keys from './key-types.js';
import { encodeAsNetwork } from './network-encoding.js';
import * as snapshots from './snapshot-types.js';

export type { ManagementMethod } from './arguments.js';
export { Settings } from './canister-types.js';

const { Nat, Nat64, Opt, Principal, Record, Text, Vec } = IDL;

export interface MethodType {
  readonly argument: IDL.Type | undefined;
  readonly result: IDL.Type | undefined;
}
const method = (argument: IDL.Type | undefined, result?: IDL.Type): MethodType => ({ argument, result });

const NodeMetrics = Record({
  node_id: Principal,
  num_blocks_proposed_total: Nat64,
  num_block_failures_total: Nat64,
});

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
  canister_metadata: method(Record({ canister_id: Principal, name: Text }), Record({ value: Blob })),
  deposit_cycles: method(CanisterId),
  raw_rand: method(undefined, Blob),
  http_request: method(HttpRequest, HttpResponse),
  take_canister_snapshot: method(
    Record({ canister_id: Principal, replace_snapshot: Opt(Blob) }),
    snapshots.SnapshotInfo,
  ),
  load_canister_snapshot: method(
    Record({ canister_id: Principal, snapshot_id: Blob, sender_canister_version: Opt(Nat64) }),
  ),
  list_canister_snapshots: method(CanisterId, Vec(snapshots.SnapshotInfo)),
  delete_canister_snapshot: method(snapshots.SnapshotId),
  read_canister_snapshot_metadata: method(snapshots.SnapshotId, snapshots.SnapshotMetadata),
  read_canister_snapshot_data: method(snapshots.SnapshotDataRequest, snapshots.SnapshotData),
  upload_canister_snapshot_metadata: method(snapshots.SnapshotMetadataUpload, Record({ snapshot_id: Blob })),
  upload_canister_snapshot_data: method(snapshots.SnapshotDataUpload, IDL.Null),
  fetch_canister_logs: method(CanisterId, Logs),
  subnet_info: method(
    Record({ subnet_id: Principal }),
    Record({ replica_version: Text, registry_version: Nat64 }),
  ),
  node_metrics_history: method(
    Record({ subnet_id: Principal, start_at_timestamp_nanos: Nat64 }),
    Vec(Record({ timestamp_nanos: Nat64, node_metrics: Vec(NodeMetrics) })),
  ),
  ecdsa_public_key: method(keys.EcdsaPublicKeyRequest, keys.PublicKey),
  sign_with_ecdsa: method(keys.SignWithEcdsaRequest, keys.Signature),
  schnorr_public_key: method(keys.SchnorrPublicKeyRequest, keys.PublicKey),
  sign_with_schnorr: method(keys.SignWithSchnorrRequest, keys.Signature),
  vetkd_public_key: method(keys.VetKdPublicKeyRequest, keys.VetKdPublicKey),
  vetkd_derive_key: method(keys.VetKdDeriveKeyRequest, keys.EncryptedKey),
} as const satisfies globalThis.Record<ManagementMethod, MethodType>;

export function isManagementMethod(name: string): name is ManagementMethod {
  return Object.hasOwn(MANAGEMENT_TYPES, name);
}

/** The encoded empty tuple `()`. */
export const EMPTY_REPLY: Uint8Array = new Uint8Array(IDL.encode([], []));

export function encodeTransformArgument(value: object): Uint8Array {
  return encodeAsNetwork(TransformArgument, value);
}

/** @throws ArgumentError if the bytes are not a value of the method's argument type */
export function decodeArgument<M extends ManagementMethod>(
  name: M,
  bytes: Uint8Array,
): ManagementArguments[M] {
  const { argument }: MethodType = MANAGEMENT_TYPES[name];
  const canonical = canonicalArgument(name, bytes);
  if (argument === undefined) return undefined as ManagementArguments[M];
  return IDL.decode([argument], canonical)[0] as unknown as ManagementArguments[M];
}

export function encodeArgument(name: ManagementMethod, value: unknown): Uint8Array {
  const { argument } = MANAGEMENT_TYPES[name];
  return argument ? new Uint8Array(IDL.encode([argument], [value])) : EMPTY_REPLY;
}

export interface ResultOptions {
  /** Whether `canister_status` has the fields of later servers. Default: false. */
  readonly hasLaterStatus?: boolean;
}

export function encodeResult(
  name: ManagementMethod,
  value: unknown,
  { hasLaterStatus = false }: ResultOptions = {},
): Uint8Array {
  if (hasLaterStatus && name === 'canister_status') return encodeAsNetwork(LaterStatus, value);
  const { result } = MANAGEMENT_TYPES[name];
  return result ? encodeAsNetwork(result, value) : EMPTY_REPLY;
}

export function decodeResult(name: ManagementMethod, bytes: Uint8Array): unknown {
  const { result } = MANAGEMENT_TYPES[name];
  return result ? IDL.decode([result], bytes.slice())[0] : undefined;
}
