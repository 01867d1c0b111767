/**
 * Arguments and replies of the management canister that the driver needs. The types are those of `@dfinity/pic` 0.16.1, so that an
 * installation sends the same bytes as that library.
 */
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { upgradeOption } from '../main-memory.js';
import type { CanisterMetrics, InstallRequest, LogRecord, PrincipalText } from '../replica.js';

export const MANAGEMENT_CANISTER: PrincipalText = 'aaaaa-aa';

/** Limit of a chunk of `upload_chunk`: 1 MiB (IC interface spec). */
export const CHUNK_BYTES_MAX = 1024 * 1024;

const Bytes = IDL.Vec(IDL.Nat8);
const Mode = IDL.Variant({
  install: IDL.Null,
  reinstall: IDL.Null,
  upgrade: IDL.Opt(
    IDL.Record({
      skip_pre_upgrade: IDL.Opt(IDL.Bool),
      wasm_memory_persistence: IDL.Opt(IDL.Variant({ keep: IDL.Null, replace: IDL.Null })),
    }),
  ),
});
const InstallCode = IDL.Record({ arg: Bytes, wasm_module: Bytes, mode: Mode, canister_id: IDL.Principal });
const Settings = IDL.Record({
  controllers: IDL.Opt(IDL.Vec(IDL.Principal)),
  compute_allocation: IDL.Opt(IDL.Nat),
  memory_allocation: IDL.Opt(IDL.Nat),
  freezing_threshold: IDL.Opt(IDL.Nat),
  reserved_cycles_limit: IDL.Opt(IDL.Nat),
});
const CreateCanister = IDL.Record({
  settings: IDL.Opt(Settings),
  amount: IDL.Opt(IDL.Nat),
  specified_id: IDL.Opt(IDL.Principal),
});
const CanisterId = IDL.Record({ canister_id: IDL.Principal });
const UploadChunk = IDL.Record({ canister_id: IDL.Principal, chunk: Bytes });
const InstallChunkedCode = IDL.Record({
  mode: Mode,
  target_canister: IDL.Principal,
  store_canister: IDL.Opt(IDL.Principal),
  chunk_hashes_list: IDL.Vec(IDL.Record({ hash: Bytes })),
  wasm_module_hash: Bytes,
  arg: Bytes,
});
/** The fields of `canister_status` that are used. Candid skips the others. */
const Status = IDL.Record({
  memory_metrics: IDL.Record({ wasm_memory_size: IDL.Nat, stable_memory_size: IDL.Nat }),
  cycles: IDL.Nat,
});
const Logs = IDL.Record({
  canister_log_records: IDL.Vec(IDL.Record({ idx: IDL.Nat64, timestamp_nanos: IDL.Nat64, content: Bytes })),
});

function encode(type: IDL.Type, value: unknown): Uint8Array {
  return new Uint8Array(IDL.encode([type], [value]));
}

function decode(type: IDL.Type, bytes: Uint8Array): unknown {
  return IDL.decode([type], bytes)[0];
}

function modeToCandid({ mode, wasm }: InstallRequest): unknown {
  return mode === 'upgrade' ? upgradeOption(wasm) : { [mode]: null };
}

/** The caller becomes the sole controller. */
export function encodeCreateCanister(cycles: bigint): Uint8Array {
  const unset = {
    controllers: [],
    compute_allocation: [],
    memory_allocation: [],
    freezing_threshold: [],
    reserved_cycles_limit: [],
  };
  return encode(CreateCanister, { settings: [unset], amount: [cycles], specified_id: [] });
}

export function decodeCreateCanister(bytes: Uint8Array): PrincipalText {
  return (decode(CanisterId, bytes) as { canister_id: Principal }).canister_id.toText();
}

export function encodeInstallCode(request: InstallRequest): Uint8Array {
  return encode(InstallCode, {
    arg: request.arg,
    wasm_module: request.wasm,
    mode: modeToCandid(request),
    canister_id: Principal.fromText(request.canister),
  });
}

export function encodeCanisterId(canister: PrincipalText): Uint8Array {
  return encode(CanisterId, { canister_id: Principal.fromText(canister) });
}

export function encodeUploadChunk(canister: PrincipalText, chunk: Uint8Array): Uint8Array {
  return encode(UploadChunk, { canister_id: Principal.fromText(canister), chunk });
}

/** `chunkHashes` are in the order of the chunks. All hashes are SHA-256. */
export function encodeInstallChunkedCode(
  request: InstallRequest,
  chunkHashes: readonly Uint8Array[],
  wasmHash: Uint8Array,
): Uint8Array {
  return encode(InstallChunkedCode, {
    mode: modeToCandid(request),
    target_canister: Principal.fromText(request.canister),
    store_canister: [],
    chunk_hashes_list: chunkHashes.map((hash) => ({ hash })),
    wasm_module_hash: wasmHash,
    arg: request.arg,
  });
}

export function decodeStatus(bytes: Uint8Array): Omit<CanisterMetrics, 'instructions'> {
  const status = decode(Status, bytes) as {
    memory_metrics: { wasm_memory_size: bigint; stable_memory_size: bigint };
    cycles: bigint;
  };
  return {
    heapBytes: Number(status.memory_metrics.wasm_memory_size),
    stableBytes: Number(status.memory_metrics.stable_memory_size),
    cycles: status.cycles,
  };
}

export function decodeLogs(bytes: Uint8Array): LogRecord[] {
  const { canister_log_records: records } = decode(Logs, bytes) as {
    canister_log_records: { idx: bigint; timestamp_nanos: bigint; content: Uint8Array | number[] }[];
  };
  return records.map(({ idx, timestamp_nanos: timeNs, content }) => ({
    index: idx,
    timeNs,
    content: Uint8Array.from(content),
  }));
}
