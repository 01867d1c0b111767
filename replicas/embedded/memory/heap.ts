/**
 * The heap of a canister: a WebAssembly memory with a journal of the pages that the running message has written.
 *
 * An image is an immutable copy of a page. `#images[page]` equals the page's current content, or is `undefined` if no such copy exists.
 * It serves as the page's previous content when a message writes the page, and a snapshot is an array of images. Restoring compares
 * images by reference and copies only the pages that differ.
 */
import { HEAP_BASE, OS_PAGE_BYTES, WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { copyOfPage } from './page-buffers.js';

/** The content of a whole heap. `images[page]` holds the 4,096 bytes of a page. */
export interface HeapCheckpoint {
  readonly wasmPages: number;
  readonly images: readonly Uint8Array[];
}

const OS_PAGES_PER_WASM_PAGE = WASM_PAGE_BYTES / OS_PAGE_BYTES;
/** The image of every page of zeros. */
export const ZERO_PAGE = new Uint8Array(OS_PAGE_BYTES);
/** Maximum number of page buffers that are kept for reuse by later messages. */
const BUFFERS_MAX = 1_024;

/** The pages that a message wrote, with their content, and the size of the memory after the message. */
export interface HeapChanges {
  readonly wasmPages: number;
  readonly pages: readonly (readonly [page: number, content: Uint8Array])[];
}

export class Heap {
  /** The whole memory, including the byte map below `HEAP_BASE`. Growth of the memory replaces the array. */
  bytes: Uint8Array;
  #wasmPages: number;
  /** Size in wasm pages when the running message began. */
  #committedPages: number;
  #images: (Uint8Array | undefined)[];
  #captured: HeapCheckpoint | undefined;
  /** The journal: the pages that the running message wrote, in the order of their first writes. */
  readonly #dirty: number[] = [];
  /** Content of `#dirty[i]` before the message. */
  readonly #before: Uint8Array[] = [];
  /** Whether `#before[i]` is a copy that only this message uses, so that its buffer may be reused. */
  readonly #ownsBefore: boolean[] = [];
  static readonly #buffers: Uint8Array[] = [];

  readonly memory: WebAssembly.Memory;

  /** `memory` must contain only zeros. */
  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.bytes = new Uint8Array(memory.buffer);
    this.#wasmPages = this.#committedPages = (this.bytes.length - HEAP_BASE) / WASM_PAGE_BYTES;
    this.#images = new Array<Uint8Array>(this.#wasmPages * OS_PAGES_PER_WASM_PAGE).fill(ZERO_PAGE);
  }

  /** Size in wasm pages, without the byte map. */
  get wasmPages(): number {
    return this.#wasmPages;
  }
  get byteLength(): number {
    return this.#wasmPages * WASM_PAGE_BYTES;
  }
  /** Number of 4 KiB pages whose content the running message has changed. A page that was written with equal bytes does not count. */
  changedPages(): number {
    let changed = 0;
    for (let i = 0; i < this.#dirty.length; i++) {
      const start = HEAP_BASE + this.#dirty[i]! * OS_PAGE_BYTES;
      const content = this.bytes.subarray(start, start + OS_PAGE_BYTES);
      if (Buffer.compare(content, this.#before[i]!) !== 0) changed++;
    }
    return changed;
  }

  /** Must be called before the first write of a message to a page. It ignores pages beyond the end, where the write itself traps. */
  firstWrite(page: number): void {
    if (page >= this.#images.length || this.bytes[page] !== 0) return;
    this.bytes[page] = 1;
    const image = this.#images[page];
    this.#dirty.push(page);
    this.#before.push(image ?? this.#copyOf(page));
    this.#ownsBefore.push(image === undefined);
    this.#images[page] = undefined;
  }

  /** Must be called before a write to a range of canister addresses. The range must be in bounds. */
  touchRange(start: number, length: number): void {
    if (length === 0) return;
    const last = Math.floor((start + length - 1) / OS_PAGE_BYTES);
    for (let page = Math.floor(start / OS_PAGE_BYTES); page <= last; page++) {
      if (this.bytes[page] === 0) this.firstWrite(page);
    }
  }

  /** Must be called after the canister grew the memory. */
  grown(wasmPages: number): void {
    this.bytes = new Uint8Array(this.memory.buffer);
    this.#wasmPages = wasmPages;
    const length = wasmPages * OS_PAGES_PER_WASM_PAGE;
    while (this.#images.length < length) this.#images.push(ZERO_PAGE);
  }

  /** Whether the running message grew the memory. */
  get hasGrown(): boolean {
    return this.#wasmPages !== this.#committedPages;
  }

  /** Ends a message and keeps its changes. */
  commit(): void {
    if (this.#dirty.length > 0 || this.hasGrown) this.#captured = undefined;
    const buffers = Heap.#buffers;
    for (let i = 0; i < this.#dirty.length; i++) {
      this.bytes[this.#dirty[i]!] = 0;
      if (this.#ownsBefore[i] && buffers.length < BUFFERS_MAX) buffers.push(this.#before[i]!);
    }
    this.#clearJournal();
    this.#committedPages = this.#wasmPages;
  }

  /**
   * Ends a message and restores the content from before it. A grown memory cannot shrink and keeps its size. The caller must then
   * replace this heap by another one with `committedPages` pages.
   */
  revert(): void {
    for (let i = 0; i < this.#dirty.length; i++) {
      const page = this.#dirty[i]!;
      this.bytes[page] = 0;
      this.#load(page, this.#before[i]!);
    }
    if (this.hasGrown) this.#captured = undefined;
    this.#clearJournal();
  }

  /** Returns the pages that the running message has written, for `apply` after a revert. */
  changes(): HeapChanges {
    const start = (page: number): number => HEAP_BASE + page * OS_PAGE_BYTES;
    const pages = this.#dirty.map(
      (page) => [page, this.bytes.slice(start(page), start(page) + OS_PAGE_BYTES)] as const,
    );
    return { wasmPages: this.#wasmPages, pages };
  }

  /** Writes the pages again, as a running message would. No message may be running. */
  apply({ wasmPages, pages }: HeapChanges): void {
    if (wasmPages > this.#wasmPages) {
      this.memory.grow(wasmPages - this.#wasmPages);
      this.grown(wasmPages);
    }
    for (const [page, content] of pages) {
      this.firstWrite(page);
      this.bytes.set(content, HEAP_BASE + page * OS_PAGE_BYTES);
    }
  }

  /** Returns the content of the first `wasmPages` wasm pages. No message may be running. */
  capture(wasmPages = this.#wasmPages): HeapCheckpoint {
    if (this.#captured?.wasmPages === wasmPages) return this.#captured;
    const images: Uint8Array[] = new Array<Uint8Array>(wasmPages * OS_PAGES_PER_WASM_PAGE);
    for (let page = 0; page < images.length; page++) {
      images[page] = this.#images[page] ??= this.#imageOf(page);
    }
    const captured = { wasmPages, images };
    if (wasmPages === this.#wasmPages) this.#captured = captured;
    return captured;
  }

  /** Size in wasm pages before the running or just reverted message. */
  get committedPages(): number {
    return this.#committedPages;
  }

  /** Replaces the content by that of the checkpoint. Pages beyond the checkpoint become zero. No message may be running. */
  restore(to: HeapCheckpoint): void {
    if (this.#captured === to) return;
    const { images } = to;
    for (let page = 0; page < this.#images.length; page++) {
      const image = images[page] ?? ZERO_PAGE;
      if (this.#images[page] !== image) this.#load(page, image);
    }
    this.#captured = to.wasmPages === this.#wasmPages ? to : undefined;
    this.#committedPages = this.#wasmPages;
  }

  /** Accepts the current size as the committed size, so that a heap that a failed message has grown can be reused. */
  acceptSize(): void {
    this.#committedPages = this.#wasmPages;
  }

  #clearJournal(): void {
    this.#dirty.length = this.#before.length = this.#ownsBefore.length = 0;
  }

  #load(page: number, image: Uint8Array): void {
    this.bytes.set(image, HEAP_BASE + page * OS_PAGE_BYTES);
    this.#images[page] = image;
  }

  #copyOf(page: number): Uint8Array {
    const start = HEAP_BASE + page * OS_PAGE_BYTES;
    const buffer = Heap.#buffers.pop();
    if (buffer === undefined) return copyOfPage(this.bytes, start);
    buffer.set(this.bytes.subarray(start, start + OS_PAGE_BYTES));
    return buffer;
  }

  /** Copies a page. Zero pages, which are most pages of a new heap, share one image. */
  #imageOf(page: number): Uint8Array {
    const start = HEAP_BASE + page * OS_PAGE_BYTES;
    const isZero = Buffer.compare(this.bytes.subarray(start, start + OS_PAGE_BYTES), ZERO_PAGE) === 0;
    return isZero ? ZERO_PAGE : copyOfPage(this.bytes, start);
  }
}
