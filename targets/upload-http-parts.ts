/**
 * Into which parts a finished asset is read over HTTP: the first is short, each next one four times as long, up to what one reply
 * carries. So a file of a few hundred bytes is read by ranges as well, and one of megabytes by few.
 */

/** In bytes. docs/http.md: a reply carries so many bytes of an asset. */
export const PART_BYTES_MAX = 1_900_000;
const FIRST_PART_BYTES = 64;
const GROWTH = 4;

function lengthOf(index: number): number {
  return Math.min(FIRST_PART_BYTES * GROWTH ** Math.min(index, 30), PART_BYTES_MAX);
}

/** Bytes before the part at `index`. */
function startOf(index: number): number {
  let start = 0;
  for (let part = 0; part < index; part++) start += lengthOf(part);
  return start;
}

/** The first byte and the last one of a part, whatever the length of the asset; both inside. */
export function partRange(index: number): { readonly first: number; readonly last: number } {
  const first = startOf(index);
  return { first, last: first + lengthOf(index) - 1 };
}

/** Parts of an asset of so many bytes; none of one that is empty. */
export function partCount(bytes: number): number {
  let count = 0;
  for (let start = 0; start < bytes; start += lengthOf(count++));
  return count;
}
