/**
 * What a canister holds and what that costs over time: the idle rate, the freezing threshold, and the condition of the low-memory hook.
 *
 * Source: interface specification, "Canister cycles" and "On low Wasm memory"; recorded: traces 04 and 06.
 */
import { BYTES } from '../params.js';
import type { SubnetProfile } from '../subnet-profile.js';
import { computeFee, storageFee } from './prices.js';

export interface Holdings {
  /** Memory usage in bytes: code, memories, chunks, snapshots, and history. */
  readonly memoryBytes: number;
  /** Bytes of messages in queues, and of the responses that are set aside for open calls. */
  readonly messageBytes: number;
  /** Bytes; 0 = none, the canister pays for what it uses. */
  readonly memoryAllocation: bigint;
  /** Percent. */
  readonly computeAllocation: bigint;
  readonly freezingThresholdSeconds: bigint;
  /** Cycles that are set aside for the storage of the next time. */
  readonly reservedCycles: bigint;
}

const SECONDS_PER_DAY = 86_400n;

/** The price of one day by resource, in the order in which they are charged: memory, messages, compute. Each is rounded down. */
export function idleCyclesPerDayByResource(
  profile: SubnetProfile,
  { memoryBytes, messageBytes, memoryAllocation, computeAllocation }: Holdings,
): readonly [memory: bigint, messages: bigint, compute: bigint] {
  const bytes = memoryAllocation > 0n ? memoryAllocation : BigInt(memoryBytes);
  return [
    storageFee(profile, bytes, SECONDS_PER_DAY),
    messageBytes === 0 ? 0n : storageFee(profile, BigInt(messageBytes), SECONDS_PER_DAY),
    computeAllocation === 0n ? 0n : computeFee(profile, computeAllocation, SECONDS_PER_DAY),
  ];
}

export function idleCyclesPerDay(profile: SubnetProfile, holdings: Holdings): bigint {
  const [memory, messages, compute] = idleCyclesPerDayByResource(profile, holdings);
  return memory + messages + compute;
}

/** What a daily rate costs for a number of seconds. */
export function costForSeconds(perDay: bigint, seconds: bigint): bigint {
  return (perDay * seconds) / SECONDS_PER_DAY;
}

/** The balance below which the canister is frozen. */
export function freezingThreshold(profile: SubnetProfile, holdings: Holdings): bigint {
  const idle = costForSeconds(idleCyclesPerDay(profile, holdings), holdings.freezingThresholdSeconds);
  return idle > holdings.reservedCycles ? idle - holdings.reservedCycles : 0n;
}

/** Bytes of the subnet that the canister takes: its allocation, or its usage if that is larger. */
export function allocatedBytes(memoryAllocation: bigint, memoryBytes: number): number {
  return Math.max(Number(memoryAllocation), memoryBytes);
}

export interface HeapSpace {
  readonly heapBytes: number;
  /** Memory usage including the heap. */
  readonly memoryBytes: number;
  readonly memoryAllocation: bigint;
  /** The limit of the settings; `undefined` or 0 if none is set. */
  readonly wasmMemoryLimit: bigint;
  readonly wasmMemoryThreshold: bigint;
}

/** Whether less than the threshold of the settings is left for the heap, by its limit or by the memory allocation. */
export function isHeapLow(space: HeapSpace): boolean {
  const { heapBytes, memoryBytes, memoryAllocation, wasmMemoryLimit, wasmMemoryThreshold } = space;
  const left = (total: bigint): bigint => {
    const others = BigInt(memoryBytes - heapBytes);
    return total > others ? total - others : 0n;
  };
  const capacity =
    memoryAllocation > 0n && left(memoryAllocation) < wasmMemoryLimit
      ? left(memoryAllocation)
      : wasmMemoryLimit;
  return capacity < BigInt(heapBytes) + wasmMemoryThreshold;
}

/** The size of a queued guaranteed response, or of the space that an open call sets aside for it. */
export const RESPONSE_RESERVE_BYTES = BYTES.responseOverhead + BYTES.replyMax;
