/**
 * Keeps the last lines of a stream in bounded memory. A server may print for hours, and its last lines explain why it exited.
 */
export interface LineTailOptions {
  /** Default 100. */
  readonly linesMax?: number;
  /** Longer lines are truncated. Default 4,096 UTF-16 code units. */
  readonly lineLengthMax?: number;
  /** Called with every complete line, truncated as above. */
  readonly onLine?: (line: string) => void;
}

export class LineTail {
  readonly #linesMax: number;
  readonly #lineLengthMax: number;
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];
  #open = '';

  constructor(options: LineTailOptions = {}) {
    this.#linesMax = options.linesMax ?? 100;
    this.#lineLengthMax = options.lineLengthMax ?? 4096;
    this.#onLine = options.onLine ?? (() => undefined);
  }

  /** Takes decoded text, split at any position. */
  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#extend(text, start, end);
      this.#close();
      start = end + 1;
    }
    this.#extend(text, start, text.length);
  }

  #extend(text: string, start: number, end: number): void {
    const room = this.#lineLengthMax - this.#open.length;
    if (room > 0) this.#open += text.slice(start, Math.min(end, start + room));
  }

  #close(): void {
    const line = this.#open.endsWith('\r') ? this.#open.slice(0, -1) : this.#open;
    this.#open = '';
    this.#lines.push(line);
    if (this.#lines.length > this.#linesMax) this.#lines.shift();
    this.#onLine(line);
  }

  /** Returns the last lines, oldest first, including an incomplete one. */
  last(count: number = this.#linesMax): string[] {
    const lines = this.#open === '' ? this.#lines : [...this.#lines, this.#open];
    return lines.slice(-count);
  }
}
