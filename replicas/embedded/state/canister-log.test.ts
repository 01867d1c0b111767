import { describe, expect, it } from 'vitest';
import { appendToLog, clearedLog, EMPTY_LOG } from './canister-log.js';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe('a canister log', () => {
  it('removes the oldest records when its 4,096 bytes are full', () => {
    let log = EMPTY_LOG;
    for (let i = 0; i < 5; i++) log = appendToLog(log, BigInt(i), bytes(960));
    expect(log.records.map(({ index }) => index)).toEqual([1n, 2n, 3n, 4n]);
    expect(log.usedBytes).toBe(4_096 - 96);
  });

  it('truncates a record that exceeds the whole buffer', () => {
    const log = appendToLog(appendToLog(EMPTY_LOG, 0n, bytes(1)), 1n, bytes(5_000));
    expect(log.records.map(({ index, content }) => [index, content.length])).toEqual([[1n, 4_056]]);
  });

  it('continues the numbering after it was cleared', () => {
    const log = appendToLog(clearedLog(appendToLog(EMPTY_LOG, 0n, bytes(1))), 1n, bytes(2));
    expect(log.records.map(({ index }) => index)).toEqual([1n]);
  });

  it('does not modify an earlier value', () => {
    const first = appendToLog(EMPTY_LOG, 0n, bytes(4_000));
    appendToLog(first, 1n, bytes(4_000));
    expect(first.records).toHaveLength(1);
  });
});
