import { describe, expect, test } from 'vitest';
import { chunkBytes, contentOf } from './content.js';
import { createContentOracle } from './oracle.js';
import type { ChunkData, FileRecipe } from './schedule.js';

const files: readonly FileRecipe[] = [
  { name: 'a', bytes: 250, content: { kind: 'random', seed: 1 } },
  { name: 'b', bytes: 500, content: { kind: 'random', seed: 1 } },
  { name: 'c', bytes: 250, content: { kind: 'zero' } },
  { name: 'd', bytes: 3, content: { kind: 'random', seed: 5 } },
  { name: 'e', bytes: 3, content: { kind: 'random', seed: 6 } },
];
const oracle = createContentOracle(files);

describe('the content oracle', () => {
  test('agrees with the bytes on every pair of chunks', () => {
    const kinds: readonly ChunkData[] = [
      { kind: 'right' },
      { kind: 'flipped', at: 0 },
      { kind: 'flipped', at: 99 },
      { kind: 'of-index', index: 1 },
    ];
    for (const chunkSize of [1, 100, 250]) {
      const all = files.flatMap((recipe, file) =>
        [0, 1, 2].flatMap((index) =>
          kinds.map((data) => ({
            ref: oracle.chunkRef(file, chunkSize, index, data),
            bytes: Buffer.from(chunkBytes(contentOf(recipe), chunkSize, index, data)).toString('hex'),
          })),
        ),
      );
      for (const a of all) {
        for (const b of all) expect(oracle.isSameChunk(a.ref, b.ref)).toBe(a.bytes === b.bytes);
      }
    }
  });

  test('ignores the names of files', () => {
    const twins = createContentOracle([
      ...files,
      { name: 'other', bytes: 250, content: { kind: 'random', seed: 1 } },
    ]);
    expect(twins.isSameFile(0, 5)).toBe(true);
    expect(twins.isSameFile(0, 1)).toBe(false);
    expect(twins.sha256(0)).toBe(twins.sha256(5));
  });

  test('reports a missing file in one line', () => {
    expect(() => oracle.sha256(9)).toThrow('the schedule has 5 files, none at index 9');
  });
});
