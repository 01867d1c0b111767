/**
 * The memory of a subnet: its capacity, and the cycles that a canister reserves for memory while the subnet is well filled.
 *
 * A subnet divides its memory evenly between its execution threads, so one message or call can take at most one share. Source:
 * interface specification, "Resource reservation"; recorded: trace 06, exchanges 33 and 95.
 */
import { STORAGE_RESERVATION_SECONDS_MAX, SUBNET_MEMORY } from '../params.js';
import type { SubnetProfile } from '../subnet-profile.js';
import { isFree, storageFee } from './prices.js';

/** One share of a subnet's memory. Bytes. */
export interface MemoryShare {
  /** What canisters may still take. Negative if they hold more than the capacity. */
  readonly available: number;
}

const CAPACITY = SUBNET_MEMORY.capacity / SUBNET_MEMORY.threads;
const THRESHOLD = SUBNET_MEMORY.reservationThreshold / SUBNET_MEMORY.threads;

/** `takenBytes` is the sum of what the canisters of the subnet take. */
export function memoryShare(takenBytes: number): MemoryShare {
  const free = SUBNET_MEMORY.capacity - SUBNET_MEMORY.callbackReserve - takenBytes;
  return { available: Math.trunc(free / SUBNET_MEMORY.threads) };
}

/** The share that a callback may use. */
export function withCallbackReserve({ available }: MemoryShare): MemoryShare {
  return { available: available + SUBNET_MEMORY.callbackReserve / SUBNET_MEMORY.threads };
}

/**
 * The cycles that a canister reserves when it takes `bytes` more of a share: the price of storage above the threshold, for a time that
 * grows with the usage.
 */
export function storageReservation(profile: SubnetProfile, share: MemoryShare, bytes: number): bigint {
  if (bytes <= 0 || isFree(profile)) return 0n;
  const used = Math.min(CAPACITY, Math.max(0, CAPACITY - Math.max(0, share.available)));
  return totalReservation(profile, Math.min(CAPACITY, used + bytes)) - totalReservation(profile, used);
}

/** The cycles that are reserved for filling a share from empty to `used`: half the final time for each byte, the area of a triangle. */
function totalReservation(profile: SubnetProfile, used: number): bigint {
  const above = BigInt(Math.max(0, used - THRESHOLD));
  const seconds = (STORAGE_RESERVATION_SECONDS_MAX * above) / BigInt(CAPACITY - THRESHOLD);
  return storageFee(profile, above, seconds / 2n);
}
