/** Time that jumps: whoever waits is woken in order as soon as nobody has anything else to do. */
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
   * Runs until the promise is settled, and answers like it.
   * @throws {Error} when it waits for something that no sleeper will bring
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    work.then(done, done);
    for (let idle = 0; !settled;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) break;
      if (this.wakeNext()) {
        idle = 0;
        continue;
      }
      // Files are read and pictures made in real time.
      idle += 1;
      if (idle > 200) await new Promise((resolve) => setTimeout(resolve, 5));
      if (idle > 4_000) throw new Error('nothing is left to wait for');
    }
    return work;
  }

  /** Time jumps to whoever is to be woken next; false when nobody sleeps. */
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
