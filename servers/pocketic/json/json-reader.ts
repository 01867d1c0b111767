/**
 * Reads JSON byte by byte, as serde_json does: the same grammar, and the same texts and positions of errors. Shapes (`shapes.ts`) tell it
 * what to expect.
 */
import { JsonError, pathPrefix, UnplacedError, type JsonErrorKind, type PathStep } from './json-error.js';
import { readEscape } from './string-escapes.js';
import { BYTE, isDigit, SYNTAX } from './syntax.js';

/** The nesting that serde_json allows. */
const DEPTH_MAX = 127;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #path: PathStep[] = [];
  #index = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next byte, or `undefined` at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#index];
  }

  /** The next byte as a character. Empty at the end. */
  peekChar(): string {
    const byte = this.peek();
    return byte === undefined ? '' : String.fromCharCode(byte);
  }

  skip(): void {
    this.#index += 1;
  }

  next(): number | undefined {
    const byte = this.peek();
    if (byte !== undefined) this.#index += 1;
    return byte;
  }

  /** Skips white space, and returns the next byte as a character. Empty at the end. */
  peekToken(): string {
    for (;;) {
      const byte = this.peek();
      const isSpace =
        byte === BYTE.space || byte === BYTE.lineFeed || byte === BYTE.tab || byte === BYTE.carriageReturn;
      if (!isSpace) return this.peekChar();
      this.#index += 1;
    }
  }

  /** The next two tokens, which are not read. */
  peekTokens(): string {
    const first = this.peekToken();
    const index = this.#index;
    this.#index += 1;
    const second = this.peekToken();
    this.#index = index;
    return first + second;
  }

  /** The error at the last read byte. */
  error(text: string, kind: JsonErrorKind = 'syntax', path = this.path): JsonError {
    return this.#errorAt(this.#index, text, kind, path);
  }

  /** The error at the next byte. */
  peekError(text: string): JsonError {
    return this.#errorAt(Math.min(this.#bytes.length, this.#index + 1), text, 'syntax', this.path);
  }

  /** An error of the value that was read last. */
  dataError(text: string): JsonError {
    return this.error(text, 'data');
  }

  /** An error whose position the enclosing object or list adds. */
  unplaced(text: string): UnplacedError {
    return new UnplacedError(this.path, text);
  }

  get path(): string {
    return pathPrefix(this.#path);
  }

  /** Runs `read` with a longer path. After an error, the path is not needed any more. */
  within<T>(step: PathStep, read: () => T): T {
    this.#path.push(step);
    const value = read();
    this.#path.pop();
    return value;
  }

  /** Reads an opening bracket, and runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (this.#depth >= DEPTH_MAX) throw this.peekError(SYNTAX.depth);
    this.skip();
    this.#depth += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  /** Reads the rest of `null`, `true`, or `false` after its first letter. */
  readIdent(rest: string): void {
    for (const expected of rest) {
      const byte = this.next();
      if (byte === undefined) throw this.error(SYNTAX.endOfValue);
      if (byte !== expected.charCodeAt(0)) throw this.error(SYNTAX.ident);
    }
  }

  /** Reads a string after its opening quote. */
  readString(): string {
    return this.#plainString() ?? this.#escapedString();
  }

  /** Reads a string of ASCII without escapes, such as a payload of megabytes. `undefined`: it is another string. */
  #plainString(): string | undefined {
    const end = this.#bytes.indexOf(BYTE.quote, this.#index);
    if (end < 0) return undefined;
    const text = latin1(this.#bytes.subarray(this.#index, end));
    if (/[\\\x00-\x1f\x80-\xff]/.test(text)) return undefined;
    this.#index = end + 1;
    return text;
  }

  #escapedString(): string {
    const pieces: string[] = [];
    let from = this.#index;
    for (;;) {
      const byte = this.peek();
      if (byte === undefined) throw this.error(SYNTAX.endOfString);
      this.#index += 1;
      if (byte === BYTE.quote) {
        pieces.push(this.#text(from, this.#index - 1));
        return pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('');
      }
      if (byte === BYTE.backslash) {
        pieces.push(this.#text(from, this.#index - 1), readEscape(this));
        from = this.#index;
      } else if (byte < BYTE.space) throw this.error(SYNTAX.control);
    }
  }

  /** Reads decimal digits. */
  readDigits(): string {
    const start = this.#index;
    while (isDigit(this.peek())) this.#index += 1;
    return latin1(this.#bytes.subarray(start, this.#index));
  }

  #text(from: number, to: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(from, to));
    } catch {
      throw this.error(SYNTAX.codePoint);
    }
  }

  #errorAt(index: number, text: string, kind: JsonErrorKind, path: string): JsonError {
    const before = this.#bytes.subarray(0, index);
    const lineStart = before.lastIndexOf(BYTE.lineFeed) + 1;
    let line = 1;
    for (const byte of this.#bytes.subarray(0, lineStart)) if (byte === BYTE.lineFeed) line += 1;
    return new JsonError(kind, path, text, { line, column: index - lineStart });
  }
}
