/**
 * The parts in which an asset is read over HTTP. The first part is short, and each next part is four times as long, up to the limit of a
 * reply. So a file of a few hundred bytes is read in several ranges, and a file of megabytes in few.
 */

/** In bytes: the limit of one reply (docs/http.md). */
export const PART_BYTES_MAX = 1_900_000;
const FIRST_PART_BYTES = 64;
const GROWTH = 4;

function lengthOf(index: number): number {
  return Math.min(FIRST_PART_BYTES * GROWTH ** Math.min(index, 30), PART_BYTES_MAX);
}

/** Number of bytes before the part at `index`. */
function startOf(index: number): number {
  let start = 0;
  for (let part = 0; part < index; part++) start += lengthOf(part);
  return start;
}

/** The first and the last byte of a part, both inclusive, for an asset that is long enough. */
export function partRange(index: number): { readonly first: number; readonly last: number } {
  const first = startOf(index);
  return { first, last: first + lengthOf(index) - 1 };
}

/** Number of parts of an asset of `bytes` bytes; 0 for an empty asset. */
export function partCount(bytes: number): number {
  let count = 0;
  for (let start = 0; start < bytes; start += lengthOf(count++));
  return count;
}
