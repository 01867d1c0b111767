/**
 * The physical side of a canister's heap: one WebAssembly memory, the pages written by the running message, and what is
 * known about the content of the others.
 *
 * `#images[page]` is an immutable copy known to equal the page's current content, or undefined. It costs nothing to keep
 * and saves two copies: it is the page's pre-image when a message writes the page, and a snapshot is an array of images.
 * Restoring compares images by reference and copies only the pages that differ.
 */
import { HEAP_BASE, OS_PAGE_BYTES, WASM_PAGE_BYTES } from '../wasm/artifact.js';

/** The content of a whole heap; `images[page]` holds 4,096 bytes. */
export interface HeapCheckpoint {
  readonly wasmPages: number;
  readonly images: readonly Uint8Array[];
}

const OS_PAGES_PER_WASM_PAGE = WASM_PAGE_BYTES / OS_PAGE_BYTES;
const ZERO_PAGE = new Uint8Array(OS_PAGE_BYTES);
/** Buffers kept for the next messages' pre-images. */
const BUFFERS_MAX = 1_024;

export class Heap {
  /** The whole memory, the byte map below `HEAP_BASE` included. Replaced when the memory grows. */
  bytes: Uint8Array;
  #wasmPages: number;
  /** Size when the running message began. */
  #committedPages: number;
  #images: (Uint8Array | undefined)[];
  #captured: HeapCheckpoint | undefined;
  readonly #dirty: number[] = [];
  readonly #before: Uint8Array[] = [];
  /** Whether `#before[i]` was copied for this message alone and may be reused. */
  readonly #ownsBefore: boolean[] = [];
  static readonly #buffers: Uint8Array[] = [];

  readonly memory: WebAssembly.Memory;

  /** `memory` is fresh: all zero. */
  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;

    this.bytes = new Uint8Array(memory.buffer);
    this.#wasmPages = this.#committedPages = (this.bytes.length - HEAP_BASE) / WASM_PAGE_BYTES;
    this.#images = new Array<Uint8Array>(this.#wasmPages * OS_PAGES_PER_WASM_PAGE).fill(ZERO_PAGE);
  }

  /** Size in wasm pages, as the canister sees it. */
  get wasmPages(): number {
    return this.#wasmPages;
  }
  get byteLength(): number {
    return this.#wasmPages * WASM_PAGE_BYTES;
  }
  /** 4 KiB pages written by the running message. */
  get dirtyPages(): number {
    return this.#dirty.length;
  }

  /** Before the first write of this message to a page. Pages beyond the end are left to the engine's own trap. */
  firstWrite(page: number): void {
    if (page >= this.#images.length || this.bytes[page] !== 0) return;
    this.bytes[page] = 1;
    const image = this.#images[page];
    this.#dirty.push(page);
    this.#before.push(image ?? this.#copyOf(page));
    this.#ownsBefore.push(image === undefined);
    this.#images[page] = undefined;
  }

  /** Before a write to a range of canister addresses, which is in bounds. */
  touchRange(start: number, length: number): void {
    if (length === 0) return;
    const last = Math.floor((start + length - 1) / OS_PAGE_BYTES);
    for (let page = Math.floor(start / OS_PAGE_BYTES); page <= last; page++) {
      if (this.bytes[page] === 0) this.firstWrite(page);
    }
  }

  /** After the memory grew by itself. */
  grown(wasmPages: number): void {
    this.bytes = new Uint8Array(this.memory.buffer);
    this.#wasmPages = wasmPages;
    const length = wasmPages * OS_PAGES_PER_WASM_PAGE;
    while (this.#images.length < length) this.#images.push(ZERO_PAGE);
  }

  /** Whether the running message made the memory larger. */
  get hasGrown(): boolean {
    return this.#wasmPages !== this.#committedPages;
  }

  commit(): void {
    if (this.#dirty.length > 0 || this.hasGrown) this.#captured = undefined;
    const buffers = Heap.#buffers;
    for (let i = 0; i < this.#dirty.length; i++) {
      this.bytes[this.#dirty[i]!] = 0;
      if (this.#ownsBefore[i] && buffers.length < BUFFERS_MAX) buffers.push(this.#before[i]!);
    }
    this.#clearJournal();
  }

  /**
   * Put back the content from before the message. What grew cannot shrink: `wasmPages` keeps the physical size, and
   * `committedCheckpoint` tells what another heap of the right size must hold.
   */
  revert(): void {
    for (let i = 0; i < this.#dirty.length; i++) {
      const page = this.#dirty[i]!;
      this.bytes[page] = 0;
      this.#load(page, this.#before[i]!);
    }
    if (this.hasGrown) this.#captured = undefined;
    this.#dirty.length = this.#before.length = this.#ownsBefore.length = 0;
  }

  /** The first `wasmPages` of the content, between messages. */
  capture(wasmPages = this.#wasmPages): HeapCheckpoint {
    if (this.#captured?.wasmPages === wasmPages) return this.#captured;
    const images: Uint8Array[] = new Array<Uint8Array>(wasmPages * OS_PAGES_PER_WASM_PAGE);
    for (let page = 0; page < images.length; page++)
      images[page] = this.#images[page] ??= this.#imageOf(page);
    const captured = { wasmPages, images };
    if (wasmPages === this.#wasmPages) this.#captured = captured;
    return captured;
  }

  /** Size before the running (or just reverted) message. */
  get committedPages(): number {
    return this.#committedPages;
  }

  /** Make the content that of the checkpoint; what it lacks of this heap's size is zero. Between messages only. */
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

  /** A heap that kept a larger size after a failed message becomes usable again under that size. */
  settle(): void {
    this.#committedPages = this.#wasmPages;
  }

  #clearJournal(): void {
    this.#dirty.length = this.#before.length = this.#ownsBefore.length = 0;
    this.#committedPages = this.#wasmPages;
  }

  #load(page: number, image: Uint8Array): void {
    this.bytes.set(image, HEAP_BASE + page * OS_PAGE_BYTES);
    this.#images[page] = image;
  }

  #copyOf(page: number): Uint8Array {
    const start = HEAP_BASE + page * OS_PAGE_BYTES;
    const buffer = Heap.#buffers.pop();
    if (buffer === undefined) return this.bytes.slice(start, start + OS_PAGE_BYTES);
    buffer.set(this.bytes.subarray(start, start + OS_PAGE_BYTES));
    return buffer;
  }

  /** A copy to keep; zero pages, which are most of a young heap, share one. */
  #imageOf(page: number): Uint8Array {
    const start = HEAP_BASE + page * OS_PAGE_BYTES;
    const words = new Float64Array(this.bytes.buffer, start, OS_PAGE_BYTES / 8);
    for (const word of words) if (!Object.is(word, 0)) return this.bytes.slice(start, start + OS_PAGE_BYTES);
    return ZERO_PAGE;
  }
}
