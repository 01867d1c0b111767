import { describe, expect, it } from 'vitest';
import { StdRng } from './std-rng.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('StdRng', () => {
  /** draft-strombergson-chacha-test-vectors-01, "TC1: All zero key and IV", 12 rounds, 256-bit key. */
  it('returns the blocks of ChaCha12', () => {
    const stream = new StdRng(new Uint8Array(32));
    expect(hex(stream.bytes(64))).toBe(
      '9bf49a6a0755f953811fce125f2683d50429c3bb49e074147e0089a52eae155f0564f879d27ae3c02ce82834acfa8c793a629f2ca0de6919610be82f411326be',
    );
    expect(hex(stream.bytes(64))).toBe(
      '0bd58841203e74fe86fc71338ce0173dc628ebb719bdcbcc151585214cc089b442258dcda14cf111c602b8971b8cc843e91e46ca905151c02744a6b017e69316',
    );
  });

  it('returns the same bytes for any split into pieces', () => {
    const [whole, parts] = [new StdRng(new Uint8Array(32).fill(7)), new StdRng(new Uint8Array(32).fill(7))];
    expect(hex(whole.bytes(100))).toBe([1, 63, 30, 6].map((length) => hex(parts.bytes(length))).join(''));
  });

  it('rejects a seed that does not have 32 bytes', () => {
    expect(() => new StdRng(new Uint8Array(31))).toThrow(/32 bytes/);
  });
});
