import fc from 'fast-check';
import { Dice } from './dice.js';

/** In which order an upload's chunks are sent. */
export type ChunkOrder =
  | { readonly kind: 'ascending' | 'descending' }
  /** From a place inside to the end, then from the start: a resumed upload. */
  | { readonly kind: 'rotated' | 'shuffled'; readonly seed: number };

const seed = fc.noShrink(fc.nat(0x7fff_ffff));

/** Shrinks to ascending. */
export function chunkOrderArbitrary(): fc.Arbitrary<ChunkOrder> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.constant<ChunkOrder>({ kind: 'ascending' }) },
    { weight: 1, arbitrary: fc.constant<ChunkOrder>({ kind: 'descending' }) },
    { weight: 1, arbitrary: seed.map((value): ChunkOrder => ({ kind: 'rotated', seed: value })) },
    { weight: 3, arbitrary: seed.map((value): ChunkOrder => ({ kind: 'shuffled', seed: value })) },
  );
}

/** The indices 0 to `count` − 1 in this order. */
export function chunkIndices(order: ChunkOrder, count: number): number[] {
  const ascending = Array.from({ length: count }, (_, index) => index);
  switch (order.kind) {
    case 'ascending':
      return ascending;
    case 'descending':
      return ascending.reverse();
    case 'rotated': {
      const first = new Dice(order.seed).below(count);
      return [...ascending.slice(first), ...ascending.slice(0, first)];
    }
    case 'shuffled': {
      const dice = new Dice(order.seed);
      // Fisher and Yates
      for (let last = count - 1; last > 0; last--) {
        const other = dice.below(last + 1);
        [ascending[last], ascending[other]] = [ascending[other]!, ascending[last]!];
      }
      return ascending;
    }
  }
}

/** From so many chunks on, an upload is sent in part only: the indices where counters of one byte would wrap, and the ends. */
export function sparseIndices(order: ChunkOrder, count: number): number[] {
  const borders = [0, 1, 255, 256, 257, 511, count - 1];
  const indices = [...new Set(borders)].filter((index) => index >= 0 && index < count);
  return chunkIndices(order, indices.length).map((place) => indices[place]!);
}
