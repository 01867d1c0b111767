/** A clock that jumps to the time of the next sleeper whenever no other work is left. */
import type { Clock } from '../clock.js';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#now + ms, order: (this.#order += 1), wake: done };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /**
   * Runs until the promise is settled, and returns its result.
   * @throws {Error} if the promise is not settled although no sleeper is left
   */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { settled: false };
    const done = (): void => {
      state.settled = true;
    };
    work.then(done, done);
    for (let idle = 0; ;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (state.settled) break;
      if (this.wakeNext()) {
        idle = 0;
        continue;
      }
      // Reading files and encoding pictures take real time.
      idle += 1;
      if (idle > 200) await new Promise((resolve) => setTimeout(resolve, 5));
      if (idle > 4_000) throw new Error('the promise waits, but no sleeper is left');
    }
    return work;
  }

  /** Jumps to the next sleeper and wakes it. Returns false if there is none. */
  wakeNext(): boolean {
    const next = this.#earliest();
    if (next === undefined) return false;
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }

  #earliest(): Sleeper | undefined {
    return [...this.#sleepers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}
