import { describe, expect, it } from 'vitest';
import { networkTime } from './network-time.js';

const MB = 1_000_000;
function upload(puts: number, bytes: number) {
  return [
    { bytes: 300, instructions: 700_000 },
    ...Array.from({ length: puts }, () => ({ bytes, instructions: 1_000_000 })),
    { bytes: 60, instructions: 300_000 },
  ];
}
function time(puts: number, bytes: number, inFlight: number, blockSeconds = 1) {
  return networkTime(upload(puts, bytes), { inFlight, blockSeconds });
}

describe('time on a network', () => {
  it('is a round trip of two blocks for each call, one after the other', () => {
    expect(time(2, 1.8 * MB, 1)).toEqual({ inFlight: 1, rounds: 8, seconds: 8 });
    expect(time(55, 65_536, 1).seconds).toBe(114);
  });

  it('puts in flight share blocks, begin and finish do not', () => {
    expect(time(4, 65_536, 4).rounds).toBe(6);
    expect(time(8, 65_536, 4).rounds).toBe(8);
  });

  it('a block holds two messages of 1.8 MB, not three', () => {
    expect(time(2, 1.8 * MB, 4).rounds).toBe(6);
    expect(time(3, 1.8 * MB, 4).rounds).toBe(7);
  });

  it('grows with the time of a block', () => {
    expect(time(2, 1.8 * MB, 1, 0.5).seconds).toBe(4);
  });

  it('a message of more than one slice takes a further round for each', () => {
    const call = (instructions: number) =>
      networkTime([{ bytes: 10, instructions }], { inFlight: 1, blockSeconds: 1 }).rounds;
    expect([2e9, 2e9 + 1, 6e9].map(call)).toEqual([2, 3, 4]);
  });

  it('a message larger than a block goes alone', () => {
    expect(networkTime([{ bytes: 9 * MB, instructions: 1 }], { inFlight: 4, blockSeconds: 1 }).rounds).toBe(
      2,
    );
  });
});
