/** Reads and writes memories that no canister uses: those of snapshots. */
import { OS_PAGE_BYTES, WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { ZERO_PAGE, type HeapCheckpoint } from './heap.js';
import { pageOf, StableMemory, type StableCheckpoint } from './stable-memory.js';

const PAGES_PER_WASM_PAGE = WASM_PAGE_BYTES / OS_PAGE_BYTES;

/** A memory of zeros. It takes no space. */
export function zeroMemory(wasmPages: number): StableCheckpoint {
  return { root: [], wasmPages };
}

/** Copies a range, which must be in bounds. */
export function readStable(memory: StableCheckpoint, offset: number, length: number): Uint8Array {
  return readPages((page) => pageOf(memory, page), offset, length);
}

/** Copies a range, which must be in bounds. */
export function readHeap({ images }: HeapCheckpoint, offset: number, length: number): Uint8Array {
  return readPages((page) => images[page], offset, length);
}

function readPages(
  pageAt: (page: number) => Uint8Array | undefined,
  offset: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const within = (offset + done) % OS_PAGE_BYTES;
    const count = Math.min(OS_PAGE_BYTES - within, length - done);
    const page = pageAt(Math.floor((offset + done) / OS_PAGE_BYTES));
    if (page) bytes.set(page.subarray(within, within + count), done);
    done += count;
  }
  return bytes;
}

/** Returns the memory with a range replaced by the bytes. The range must be in bounds. */
export function writeStable(memory: StableCheckpoint, offset: number, bytes: Uint8Array): StableCheckpoint {
  const changed = new StableMemory();
  changed.revert(memory);
  changed.write(offset, bytes, 0, bytes.length);
  return changed.checkpoint();
}

/** The same content as the content of a heap. */
export function toHeap(memory: StableCheckpoint): HeapCheckpoint {
  const images = Array.from(
    { length: memory.wasmPages * PAGES_PER_WASM_PAGE },
    (_, page) => pageOf(memory, page) ?? ZERO_PAGE,
  );
  return { wasmPages: memory.wasmPages, images };
}
