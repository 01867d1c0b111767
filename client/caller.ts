/**
 * One call, and the same call again: timeouts, backoff and cancellation, the same for every method. What may be sent twice is
 * not decided here: `retried` is for calls that are safe to repeat (queries, and updates that answer the same
 * when repeated); the uploader repeats everything else itself, after asking what arrived.
 */
import type { Clock } from './clock.js';
import { CallFailure, type CallOptions } from './connection.js';

export interface RetryPolicy {
  /** How often one thing is tried before it counts as failed. */
  readonly attemptsMax: number;
  /** The first wait; each next one is twice as long. */
  readonly delayFirstMs: number;
  readonly delayMaxMs: number;
  /** After this long without an answer a call counts as lost. */
  readonly callTimeoutMs: number;
}

/** Six attempts over some 8 s of waiting; two minutes for 1.8 MB, so that several share a line of 1 Mbit/s. */
export const DEFAULT_RETRY: RetryPolicy = {
  attemptsMax: 6,
  delayFirstMs: 250,
  delayMaxMs: 10_000,
  callTimeoutMs: 120_000,
};

/** The user stopped it. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

export class Caller {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal | undefined;
  /** In [0, 1): spreads the waits of clients that failed together. */
  readonly #random: () => number;

  constructor(
    clock: Clock,
    policy: RetryPolicy,
    signal: AbortSignal | undefined,

    random: () => number = Math.random,
  ) {
    this.clock = clock;
    this.policy = policy;
    this.signal = signal;
    this.#random = random;
  }

  /** @throws {StoppedError} when the signal is aborted */
  checkStopped(): void {
    if (this.signal?.aborted) throw new StoppedError('stopped');
  }

  /**
   * Makes the call once.
   * @throws {CallFailure} of kind `transport` when no answer came in time, else what the connection threw
   * @throws {StoppedError} as soon as the signal is aborted; what was sent may still take effect
   */
  async once<T>(
    method: string,
    call: (options: CallOptions) => Promise<T>,
    timeoutMs = this.policy.callTimeoutMs,
  ): Promise<T> {
    this.checkStopped();
    const given = new AbortController();
    const woken = new AbortController();
    const stop = (): void => {
      given.abort();
      woken.abort();
    };
    this.signal?.addEventListener('abort', stop, { once: true });
    let settled = false;
    const late = async (): Promise<never> => {
      await this.clock.sleep(timeoutMs, woken.signal);
      // Who is woken by the answer has nothing left to cut off.
      if (!settled) given.abort();
      this.checkStopped();
      throw new CallFailure('transport', method, `no answer within ${timeoutMs / 1000} s`);
    };
    const racers = [call({ signal: given.signal }), late()];
    // The loser of the race fails unheard.
    for (const racer of racers) racer.catch(() => undefined);
    try {
      return await Promise.race(racers);
    } catch (error) {
      this.checkStopped();
      throw error;
    } finally {
      settled = true;
      this.signal?.removeEventListener('abort', stop);
      woken.abort();
    }
  }

  /** Waits before attempt `attempt + 1`: half of the doubled delay for certain, the other half by chance. */
  async backoff(attempt: number): Promise<void> {
    const { delayFirstMs, delayMaxMs } = this.policy;
    const delay = Math.min(delayFirstMs * 2 ** (attempt - 1), delayMaxMs);
    await this.clock.sleep(delay * (0.5 + this.#random() / 2), this.signal);
    this.checkStopped();
  }

  /** Whether attempt `attempt + 1` is allowed after this error. */
  mayRetry(error: unknown, attempt: number): boolean {
    return error instanceof CallFailure && error.transient && attempt < this.policy.attemptsMax;
  }

  /**
   * Makes a call that is safe to repeat until it answers.
   * @param again an answer that may be better in a moment (a query can be answered by a node that is behind)
   * @throws {CallFailure} the last one, when attempts are used up or another attempt cannot help
   */
  async retried<T>(
    method: string,
    call: (options: CallOptions) => Promise<T>,
    again: (answer: T) => boolean = () => false,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= this.policy.attemptsMax;
      try {
        const answer = await this.once(method, call);
        if (last || !again(answer)) return answer;
      } catch (error) {
        if (!this.mayRetry(error, attempt)) throw error;
      }
      await this.backoff(attempt);
    }
  }
}
