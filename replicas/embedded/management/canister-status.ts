/** The result of `canister_status`. */
import { hexToBytes } from '../bytes.js';
import { idleCyclesOf } from '../execution/canister-account.js';
import type { Canister } from '../state/canister.js';
import { memoryMetrics, memoryUsage } from '../state/canister-memory.js';
import { controllerToCandid, settingsToCandid } from './settings.js';

export function statusToCandid(canister: Canister) {
  const { record } = canister;
  const { settings, cycles } = record;
  return {
    status: { [record.status]: null },
    ready_for_migration: record.status === 'stopped' && canister.inputs.length === 0,
    version: BigInt(record.version),
    module_hash: moduleHashToCandid(canister),
    controller: controllerToCandid(settings),
    settings: settingsToCandid(settings),
    memory_size: BigInt(memoryUsage(canister)),
    memory_metrics: metricsToCandid(canister),
    cycles,
    balance: [[new Uint8Array([0]), cycles]],
    freezing_threshold: settings.freezingThresholdSeconds,
    idle_cycles_burned_per_day: idleCyclesOf(canister),
    reserved_cycles: record.reservedCycles,
    query_stats: {
      num_calls_total: 0n,
      num_instructions_total: 0n,
      request_payload_bytes_total: 0n,
      response_payload_bytes_total: 0n,
    },
  };
}

function metricsToCandid(canister: Canister) {
  const { heap, stable, globals, module, customSections, history, chunks, snapshots } =
    memoryMetrics(canister);
  return {
    wasm_memory_size: BigInt(heap),
    stable_memory_size: BigInt(stable),
    global_memory_size: BigInt(globals),
    wasm_binary_size: BigInt(module),
    custom_sections_size: BigInt(customSections),
    canister_history_size: BigInt(history),
    wasm_chunk_store_size: BigInt(chunks),
    snapshots_size: BigInt(snapshots),
    log_memory_store_size: BigInt(canister.record.log.usedBytes),
  };
}

export function moduleHashToCandid({ record }: Canister): [] | [Uint8Array] {
  return record.module ? [hexToBytes(record.module.hash)] : [];
}
