/**
 * The stable memory of a canister: copy-on-write pages of 4 KiB in a tree of two levels.
 *
 * Every node has the epoch in which it was created. Only nodes of the current epoch are modified in place; older nodes are copied first.
 * `checkpoint` returns the root and begins a new epoch. The rollback of a message and the snapshot of a replica both keep a root and
 * restore it later. The cost is proportional to the number of written pages, not to the size of the memory. Pages that were never
 * written are absent and read as zero.
 */
import { OS_PAGE_BYTES, WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { copyOfPage, zeroPage } from './page-buffers.js';

interface Page {
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

interface Leaf {
  readonly epoch: number;
  readonly pages: (Page | undefined)[];
}

/** A state of stable memory. Later writes do not modify it. */
export interface StableCheckpoint {
  readonly root: readonly (Leaf | undefined)[];
  readonly wasmPages: number;
}

const LEAF_PAGES = 128;
const SMALL_WASM_PAGES_MAX = 65_536;

/** The bytes of a page of 4 KiB; `undefined` if it was never written. The caller must not modify them. */
export function pageOf({ root }: StableCheckpoint, page: number): Uint8Array | undefined {
  return root[Math.floor(page / LEAF_PAGES)]?.pages[page % LEAF_PAGES]?.bytes;
}

export class StableMemory {
  /** The latest epoch. All instances share it, because a checkpoint may be restored into another instance. */
  static #clock = 0;

  #epoch = ++StableMemory.#clock;
  #root: (Leaf | undefined)[] = [];
  /** Epoch in which `#root` was created. */
  #rootEpoch = this.#epoch;
  #wasmPages = 0;
  #dirtyPages = 0;

  /** Size in wasm pages. */
  get wasmPages(): number {
    return this.#wasmPages;
  }
  get byteLength(): number {
    return this.#wasmPages * WASM_PAGE_BYTES;
  }
  /** Number of 4 KiB pages written since the last checkpoint or revert. */
  get dirtyPages(): number {
    return this.#dirtyPages;
  }
  /** Whether the memory exceeds 4 GiB. The 32-bit functions of the System API then trap. */
  get isBeyond32Bit(): boolean {
    return this.#wasmPages > SMALL_WASM_PAGES_MAX;
  }

  checkpoint(): StableCheckpoint {
    this.#beginEpoch();
    return { root: this.#root, wasmPages: this.#wasmPages };
  }

  revert(to: StableCheckpoint): void {
    this.#beginEpoch();
    // The next write copies the root of the checkpoint, because epoch 0 is older than any other.
    this.#root = to.root as (Leaf | undefined)[];
    this.#rootEpoch = 0;
    this.#wasmPages = to.wasmPages;
  }

  /** Grows the memory and returns its previous size in wasm pages. The caller has checked the limits. */
  grow(deltaPages: number): number {
    const previous = this.#wasmPages;
    this.#wasmPages += deltaPages;
    return previous;
  }

  isInBounds(offset: number, length: number): boolean {
    return offset + length <= this.byteLength;
  }

  /** Copies a range into `target`. Both ranges must be in bounds. */
  read(offset: number, target: Uint8Array, targetStart: number, length: number): void {
    for (let done = 0; done < length;) {
      const index = Math.floor((offset + done) / OS_PAGE_BYTES);
      const within = (offset + done) % OS_PAGE_BYTES;
      const count = Math.min(OS_PAGE_BYTES - within, length - done);
      const start = targetStart + done;
      const page = this.#root[Math.floor(index / LEAF_PAGES)]?.pages[index % LEAF_PAGES];
      if (page === undefined) target.fill(0, start, start + count);
      else if (count === OS_PAGE_BYTES) target.set(page.bytes, start);
      else copyBytes(page.bytes, within, target, start, count);
      done += count;
    }
  }

  /** Copies a range of `source` into the memory. Both ranges must be in bounds. */
  write(offset: number, source: Uint8Array, sourceStart: number, length: number): void {
    for (let done = 0; done < length;) {
      const index = Math.floor((offset + done) / OS_PAGE_BYTES);
      const within = (offset + done) % OS_PAGE_BYTES;
      const count = Math.min(OS_PAGE_BYTES - within, length - done);
      const start = sourceStart + done;
      if (count === OS_PAGE_BYTES) this.#put(index, copyOfPage(source, start));
      else copyBytes(source, start, this.#pageToChange(index), within, count);
      done += count;
    }
  }

  /** Number of pages in the range that were not written in this epoch. */
  cleanPagesIn(offset: number, length: number): number {
    if (length === 0) return 0;
    let count = 0;
    const last = Math.floor((offset + length - 1) / OS_PAGE_BYTES);
    for (let index = Math.floor(offset / OS_PAGE_BYTES); index <= last; index++) {
      const page = this.#root[Math.floor(index / LEAF_PAGES)]?.pages[index % LEAF_PAGES];
      if (page?.epoch !== this.#epoch) count++;
    }
    return count;
  }

  /** Replaces the whole content. The new size is that of the bytes, rounded up to whole wasm pages. */
  replace(bytes: Uint8Array): void {
    this.#root = [];
    this.#rootEpoch = this.#epoch;
    this.#wasmPages = Math.ceil(bytes.length / WASM_PAGE_BYTES);
    this.write(0, bytes, 0, bytes.length);
  }

  /** A copy of the whole memory. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.byteLength);
    this.#root.forEach((leaf, leafIndex) => {
      leaf?.pages.forEach((page, pageIndex) => {
        if (page) bytes.set(page.bytes, (leafIndex * LEAF_PAGES + pageIndex) * OS_PAGE_BYTES);
      });
    });
    return bytes;
  }

  #beginEpoch(): void {
    this.#epoch = ++StableMemory.#clock;
    this.#dirtyPages = 0;
  }

  #pageToChange(index: number): Uint8Array {
    const page = this.#root[Math.floor(index / LEAF_PAGES)]?.pages[index % LEAF_PAGES];
    if (page?.epoch === this.#epoch) return page.bytes;
    const bytes = page ? copyOfPage(page.bytes) : zeroPage();
    this.#put(index, bytes);
    return bytes;
  }

  #put(index: number, bytes: Uint8Array): void {
    const pages = this.#leafToChange(Math.floor(index / LEAF_PAGES)).pages;
    if (pages[index % LEAF_PAGES]?.epoch !== this.#epoch) this.#dirtyPages++;
    pages[index % LEAF_PAGES] = { epoch: this.#epoch, bytes };
  }

  #leafToChange(leafIndex: number): Leaf {
    if (this.#rootEpoch !== this.#epoch) {
      this.#root = this.#root.slice();
      this.#rootEpoch = this.#epoch;
    }
    const leaf = this.#root[leafIndex];
    if (leaf?.epoch === this.#epoch) return leaf;
    const pages = leaf ? leaf.pages.slice() : new Array<Page | undefined>(LEAF_PAGES).fill(undefined);
    const changed: Leaf = { epoch: this.#epoch, pages };
    this.#root[leafIndex] = changed;
    return changed;
  }
}

/** Up to this many bytes, a loop is faster than the view that `set` needs. */
const LOOP_BYTES_MAX = 32;

function copyBytes(
  source: Uint8Array,
  sourceStart: number,
  target: Uint8Array,
  targetStart: number,
  length: number,
): void {
  if (length > LOOP_BYTES_MAX) target.set(source.subarray(sourceStart, sourceStart + length), targetStart);
  else for (let i = 0; i < length; i++) target[targetStart + i] = source[sourceStart + i] ?? 0;
}
