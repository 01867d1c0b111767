/**
 * Buffers for pages of 4 KiB. Several pages share one `ArrayBuffer`, because allocating and collecting one per page takes longer than
 * copying the page. A page that is in use keeps its neighbours in memory, so that the sharing has a bound.
 */
import { OS_PAGE_BYTES } from '../wasm/instrumented-module.js';

/** Number of pages that share an `ArrayBuffer`. Twice as many save no further time. */
const PAGES_PER_BUFFER = 8;

let shared = new ArrayBuffer(0);
/** Offset of the next unused page in `shared`. */
let next = 0;

/** A page of zeros that nobody else uses. */
export function zeroPage(): Uint8Array {
  if (next === shared.byteLength) {
    shared = new ArrayBuffer(PAGES_PER_BUFFER * OS_PAGE_BYTES);
    next = 0;
  }
  const page = new Uint8Array(shared, next, OS_PAGE_BYTES);
  next += OS_PAGE_BYTES;
  return page;
}

/** A copy of the page that begins at `start` of `source`. */
export function copyOfPage(source: Uint8Array, start = 0): Uint8Array {
  const page = zeroPage();
  page.set(source.length === OS_PAGE_BYTES ? source : source.subarray(start, start + OS_PAGE_BYTES));
  return page;
}
