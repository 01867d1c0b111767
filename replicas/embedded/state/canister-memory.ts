/** What a canister uses of its subnet's memory, and its terms of payment. */
import { RESPONSE_RESERVE_BYTES, allocatedBytes, type Holdings } from '../accounting/holdings.js';
import { memoryShare, type MemoryShare } from '../accounting/subnet-memory.js';
import { BYTES } from '../params.js';
import type { InstrumentedModule } from '../wasm/instrumented-module.js';
import type { Canister, CanisterRecord } from './canister.js';
import { canisterHistoryBytes } from './canister-history.js';
import { responsePayloadBytes, type CallInput, type Origin } from './messages.js';
import type { Subnet } from './subnet.js';

/** The parts of the memory usage in bytes, as `canister_status` reports them. */
export interface MemoryMetrics {
  readonly heap: number;
  readonly stable: number;
  readonly globals: number;
  readonly module: number;
  readonly customSections: number;
  readonly history: number;
  readonly chunks: number;
  readonly snapshots: number;
}

export function memoryMetrics({ record, machine, stable }: Canister): MemoryMetrics {
  const { module, canisterHistory, chunks, snapshots } = record;
  return {
    heap: machine?.heap.byteLength ?? 0,
    stable: stable.byteLength,
    globals: module ? globalBytes(module) : 0,
    module: module?.originalSize ?? 0,
    customSections: module ? customSectionBytes(module) : 0,
    history: canisterHistoryBytes(canisterHistory),
    chunks: chunks.size * BYTES.chunkMax,
    snapshots: snapshotBytes(snapshots),
  };
}

/** The memory usage of a canister in bytes. */
export function memoryUsage(canister: Canister): number {
  const { heap, stable, globals, module, customSections, history, chunks, snapshots } =
    memoryMetrics(canister);
  return heap + stable + globals + module + customSections + history + chunks + snapshots;
}

/**
 * The bytes that a snapshot of the canister would hold. Custom sections are part of the module. Recorded: trace 12, exchange 199 (the
 * certified data counts).
 */
export function snapshotSize(canister: Canister): number {
  const { heap, stable, globals, module, chunks } = memoryMetrics(canister);
  return heap + stable + globals + module + chunks + canister.record.certifiedData.length;
}

/** Recorded: trace 06, exchanges 368 to 376. The instruction counter is a global too. */
function globalBytes({ keptGlobals }: InstrumentedModule): number {
  return (keptGlobals.length + 1) * BYTES.globalSize;
}

/** A custom section counts with its name, its content, and one byte for its visibility. Recorded: trace 06, exchanges 408 to 420. */
function customSectionBytes({ customSections }: InstrumentedModule): number {
  return customSections.reduce(
    (sum, { name, content }) => sum + Buffer.byteLength(name) + content.length + 1,
    0,
  );
}

function snapshotBytes(snapshots: CanisterRecord['snapshots']): number {
  return snapshots.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}

/**
 * The bytes of the canister's messages: messages in its queue, and the space for the response of each open guaranteed call that it has
 * made or must answer. Recorded: trace 06, exchange 478.
 */
export function messageBytes({ callbacks, callContexts, inputs }: Canister): number {
  let bytes = 0;
  const answered = new Set<number>();
  for (const input of inputs.items) {
    if (input.kind === 'response') {
      bytes += BYTES.responseOverhead + responsePayloadBytes(input.response);
      answered.add(input.callback);
    } else {
      bytes += requestBytes(input);
    }
  }
  for (const { id, deadlineNs } of callbacks.values()) {
    if (deadlineNs === 0n && !answered.has(id)) bytes += RESPONSE_RESERVE_BYTES;
  }
  for (const { origin, isAnswered } of callContexts.values()) {
    if (!isAnswered) bytes += answerReserve(origin);
  }
  return bytes;
}

/** The space for the response to a call that a canister must answer. */
export function answerReserve(origin: Origin): number {
  return origin.kind === 'canister' && origin.deadlineNs === 0n ? RESPONSE_RESERVE_BYTES : 0;
}

function requestBytes({ kind, origin, method, arg }: CallInput): number {
  if (kind === 'ingress') return 0;
  const bytes = BYTES.requestOverhead + Buffer.byteLength(method) + arg.length;
  // A guaranteed call counts with its response, unless its request is larger than that.
  return Math.max(answerReserve(origin), bytes);
}

/** What the canister holds, and its terms. `memoryBytes` may state a usage that it does not have yet. */
export function holdingsOf(canister: Canister, memoryBytes = memoryUsage(canister)): Holdings {
  const { settings, reservedCycles } = canister.record;
  const { memoryAllocation, computeAllocation, freezingThresholdSeconds } = settings;
  return {
    memoryBytes,
    messageBytes: messageBytes(canister),
    memoryAllocation,
    computeAllocation,
    freezingThresholdSeconds,
    reservedCycles,
  };
}

/** Bytes of its subnet that the canister takes. */
export function bytesTaken(canister: Canister): number {
  return allocatedBytes(canister.record.settings.memoryAllocation, memoryUsage(canister));
}

/** The memory that one message may take of the subnet. `uncounted` bytes of the canisters are not taken yet. */
export function shareOf({ canisters }: Subnet, uncounted = 0): MemoryShare {
  let taken = -uncounted;
  for (const canister of canisters.values()) taken += bytesTaken(canister);
  return memoryShare(taken);
}
