/**
 * Memory that the threads of a campaign share. They take ranges from it in order, also while the thread that aggregates their results is
 * busy with shrinking and reads no messages.
 */

const NEXT = 0;
const LIMIT = 1;
const CLOSED = 2;
const HEAD = 3;
const NONE = -1;
/** Milliseconds after which a waiting thread looks at its stop signal again. */
const WAIT_MS = 50;

export class RangeBoard {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array<SharedArrayBuffer>;

  /** @param memory of another board, to share it */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** @param threads number of threads that take ranges */
  static create(threads: number): RangeBoard {
    const board = new RangeBoard(new SharedArrayBuffer(4 * (HEAD + threads)));
    board.#cells.fill(NONE, HEAD);
    return board;
  }

  /**
   * Takes the next range for a thread, and waits until it may be executed. Blocks the thread.
   * @param total number of ranges; Infinity if there is no end
   * @returns the index of the range; `undefined` if there is none left or the board is closed
   */
  take(thread: number, total: number, shouldStop: () => boolean): number | undefined {
    const cells = this.#cells;
    while (!shouldStop() && Atomics.load(cells, CLOSED) === 0) {
      const next = Atomics.load(cells, NEXT);
      if (next >= total) return undefined;
      const limit = Atomics.load(cells, LIMIT);
      if (next >= limit) {
        Atomics.wait(cells, LIMIT, limit, WAIT_MS);
        continue;
      }
      // The range is noted first, so that none is lost if the thread ends here.
      Atomics.store(cells, HEAD + thread, next);
      if (Atomics.compareExchange(cells, NEXT, next, next + 1) === next) return next;
    }
    return undefined;
  }

  /** The range that a thread took last; `undefined` if it took none. */
  takenBy(thread: number): number | undefined {
    const range = Atomics.load(this.#cells, HEAD + thread);
    return range === NONE ? undefined : range;
  }

  /** Allows the threads to take ranges below this index. */
  allow(limit: number): void {
    if (Atomics.exchange(this.#cells, LIMIT, limit) !== limit) Atomics.notify(this.#cells, LIMIT);
  }

  /** No further range is taken. */
  close(): void {
    Atomics.store(this.#cells, CLOSED, 1);
    Atomics.notify(this.#cells, LIMIT);
  }
}
