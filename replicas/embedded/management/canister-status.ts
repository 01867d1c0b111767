/** The result of `canister_status`. */
import { Principal } from '@icp-sdk/core/principal';
import { hexToBytes } from '../bytes.js';
import { customSectionBytes, idleCyclesPerDay, memoryUsage, snapshotBytes } from '../execution/cycles.js';
import { BYTES } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import { canisterHistoryBytes } from '../state/canister-history.js';
import { settingsToCandid } from './settings.js';

export function statusToCandid(canister: Canister) {
  const { record } = canister;
  const { settings, cycles } = record;
  return {
    status: { [record.status]: null },
    ready_for_migration: record.status === 'stopped' && canister.inputs.length === 0,
    version: BigInt(record.version),
    module_hash: moduleHashToCandid(canister),
    controller: Principal.fromText(settings.controllers[0] ?? MANAGEMENT_CANISTER),
    settings: settingsToCandid(settings),
    memory_size: BigInt(memoryUsage(canister)),
    memory_metrics: memoryMetrics(canister),
    cycles,
    balance: [[new Uint8Array([0]), cycles]],
    freezing_threshold: settings.freezingThresholdSeconds,
    idle_cycles_burned_per_day: idleCyclesPerDay(canister),
    reserved_cycles: 0n,
    query_stats: {
      num_calls_total: 0n,
      num_instructions_total: 0n,
      request_payload_bytes_total: 0n,
      response_payload_bytes_total: 0n,
    },
  };
}

function memoryMetrics({ record, machine, stable }: Canister) {
  const { module, globals, canisterHistory, chunks, snapshots, log } = record;
  return {
    wasm_memory_size: BigInt(machine?.heap.byteLength ?? 0),
    stable_memory_size: BigInt(stable.byteLength),
    // One more than the module's own: the instruction counter is a global too.
    global_memory_size: module ? BigInt((globals.length + 1) * BYTES.globalSize) : 0n,
    wasm_binary_size: BigInt(module?.originalSize ?? 0),
    custom_sections_size: BigInt(module ? customSectionBytes(module) : 0),
    canister_history_size: BigInt(canisterHistoryBytes(canisterHistory)),
    wasm_chunk_store_size: BigInt(chunks.size * BYTES.chunkMax),
    snapshots_size: BigInt(snapshotBytes(snapshots)),
    log_memory_store_size: BigInt(log.usedBytes),
  };
}

export function moduleHashToCandid({ record }: Canister): [] | [Uint8Array] {
  return record.module ? [hexToBytes(record.module.hash)] : [];
}
