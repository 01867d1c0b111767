export interface IdleOptions {
  /** Milliseconds without a request after which `onIdle` is called, once. */
  readonly afterMs: number;
  readonly onIdle: () => void;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

/** Measures the time since the last request ended. It stands still while a request is open. */
export class IdleClock {
  readonly #options: IdleOptions | undefined;
  #open = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: IdleOptions | undefined) {
    this.#options = options;
  }

  start(): void {
    if (!this.#options || this.#open > 0) return;
    const { afterMs, onIdle } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onIdle, Math.min(afterMs, TIMER_MS_MAX));
  }

  /** Called when a request arrives. */
  begin(): void {
    this.#open += 1;
    clearTimeout(this.#timer);
  }

  /** Called when a request has ended. */
  end(): void {
    this.#open -= 1;
    this.start();
  }

  stop(): void {
    // A request that ends later must not start the clock again.
    this.#open = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }
}
