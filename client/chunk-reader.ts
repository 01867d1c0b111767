/**
 * Reads a source once from start to end, in chunks. Every chunk is hashed, and those that are missing on the canister are
 * returned. Several workers may take chunks at the same time; the reads stay in order.
 */
import { createHash } from 'node:crypto';
import type { ByteSource } from './source.js';
import { MISSING_RANGES_MAX, type ChunkRange } from './types.js';

export interface Chunk {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface ChunkPlan {
  /** Bytes of every chunk but the last. */
  readonly chunkSize: number;
  readonly chunkCount: number;
}

/** Returns the length of chunk `index` in bytes. */
export function chunkLength(plan: ChunkPlan, totalBytes: number, index: number): number {
  return Math.min(plan.chunkSize, totalBytes - index * plan.chunkSize);
}

/**
 * Returns whether a chunk is missing according to a status. If the list of ranges has its largest size, chunks after the last
 * range are unknown. They count as missing, because sending a chunk twice is harmless.
 */
export function isMissing(ranges: readonly ChunkRange[], index: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range !== undefined && range.end <= index) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range === undefined ? ranges.length >= MISSING_RANGES_MAX : index >= range.start;
}

export class ChunkReader {
  readonly #hash = createHash('sha256');
  #index = 0;
  #turn: Promise<unknown> = Promise.resolve();

  readonly #source: ByteSource;
  readonly #plan: ChunkPlan;
  readonly #missing: readonly ChunkRange[];
  /** Receives the length of every chunk that the canister already has. */
  readonly #onPresent: (bytes: number) => void;

  constructor(
    source: ByteSource,
    plan: ChunkPlan,
    missing: readonly ChunkRange[],

    onPresent: (bytes: number) => void,
  ) {
    this.#source = source;
    this.#plan = plan;
    this.#missing = missing;
    this.#onPresent = onPresent;
  }

  /**
   * Returns the next missing chunk, or `null` after the last one.
   * @throws {SourceError}
   */
  next(): Promise<Chunk | null> {
    const turn = this.#turn.then(() => this.#read());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Returns the SHA-256 of the whole source. Call it after `next` has returned `null`. */
  digest(): Uint8Array {
    if (this.#index < this.#plan.chunkCount) throw new Error('the source is not read to its end');
    return Uint8Array.from(this.#hash.digest());
  }

  async #read(): Promise<Chunk | null> {
    while (this.#index < this.#plan.chunkCount) {
      const index = this.#index;
      const length = chunkLength(this.#plan, this.#source.size, index);
      const bytes = await this.#source.read(index * this.#plan.chunkSize, length);
      this.#hash.update(bytes);
      this.#index += 1;
      if (isMissing(this.#missing, index)) return { index, bytes };
      this.#onPresent(length);
    }
    return null;
  }
}
