import { describe, expect, it } from 'vitest';
import { APPLICATION_PROFILE } from '../subnet-profile.js';
import {
  costForSeconds,
  freezingThreshold,
  idleCyclesPerDay,
  isHeapLow,
  RESPONSE_RESERVE_BYTES,
  type HeapSpace,
  type Holdings,
} from './holdings.js';

const MIB = 1_048_576;
const DAY = 86_400n;

const HOLDINGS: Holdings = {
  memoryBytes: 797_865,
  messageBytes: 0,
  memoryAllocation: 0n,
  computeAllocation: 0n,
  freezingThresholdSeconds: 30n * DAY,
  reservedCycles: 0n,
};
function rate(changes: Partial<Holdings> = {}) {
  return idleCyclesPerDay(APPLICATION_PROFILE, { ...HOLDINGS, ...changes });
}
function threshold(changes: Partial<Holdings> = {}) {
  return freezingThreshold(APPLICATION_PROFILE, { ...HOLDINGS, ...changes });
}

describe('the idle rate of a canister', () => {
  it('is the price of its memory, rounded down', () => {
    expect(rate()).toBe(8_153_555n);
  });

  it('is the price of the memory allocation, however little of it is used', () => {
    expect(rate({ memoryAllocation: 4_194_304n })).toBe(42_862_500n);
  });

  it('includes the memory that an open call sets aside for its response', () => {
    expect(rate({ messageBytes: RESPONSE_RESERVE_BYTES }) - rate()).toBe(21_432_721n);
  });

  it('includes the compute allocation', () => {
    expect(rate({ computeAllocation: 10n }) - rate()).toBe(8_640_000_000_000n);
  });
});

describe('the freezing threshold', () => {
  it('is the idle rate of the time of the settings', () => {
    expect(threshold()).toBe(30n * 8_153_555n);
    expect(threshold({ freezingThresholdSeconds: 1n })).toBe(94n);
  });

  it('is lower by the cycles that are reserved for storage', () => {
    expect(threshold({ reservedCycles: 6_650n })).toBe(30n * 8_153_555n - 6_650n);
    expect(threshold({ reservedCycles: 10n ** 12n })).toBe(0n);
  });

  it('is charged by the second, rounded down', () => {
    expect(costForSeconds(86_399n, 1n)).toBe(0n);
    expect(costForSeconds(86_400n, 3n)).toBe(3n);
  });
});

describe('the condition of the low-memory hook', () => {
  const space: HeapSpace = {
    heapBytes: 3 * MIB,
    memoryBytes: 5 * MIB,
    memoryAllocation: 0n,
    wasmMemoryLimit: BigInt(4 * MIB),
    wasmMemoryThreshold: BigInt(MIB),
  };

  it('is met if less than the threshold is left below the limit', () => {
    expect(isHeapLow(space)).toBe(false);
    expect(isHeapLow({ ...space, wasmMemoryThreshold: BigInt(MIB + 1) })).toBe(true);
  });

  it('is met if less than the threshold is left of the allocation beside stable memory', () => {
    expect(isHeapLow({ ...space, memoryAllocation: BigInt(6 * MIB) })).toBe(false);
    expect(isHeapLow({ ...space, memoryAllocation: BigInt(6 * MIB) - 1n })).toBe(true);
  });

  it('is met beyond the limit even with a threshold of zero', () => {
    const beyond = { ...space, wasmMemoryThreshold: 0n, heapBytes: 4 * MIB + 1, memoryBytes: 6 * MIB };
    expect(isHeapLow(beyond)).toBe(true);
    expect(isHeapLow({ ...beyond, heapBytes: 4 * MIB })).toBe(false);
  });
});
