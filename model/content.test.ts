import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  chunkBytes,
  chunkCount,
  chunkRange,
  contentOf,
  expectedChunksArgument,
  hashArgumentBytes,
  totalLengthArgument,
} from './content.js';
import type { FileRecipe } from './schedule.js';

function random(seed: number, bytes: number): FileRecipe {
  return {
    name: 'a.bin',
    bytes,
    content: { kind: 'random', seed },
  };
}
const zero = (bytes: number): FileRecipe => ({ name: 'z.bin', bytes, content: { kind: 'zero' } });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the content of a file recipe', () => {
  test('has the same bytes in slices of any size', () => {
    const content = contentOf(random(7, 20_001));
    const whole = content.slice(0, 20_001);
    expect(whole.length).toBe(20_001);
    for (const [start, end] of [
      [0, 1],
      [1, 4096],
      [4095, 4098],
      [4097, 12_345],
      [20_000, 20_001],
      [5, 5],
    ] as const) {
      expect(hex(content.slice(start, end))).toBe(hex(whole.slice(start, end)));
    }
  });

  test('never changes between versions, because recorded counterexamples depend on it', () => {
    expect(hex(contentOf(random(1, 5000)).slice(0, 8))).toBe('3e38551ae8b89f24');
    expect(hex(contentOf(random(1, 5000)).sha256())).toBe(sha256(contentOf(random(1, 5000)).slice(0, 5000)));
    expect(hex(contentOf(random(2 ** 40 + 1, 5000)).slice(4096, 4104))).toBe('b0590677b37c1504');
  });

  test('differs between seeds, between the halves of a seed, and between blocks', () => {
    const heads = [0, 1, 2, 2 ** 32, 2 ** 32 + 1].flatMap((seed) =>
      [0, 1, 2].map((block) => hex(contentOf(random(seed, 20_000)).slice(block * 4096, block * 4096 + 16))),
    );
    expect(new Set(heads).size).toBe(heads.length);
  });

  test('returns slices that are clamped to the file and own their buffer', () => {
    const slice = contentOf(zero(10)).slice(8, 100);
    expect(slice.length).toBe(2);
    expect(slice.buffer.byteLength).toBe(2);
  });

  test('has the SHA-256 of its bytes, also for an empty file', () => {
    expect(hex(contentOf(zero(0)).sha256())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(hex(contentOf(zero(700_000)).sha256())).toBe(sha256(new Uint8Array(700_000)));
  });

  test('comes from the reader for a path, and an error reports a changed file', () => {
    const file = new Uint8Array([1, 2, 3, 4]);
    const reader = (_path: string, start: number, end: number): Uint8Array => file.slice(start, end);
    const recipe = (hash: string): FileRecipe => ({
      name: 'p',
      bytes: 4,
      content: { kind: 'path', path: 'p.bin', sha256: hash },
    });
    expect(hex(contentOf(recipe(sha256(file)), reader).sha256())).toBe(sha256(file));
    expect(() => contentOf(recipe('00'), reader).sha256()).toThrow('the file p.bin has changed');
    expect(() => contentOf(recipe('00')).slice(0, 1)).toThrow('no file reader was given');
  });
});

describe('the bytes that a put sends', () => {
  const content = contentOf(random(5, 25));
  const put = (index: number, data: Parameters<typeof chunkBytes>[3]): Uint8Array =>
    chunkBytes(content, 10, index, data);

  test('follow from the kind of its data', () => {
    const whole = content.slice(0, 25);
    expect(hex(put(1, { kind: 'right' }))).toBe(hex(whole.slice(10, 20)));
    expect(hex(put(2, { kind: 'right' }))).toBe(hex(whole.slice(20, 25)));
    expect(hex(put(1, { kind: 'short' }))).toBe(hex(whole.slice(10, 19)));
    expect(put(1, { kind: 'long' }).length).toBe(11);
    expect(put(1, { kind: 'empty' }).length).toBe(0);
    expect(hex(put(1, { kind: 'of-index', index: 0 }))).toBe(hex(whole.slice(0, 10)));
    const flipped = put(0, { kind: 'flipped', at: 13 });
    expect([...flipped].filter((byte, at) => byte !== whole[at]).length).toBe(1);
    expect(flipped[3]).not.toBe(whole[3]);
  });

  test('are never those of a longer part of the file if they are one byte too long', () => {
    for (const file of [
      contentOf(random(5, 2500)),
      contentOf({ name: 'z', bytes: 25, content: { kind: 'zero' } }),
    ]) {
      for (let index = 0; (index + 1) * 10 < file.bytes; index += 1) {
        const sent = chunkBytes(file, 10, index, { kind: 'long' });
        expect(hex(sent.subarray(0, 10))).toBe(hex(file.slice(index * 10, index * 10 + 10)));
        expect(sent[10]).not.toBe(file.slice(index * 10 + 10, index * 10 + 11)[0]);
      }
    }
  });

  test('are real data also for an index past the end', () => {
    expect(chunkRange(25, 10, 3)).toEqual({ start: 0, end: 10 });
    expect(chunkRange(0, 10, 3)).toEqual({ start: 0, end: 0 });
  });
});

describe('the other arguments of operations', () => {
  test('round the number of chunks up and never go below 0', () => {
    expect([0, 1, 10, 11].map((bytes) => chunkCount(bytes, 10))).toEqual([0, 1, 1, 2]);
    expect(expectedChunksArgument(11, 10, 1)).toBe(3);
    expect(expectedChunksArgument(0, 10, -1)).toBe(0);
    expect(totalLengthArgument(3, -5)).toBe(0);
  });

  test('include hashes that are right, one bit off, 31 bytes long, empty, or of the next file', () => {
    const files = [random(1, 9), random(2, 9)];
    const right = contentOf(random(1, 9)).sha256();
    expect(hex(hashArgumentBytes(files, 0, 'right'))).toBe(hex(right));
    expect(hashArgumentBytes(files, 0, 'flipped')[31]).toBe((right[31] ?? 0) ^ 1);
    expect(hashArgumentBytes(files, 0, 'flipped').slice(0, 31)).toEqual(right.slice(0, 31));
    expect(hashArgumentBytes(files, 0, 'short').length).toBe(31);
    expect(hashArgumentBytes(files, 0, 'empty').length).toBe(0);
    expect(hex(hashArgumentBytes(files, 1, 'other-file'))).toBe(hex(right));
  });
});
