import fc from 'fast-check';
import { Dice } from './dice.js';
import { pick } from './pick.js';

/** The order in which the chunks of an upload are sent. */
export type ChunkOrder =
  | { readonly kind: 'ascending' | 'descending' }
  /** `rotated`: from an index inside to the end, then from the start, as in a resumed upload. */
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
    case 'shuffled':
      return shuffled(ascending, new Dice(order.seed));
  }
}

/** Fisher–Yates shuffle. */
function shuffled(items: readonly number[], dice: Dice): number[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = dice.below(last + 1);
    const moved = pick(order, last);
    order[last] = pick(order, other);
    order[other] = moved;
  }
  return order;
}

/** The indices that a sparse upload sends: the ends, and the indices where a one-byte counter wraps. */
export function sparseIndices(order: ChunkOrder, count: number): number[] {
  const borders = [0, 1, 255, 256, 257, 511, count - 1];
  const indices = [...new Set(borders)].filter((index) => index >= 0 && index < count);
  return chunkIndices(order, indices.length).map((place) => pick(indices, place));
}
