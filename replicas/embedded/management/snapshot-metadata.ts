/** The metadata of snapshots: reading it, and beginning the upload of a snapshot with it. */
import { executionFee } from '../accounting/prices.js';
import { hexToBytes } from '../bytes.js';
import {
  blobToBytes,
  type CandidGlobalTimer,
  type CandidLowMemoryHook,
  type CandidSnapshotUpload,
} from '../management-interface/arguments.js';
import { zeroMemory } from '../memory/frozen-memory.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import type { Canister, CanisterRecord, CanisterSnapshotRecord } from '../state/canister.js';
import { NETWORK_PAGES_MAX } from '../wasm/helpers.js';
import { WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { GLOBALS_MAX, MODULE_BYTES_MAX } from '../wasm/validation.js';
import { invalidSnapshotMetadata } from './errors.js';
import { failed, type CanisterCall, type MethodOutcome } from './method.js';
import { globalFromCandid, globalToCandid, keptValues } from './snapshot-globals.js';
import { payForSnapshot, nextSnapshotId, snapshotsKept } from './snapshot-store.js';

type LowMemoryHook = CanisterRecord['lowMemoryHook'];

const HOOK_NAMES = {
  'not-satisfied': 'condition_not_satisfied',
  ready: 'ready',
  executed: 'executed',
} as const satisfies Record<LowMemoryHook, string>;

export function metadataToCandid(snapshot: CanisterSnapshotRecord): object {
  const { content, stable, chunks, globalTimerNs, lowMemoryHook } = snapshot;
  const globals = content.kind === 'taken' ? keptValues(content.module, content.globals) : content.globals;
  return {
    source: content.kind === 'taken' ? { taken_from_canister: null } : { metadata_upload: null },
    taken_at_timestamp: snapshot.takenAtNs,
    wasm_module_size: BigInt(content.kind === 'taken' ? content.module.uploaded.length : content.moduleSize),
    globals: globals.map(globalToCandid),
    wasm_memory_size: BigInt(content.heap.wasmPages * WASM_PAGE_BYTES),
    stable_memory_size: BigInt(stable.wasmPages * WASM_PAGE_BYTES),
    wasm_chunk_store: [...chunks.keys()].sort().map((hash) => ({ hash: hexToBytes(hash) })),
    canister_version: BigInt(snapshot.version),
    certified_data: snapshot.certifiedData,
    global_timer: globalTimerNs === undefined ? [] : [timerToCandid(globalTimerNs)],
    on_low_wasm_memory_hook_status:
      lowMemoryHook === undefined ? [] : [{ [HOOK_NAMES[lowMemoryHook]]: null }],
  };
}

function timerToCandid(timeNs: bigint): CandidGlobalTimer {
  return timeNs === 0n ? { inactive: null } : { active: timeNs };
}

/** In the engine, a timer that is due at time 0 would be inactive. It is as due at 1 ns. */
function timerFromCandid(timer: CandidGlobalTimer): bigint {
  if ('inactive' in timer) return 0n;
  return timer.active === 0n ? 1n : timer.active;
}

function hookFromCandid(hook: CandidLowMemoryHook): LowMemoryHook {
  if ('ready' in hook) return 'ready';
  return 'executed' in hook ? 'executed' : 'not-satisfied';
}

/** Creates a snapshot whose module and memories are zeros. The canister pays for its whole size. */
export function uploadMetadata({
  subnet,
  canister,
  input,
  argument,
}: CanisterCall<'upload_canister_snapshot_metadata'>): MethodOutcome {
  const violation = metadataViolation(canister, argument);
  if (violation !== undefined) return failed(invalidSnapshotMetadata(violation));
  const kept = snapshotsKept(subnet, canister, argument.replace_snapshot[0]);
  if ('code' in kept) return failed(kept);
  const snapshot: Omit<CanisterSnapshotRecord, 'id'> = {
    takenAtNs: subnet.timeNs,
    totalBytes: sizeOf(argument),
    content: {
      kind: 'uploaded',
      moduleSize: Number(argument.wasm_module_size),
      module: zeroMemory(Math.ceil(Number(argument.wasm_module_size) / WASM_PAGE_BYTES)),
      globals: argument.globals.map(globalFromCandid),
      heap: zeroMemory(Number(argument.wasm_memory_size) / WASM_PAGE_BYTES),
    },
    stable: zeroMemory(Number(argument.stable_memory_size) / WASM_PAGE_BYTES),
    version: canister.record.version,
    certifiedData: blobToBytes(argument.certified_data),
    chunks: new Map(),
    height: 0,
    globalTimerNs: argument.global_timer[0] && timerFromCandid(argument.global_timer[0]),
    lowMemoryHook:
      argument.on_low_wasm_memory_hook_status[0] &&
      hookFromCandid(argument.on_low_wasm_memory_hook_status[0]),
  };
  const instructions = INSTRUCTIONS.snapshotBase + snapshot.totalBytes;
  const refusal = payForSnapshot(subnet, canister, {
    kept,
    added: snapshot.totalBytes,
    fee: executionFee(subnet.profile, instructions, false),
    sender: input.caller,
  });
  if (refusal) return failed(refusal);
  const id = nextSnapshotId(canister);
  canister.record.snapshots = [...kept, { ...snapshot, id }];
  return { kind: 'value', value: { snapshot_id: id }, instructions };
}

/** What is wrong with the metadata, in the network's words. */
function metadataViolation(
  { machine }: Canister,
  {
    wasm_module_size: module,
    wasm_memory_size: heap,
    stable_memory_size: stable,
    globals,
    certified_data,
  }: CandidSnapshotUpload,
): string | undefined {
  const heapMax = machine?.module.isWasm64 ? NETWORK_PAGES_MAX.wasm64 : NETWORK_PAGES_MAX.wasm32;
  const isAligned = (bytes: bigint): boolean => bytes % BigInt(WASM_PAGE_BYTES) === 0n;
  const violations: readonly (readonly [boolean, string])[] = [
    [module === 0n, 'WasmModuleEmpty'],
    [module > BigInt(MODULE_BYTES_MAX), 'WasmModuleTooLarge'],
    [!isAligned(heap), 'WasmMemoryNotPageAligned'],
    [heap > BigInt(heapMax * WASM_PAGE_BYTES), 'WasmMemoryTooLarge'],
    [!isAligned(stable), 'StableMemoryNotPageAligned'],
    [stable > BigInt(BYTES.stableMax), 'StableMemoryTooLarge'],
    [globals.length > GLOBALS_MAX, 'ExportedGlobalsTooLarge'],
    [certified_data.length > BYTES.certifiedDataMax, 'CertifiedDataTooLarge'],
  ];
  return violations.find(([isViolated]) => isViolated)?.[1];
}

/** Without the chunk store, which is empty. */
function sizeOf({
  wasm_module_size,
  wasm_memory_size,
  stable_memory_size,
  globals,
  certified_data,
}: CandidSnapshotUpload): number {
  const memories = Number(wasm_module_size + wasm_memory_size + stable_memory_size);
  return memories + certified_data.length + globals.length * BYTES.globalSize;
}
