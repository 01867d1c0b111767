/** What canisters pay, and what they must keep. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { BYTES, CYCLES } from '../params.js';
import type { Canister } from '../state/canister.js';
import type { Subnet } from '../state/subnet.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const GIB = 1_073_741_824;

/** Bytes a canister occupies: heap, stable memory, module, globals, chunks, log. */
export const memoryUsage = (canister: Canister): number => {
  const { module, globals, log, chunks } = canister.record;
  const code = module ? module.originalSize + (globals.length + 1) * BYTES.globalSize : 0;
  const heap = canister.machine?.heap.byteLength ?? 0;
  return heap + canister.stable.byteLength + code + log.usedBytes + chunks.size * BYTES.chunkMax;
};

/** Cycles per second for memory and compute allocation. */
const idleCyclesPerSecond = (canister: Canister): number => {
  const { settings } = canister.record;
  const bytes = Math.max(memoryUsage(canister), Number(settings.memoryAllocation));
  return (bytes * Number(CYCLES.storage)) / GIB + Number(settings.computeAllocation * CYCLES.computePercent);
};

export const idleCyclesPerDay = (canister: Canister): bigint =>
  BigInt(Math.ceil(idleCyclesPerSecond(canister) * 86_400));

/** Below this balance a canister is frozen. */
export const freezeLimit = (canister: Canister): bigint =>
  BigInt(
    Math.ceil(idleCyclesPerSecond(canister) * Number(canister.record.settings.freezingThresholdSeconds)),
  );

export const executionCost = (instructions: number): bigint =>
  CYCLES.executionBase + BigInt(Math.ceil(instructions));

/** A message runs only if the canister could pay for its whole limit. */
export const outOfCycles = (
  canister: Canister,
  instructionLimit: number,
  caller: PrincipalText,
): UserError | undefined => {
  const { cycles, settings } = canister.record;
  const required = freezeLimit(canister) + executionCost(instructionLimit);
  if (cycles >= required) return undefined;
  const topUp = settings.controllers.includes(caller)
    ? `: please top up the canister with at least ${required - cycles} additional cycles`
    : '';
  return userError(ERROR.canisterOutOfCycles, `Canister ${canister.id} is out of cycles${topUp}`);
};

export const ingressCost = (bytes: number): bigint => CYCLES.ingress + CYCLES.ingressByte * BigInt(bytes);

export const spend = (canister: Canister, amount: bigint): void => {
  const { cycles } = canister.record;
  canister.record.cycles = cycles > amount ? cycles - amount : 0n;
};

/** Charge all canisters for the time that passed, in steps of 10 seconds. */
export const chargeForTime = (subnet: Subnet, periodNs: bigint): void => {
  const elapsed = subnet.timeNs - subnet.record.chargedAtNs;
  if (elapsed < periodNs) return;
  subnet.record.chargedAtNs = subnet.timeNs;
  const seconds = Number(elapsed / NANOS_PER_SECOND);
  for (const canister of subnet.canisters.values()) {
    spend(canister, BigInt(Math.ceil(idleCyclesPerSecond(canister) * seconds)));
  }
};
