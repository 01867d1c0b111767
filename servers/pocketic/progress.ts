/**
 * The automatic progress of an instance: its time follows the machine's clock, and a round runs every 100 ms or less often. The rounds
 * are operations of the instance, so a request that arrives meanwhile finds it busy, as on a PocketIC server.
 */
import { HttpError } from '../http/reply.js';
import type { InstanceBackend } from './backend.js';
import type { OperationQueue } from './operations.js';

/** Minimum time between two rounds. */
const DELAY_MS_MIN = 100;
const NS_PER_MS = 1_000_000n;
/** The longest time of a timer. */
const WAIT_MS_MAX = 2 ** 31 - 1;

export class Progress {
  readonly #backend: InstanceBackend;
  readonly #queue: OperationQueue;
  #running: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;

  constructor(backend: InstanceBackend, queue: OperationQueue) {
    this.#backend = backend;
    this.#queue = queue;
  }

  get isEnabled(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when the time of the instance is that of the machine, or with false at once if progress is enabled already. */
  async start(delayMs: number): Promise<boolean> {
    if (this.#running) return false;
    const stop = new AbortController();
    const begun = wallClockNs();
    const caughtUp = this.#operation('set_certified_time', () => this.#catchUp(begun));
    const end = caughtUp
      .then(() => this.#run(begun, Math.max(delayMs, DELAY_MS_MIN), stop.signal))
      .catch(() => undefined);
    this.#running = { stop, end };
    await caughtUp;
    return true;
  }

  /** Resolves when no further round will run. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.stop.abort();
    await running?.end;
  }

  async #run(begunNs: bigint, delayMs: number, signal: AbortSignal): Promise<void> {
    let nowNs = begunNs;
    while (!signal.aborted) {
      const beforeNs = nowNs;
      nowNs = wallClockNs();
      const elapsedNs = nowNs > beforeNs ? nowNs - beforeNs : 0n;
      await this.#operation('advance_time_and_tick', () => this.#advance(elapsedNs));
      await pause(delayMs, signal);
    }
  }

  async #catchUp(nowNs: bigint): Promise<void> {
    if (nowNs > (await this.#backend.time())) await this.#backend.setTime(nowNs, true);
  }

  async #advance(elapsedNs: bigint): Promise<void> {
    if (elapsedNs > 0n) await this.#backend.setTime((await this.#backend.time()) + elapsedNs, false);
    await this.#backend.tick();
  }

  /** Waits for a busy instance. A failure of the engine ends the progress. */
  async #operation(name: string, run: () => Promise<void>): Promise<void> {
    const options = { name, syncWaitMs: WAIT_MS_MAX, waitIfBusy: true };
    for (;;) {
      try {
        await this.#queue.execute({ ...options, run: async () => (await run(), 'null') });
        return;
      } catch (error) {
        // The instance was busy for too long.
        if (!(error instanceof HttpError && error.status === 429)) throw error;
      }
    }
  }
}

function wallClockNs(): bigint {
  return BigInt(Date.now()) * NS_PER_MS;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, milliseconds);
    // A server that does nothing else may end.
    timer.unref();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
