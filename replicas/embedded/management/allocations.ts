/**
 * Whether a canister may have the allocations of its settings: what it uses, what the subnet can give, and what the canister can pay for.
 *
 * Source: interface specification, "IC method update_settings"; recorded: trace 06, exchanges 22 to 47 and 452; trace 07.
 */
import {
  allocationReservedLimitExceeded,
  computeAllocationUnpaid,
  memoryAllocationTooSmall,
  memoryAllocationUnpaid,
  reservedLimitTooLow,
  subnetComputeExhausted,
  subnetMemoryExhausted,
} from '../accounting/account-errors.js';
import { allocatedBytes, freezingThreshold, type Holdings } from '../accounting/holdings.js';
import { storageReservation, type MemoryShare } from '../accounting/subnet-memory.js';
import type { UserError } from '../errors.js';
import { COMPUTE_CAPACITY_PERCENT } from '../params.js';
import type { CanisterSettings } from '../state/canister.js';
import { shareOf } from '../state/canister-memory.js';
import type { Subnet } from '../state/subnet.js';

/** What a canister has when its settings change. */
export interface AllocationHolder {
  readonly balance: bigint;
  /** With the allocations before the change. */
  readonly holdings: Holdings;
}

/** A canister that does not exist yet. */
export function newHolder(balance: bigint): AllocationHolder {
  return {
    balance,
    holdings: {
      memoryBytes: 0,
      messageBytes: 0,
      memoryAllocation: 0n,
      computeAllocation: 0n,
      freezingThresholdSeconds: 0n,
      reservedCycles: 0n,
    },
  };
}

/** Returns the cycles to reserve for the memory allocation, or the error if the change is not allowed. */
export function checkAllocations(
  subnet: Subnet,
  holder: AllocationHolder,
  next: CanisterSettings,
): bigint | UserError {
  const share = shareOf(subnet);
  return (
    memoryError(holder, next, share) ??
    computeError(subnet, holder, next) ??
    freezingError(subnet, holder, next) ??
    reservationOf(subnet, holder, next, share)
  );
}

function bytesBefore({ holdings }: AllocationHolder): number {
  return allocatedBytes(holdings.memoryAllocation, holdings.memoryBytes);
}

function memoryError(
  holder: AllocationHolder,
  { memoryAllocation }: CanisterSettings,
  share: MemoryShare,
): UserError | undefined {
  const { memoryBytes } = holder.holdings;
  if (memoryAllocation > 0n && memoryAllocation < memoryBytes) {
    return memoryAllocationTooSmall(memoryAllocation, memoryBytes);
  }
  const requested = memoryAllocation > memoryBytes ? memoryAllocation : BigInt(memoryBytes);
  const available = BigInt(Math.max(0, share.available) + bytesBefore(holder));
  return requested > available ? subnetMemoryExhausted(requested, available) : undefined;
}

function computeError(
  { canisters }: Subnet,
  { holdings }: AllocationHolder,
  { computeAllocation }: CanisterSettings,
): UserError | undefined {
  let used = 0n;
  for (const { record } of canisters.values()) used += record.settings.computeAllocation;
  // One percent always stays free.
  const free = COMPUTE_CAPACITY_PERCENT - used - 1n;
  const available = (free > 0n ? free : 0n) + holdings.computeAllocation;
  return computeAllocation > available ? subnetComputeExhausted(computeAllocation, available) : undefined;
}

/** A larger allocation must not freeze the canister. A larger freezing threshold may. */
function freezingError(
  { profile }: Subnet,
  { balance, holdings }: AllocationHolder,
  { memoryAllocation, computeAllocation, freezingThresholdSeconds }: CanisterSettings,
): UserError | undefined {
  const allocations = { memoryAllocation, computeAllocation, freezingThresholdSeconds };
  const missing = freezingThreshold(profile, { ...holdings, ...allocations }) - balance;
  if (missing <= 0n) return undefined;
  if (computeAllocation > holdings.computeAllocation) {
    return computeAllocationUnpaid(computeAllocation, missing);
  }
  return memoryAllocation > holdings.memoryAllocation
    ? memoryAllocationUnpaid(memoryAllocation, missing)
    : undefined;
}

function reservationOf(
  { profile }: Subnet,
  holder: AllocationHolder,
  { memoryAllocation, reservedCyclesLimit: limit }: CanisterSettings,
  share: MemoryShare,
): bigint | UserError {
  const { reservedCycles, memoryBytes } = holder.holdings;
  const growth = allocatedBytes(memoryAllocation, memoryBytes) - bytesBefore(holder);
  const reservation = storageReservation(profile, share, growth);
  if (reservedCycles > limit) return reservedLimitTooLow(reservedCycles, limit);
  const excess = reservedCycles + reservation - limit;
  if (excess > 0n) return allocationReservedLimitExceeded(memoryAllocation, limit, excess);
  return holder.balance < reservation
    ? memoryAllocationUnpaid(memoryAllocation, reservation - holder.balance)
    : reservation;
}
