/**
 * Changes of a canister's memory by the management canister: whether the canister may take the memory, and what it pays.
 *
 * Source: interface specification, "Resource reservation" and "Memory usage"; recorded: trace 04 for installations, trace 06 for chunks
 * and snapshots.
 */
import type { PrincipalText } from '../../replica.js';
import {
  managedGrowthUnpaid,
  managedReservedLimitExceeded,
  memoryAllocationTooSmall,
  snapshotUnpaid,
  subnetMemoryExhausted,
} from '../accounting/account-errors.js';
import { freezingThreshold } from '../accounting/holdings.js';
import { storageReservation, type MemoryShare } from '../accounting/subnet-memory.js';
import type { UserError } from '../errors.js';
import type { Canister } from '../state/canister.js';
import { holdingsOf, shareOf } from '../state/canister-memory.js';
import type { Subnet } from '../state/subnet.js';
import { reserveCycles, withdraw, withdrawalError } from './canister-account.js';

export interface MemoryChange {
  readonly oldBytes: number;
  readonly newBytes: number;
  /** Cycles for the work of the call. */
  readonly fee: bigint;
  readonly sender: PrincipalText;
}

/**
 * Pays for a call that changes the memory usage, before or after the change itself. Returns an error, and takes nothing, if the canister
 * may not take the memory or cannot pay for it.
 */
export function payForMemoryChange(
  subnet: Subnet,
  canister: Canister,
  { oldBytes, newBytes, fee, sender }: MemoryChange,
): UserError | undefined {
  const { record, profile } = canister;
  const { memoryAllocation } = record.settings;
  if (memoryAllocation > 0n && newBytes > memoryAllocation) {
    return memoryAllocationTooSmall(memoryAllocation, newBytes);
  }
  const growth = memoryAllocation > 0n ? 0 : Math.max(0, newBytes - oldBytes);
  const share = shareOf(subnet);
  if (growth > 0 && growth > share.available) return subnetExhausted(growth, share);
  const holdings = holdingsOf(canister, newBytes);
  const threshold = freezingThreshold(profile, holdings);
  if (record.cycles < threshold) return managedGrowthUnpaid(growth, threshold - record.cycles);
  const unpaid = withdrawalError(canister, fee, sender, holdings);
  if (unpaid) return snapshotUnpaid(unpaid);
  const reservation = reservationFor(canister, share, growth, record.cycles - fee);
  if (typeof reservation !== 'bigint') return reservation;
  withdraw(canister, fee, sender, holdings);
  reserveCycles(canister, reservation);
  return undefined;
}

/** The cycles to reserve for a growth, or the error if the limit of the settings forbids them or the balance does not hold them. */
export function reservationFor(
  { record, profile }: Canister,
  share: MemoryShare,
  growthBytes: number,
  balance: bigint,
): bigint | UserError {
  const amount = storageReservation(profile, share, growthBytes);
  if (amount === 0n) return 0n;
  const { reservedCyclesLimit: limit } = record.settings;
  const total = record.reservedCycles + amount;
  if (total > limit) return managedReservedLimitExceeded(growthBytes, limit, total - limit);
  return amount > balance ? managedGrowthUnpaid(growthBytes, amount - balance) : amount;
}

export function subnetExhausted(growthBytes: number, { available }: MemoryShare): UserError {
  return subnetMemoryExhausted(BigInt(growthBytes), BigInt(Math.max(0, available)));
}
