/**
 * The wall-clock limit for a message. The instruction limit of the network allows messages that run for minutes here, and a canister
 * that never ends would keep a run busy for as long.
 */

/** Milliseconds. */
export const MESSAGE_MS_DEFAULT = 60_000;

interface Progress {
  readonly canister: string;
  readonly what: string;
  readonly instructions: number;
  readonly instructionLimit: number;
}

const NUMBER = new Intl.NumberFormat('en-US');

export interface MessageTimerOptions {
  /** Milliseconds. Default: `MESSAGE_MS_DEFAULT`. */
  readonly limitMs?: number | undefined;
  /** Milliseconds since any fixed point in time. Default: `performance.now`. */
  readonly clock?: (() => number) | undefined;
  /** Receives the text of `takeOverdue` when a message is ended. */
  readonly onOverdue?: ((text: string) => void) | undefined;
}

/** Measures messages of the embedded engine, and ends those that exceed the limit. */
export class MessageTimer {
  readonly #limitMs: number;
  readonly #clock: () => number;
  readonly #onOverdue: ((text: string) => void) | undefined;
  #startMs = 0;
  #overdue: string | undefined;

  constructor({ limitMs, clock, onOverdue }: MessageTimerOptions = {}) {
    this.#limitMs = limitMs ?? MESSAGE_MS_DEFAULT;
    this.#clock = clock ?? (() => performance.now());
    this.#onOverdue = onOverdue;
  }

  begin(): void {
    this.#startMs = this.#clock();
  }

  check({ canister, what, instructions, instructionLimit }: Progress): string | undefined {
    if (this.#clock() - this.#startMs < this.#limitMs) return undefined;
    const [done, of] = [NUMBER.format(instructions), NUMBER.format(instructionLimit)];
    this.#overdue = `${what} of canister ${canister} did not end within ${this.#limitMs / 1_000} s; it had executed ${done} of at most ${of} instructions`;
    this.#onOverdue?.(this.#overdue);
    return this.#overdue;
  }

  /** Names the message that was ended since the last call, and how far it had come. */
  takeOverdue(): string | undefined {
    const overdue = this.#overdue;
    this.#overdue = undefined;
    return overdue;
  }
}
