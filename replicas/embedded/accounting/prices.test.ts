import { describe, expect, it } from 'vitest';
import { createSubnetProfile } from '../subnet-profile.js';
import {
  computeFee,
  creationFee,
  executionFee,
  ingressFee,
  isFree,
  outcallFee,
  quotedCallCost,
  requestFee,
  responseReserve,
  storageFee,
  thresholdKeyFee,
  transmissionFee,
  unusedInstructionsRefund,
} from './prices.js';

const SMALL = createSubnetProfile({ type: 'application', nodes: 13 });
const LARGE = createSubnetProfile({ type: 'application', nodes: 34 });
const SYSTEM = createSubnetProfile({ type: 'system', nodes: 40 });
const FREE = createSubnetProfile({ type: 'application', nodes: 13, costSchedule: 'free' });

describe('the price list', () => {
  it('charges an ingress message for each byte of the request', () => {
    expect(ingressFee(SMALL, 646)).toBe(2_492_000n);
  });

  it('charges a message a fixed fee and two cycles per instruction of a 64-bit module', () => {
    expect(executionFee(SMALL, 2_429, false)).toBe(5_002_429n);
    expect(executionFee(SMALL, 2_429, true)).toBe(5_004_858n);
  });

  it('rounds the fee and the refund of an execution down separately on larger subnets', () => {
    expect(executionFee(LARGE, 1_000, false)).toBe(13_079_538n);
    expect(unusedInstructionsRefund(LARGE, 1_000, false)).toBe(2_615n);
  });

  it('scales fees by the number of nodes, but not the quoted cost of a call', () => {
    expect(creationFee(LARGE)).toBe((500_000_000_000n * 34n) / 13n);
    expect(quotedCallCost(SMALL, 0n, false)).toBe(42_102_412_000n);
    expect(quotedCallCost(LARGE, 0n, false)).toBe(42_102_412_000n);
  });

  it('quotes the fee and the reserve that a call on 13 nodes pays', () => {
    const { execution, transmission } = responseReserve(SMALL, false);
    expect(quotedCallCost(SMALL, 100n, false)).toBe(requestFee(SMALL, 100) + execution + transmission);
  });

  it('is quadratic in the number of nodes for an outcall', () => {
    expect(outcallFee(SMALL, 0n, 2_000_000n)).toBe(20_849_140_000n);
  });

  it('charges storage for bytes and seconds, and compute for percent and seconds', () => {
    expect(storageFee(SMALL, 797_865n, 86_400n)).toBe(8_153_555n);
    expect(computeFee(SMALL, 10n, 1n)).toBe(100_000_000n);
  });

  it('charges a signature on a system subnet, where everything else is free', () => {
    expect(thresholdKeyFee(createSubnetProfile({ type: 'system', nodes: 34 }))).toBe(26_153_846_153n);
    expect(isFree(SYSTEM)).toBe(true);
    const others = [ingressFee(SYSTEM, 100), executionFee(SYSTEM, 100, true), transmissionFee(SYSTEM, 100)];
    expect([...others, quotedCallCost(SYSTEM, 1n, false), storageFee(SYSTEM, 1n << 40n, 1n)]).toEqual([
      0n,
      0n,
      0n,
      0n,
      0n,
    ]);
  });

  it('charges nothing on a subnet with the free cost schedule', () => {
    expect([
      creationFee(FREE),
      outcallFee(FREE, 1n, 1n),
      thresholdKeyFee(FREE),
      computeFee(FREE, 1n, 1n),
    ]).toEqual([0n, 0n, 0n, 0n]);
  });
});
