/**
 * Timeouts, retries, and cancellation of calls. `retried` is for calls that are safe to repeat: queries, and idempotent
 * updates. The uploader repeats all other calls itself, after asking what arrived.
 */
import type { Clock } from './clock.js';
import { CallFailure, type CallOptions } from './connection.js';

export interface RetryPolicy {
  /** Number of attempts before a step fails. */
  readonly attemptsMax: number;
  /** The first wait in milliseconds. Each further wait is twice as long. */
  readonly delayFirstMs: number;
  readonly delayMaxMs: number;
  /** Time in milliseconds after which a call without an answer counts as lost. */
  readonly callTimeoutMs: number;
}

/** Six attempts with waits of about 8 s in total, and two minutes per call, so that 5 chunks can share 1 Mbit/s. */
export const DEFAULT_RETRY: RetryPolicy = {
  attemptsMax: 6,
  delayFirstMs: 250,
  delayMaxMs: 10_000,
  callTimeoutMs: 120_000,
};

/** The signal of the upload was aborted. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

export class Caller {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal | undefined;
  /** Returns a number in [0, 1), so that clients that failed together retry at different times. */
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

  /** @throws {StoppedError} if the signal is aborted */
  checkStopped(): void {
    if (this.signal?.aborted) throw new StoppedError('stopped');
  }

  /**
   * Makes a call once.
   * @throws {CallFailure} with the kind `transport` if no answer arrives in time, else the failure of the connection
   * @throws {StoppedError} as soon as the signal is aborted; the request may still take effect
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
      // If the answer ended the sleep, there is nothing to cancel.
      if (!settled) given.abort();
      this.checkStopped();
      throw new CallFailure('transport', method, `no answer within ${timeoutMs / 1000} s`);
    };
    const racers = [call({ signal: given.signal }), late()];
    // The promise that loses the race may reject later; without a handler, that would end the process.
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

  /** Waits before attempt `attempt + 1`: between half of the doubled delay and all of it. */
  async backoff(attempt: number): Promise<void> {
    const { delayFirstMs, delayMaxMs } = this.policy;
    const delay = Math.min(delayFirstMs * 2 ** (attempt - 1), delayMaxMs);
    await this.clock.sleep(delay * (0.5 + this.#random() / 2), this.signal);
    this.checkStopped();
  }

  /** Returns whether attempt `attempt + 1` is allowed after this error. */
  mayRetry(error: unknown, attempt: number): boolean {
    return error instanceof CallFailure && error.transient && attempt < this.policy.attemptsMax;
  }

  /**
   * Repeats a call until it is answered. The call must be safe to repeat.
   * @param again returns true for an answer that may change soon, such as that of a query to a node that lags behind
   * @throws {CallFailure} if all attempts fail, or if another attempt cannot succeed
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
