/**
 * CBOR as the IC's HTTP interface uses it (RFC 8949; the replica reads it with serde_cbor 0.11).
 *
 * cborg does the encoding. The decoder is written here, because cborg 6 cannot read what the replica reads: it rejects byte strings
 * and texts of indefinite length and unknown tags, accepts invalid UTF-8, has no depth limit (a body of nested arrays overflows the
 * stack), and has other error texts than serde_cbor, whose texts and offsets are part of the recorded responses.
 */
import { encode, Tagged } from 'cborg';
import { concat } from './bytes.js';

/** A decoded value. Integers above 2^53 are bigints. Maps keep the order of their keys. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>;

/** A value to encode. A plain object becomes a map with text keys; its `undefined` fields are omitted. */
export type CborInput =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborInput[]
  | ReadonlyMap<number | string, CborInput>
  | { readonly [key: string]: CborInput | undefined };

/** "Self-described CBOR", RFC 8949 section 3.4.6. Every body of the interface starts with this tag. */
const SELF_DESCRIBE_TAG = 55_799;

/** serde_cbor's recursion limit (`de.rs`, `remaining_depth: 128`). */
const DEPTH_MAX = 128;

/** The body is not the expected CBOR. The message is the text that the replica sends after its own prefix. */
export class CborError extends Error {
  override readonly name = 'CborError';
}

/** Keys keep their order, as in the replica's bodies. cborg sorts them unless it has another order. */
const ENCODE_OPTIONS = {
  mapSorter: () => 0,
  ignoreUndefinedProperties: true,
  typeEncoders: { number: refuseFraction },
};

/** Fractions do not occur in the interface. `null` selects cborg's own encoder. */
function refuseFraction(value: number): null {
  if (Number.isSafeInteger(value)) return null;
  throw new RangeError(`not an integer: ${value}`);
}

/** Returns the bytes of `value` after the self-describe tag. @throws {RangeError} for a number that is not an integer */
export function encodeCbor(value: CborInput): Uint8Array {
  const bytes = encode(new Tagged(SELF_DESCRIBE_TAG, value), ENCODE_OPTIONS);
  // cborg returns a Node Buffer, whose `slice` shares memory instead of copying.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Stands for the "break" stop code where a value is expected. Never leaves this file. */
const BREAK = Symbol('break');

class Reader {
  #offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    // A plain view, because `slice` of a Node Buffer shares memory instead of copying.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  fail(problem: string): never {
    throw new CborError(this.#offset === 0 ? problem : `${problem} at offset ${this.#offset}`);
  }

  /** Reads the value at the cursor. Returns `BREAK` for a stop code, which `inIndefinite` must allow. */
  value(depth: number, inIndefinite = false): CborValue | typeof BREAK {
    if (depth === 0) this.fail('recursion limit exceeded');
    const initial = this.#take(1)[0] ?? 0;
    if (initial === 0xff) return inIndefinite ? BREAK : this.fail('unexpected code');
    const major = initial >> 5;
    const minor = initial & 31;
    if (major === 7) return this.#simple(minor);
    if (minor === 31) return this.#indefinite(major, depth);
    const argument = this.#argument(minor);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return typeof argument === 'number' ? -1 - argument : -1n - argument;
      case 2:
        return this.#take(argument).slice();
      case 3:
        return this.#text(this.#take(argument));
      case 4:
        return this.#array(argument, depth);
      case 5:
        return this.#map(argument, depth);
      default: // A tag. serde_cbor skips unknown tags, and the self-describe tag.
        return this.#plain(depth);
    }
  }

  #plain(depth: number): CborValue {
    return this.value(depth - 1) as CborValue; // `BREAK` is possible only with `inIndefinite`.
  }

  #take(count: number | bigint): Uint8Array {
    const end = this.#offset + Number(count);
    if (end > this.#bytes.length) {
      this.#offset = this.#bytes.length; // serde_cbor reports the end of the input as the offset.
      this.fail('EOF while parsing a value');
    }
    const bytes = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return bytes;
  }

  #argument(minor: number): number | bigint {
    if (minor < 24) return minor;
    if (minor > 27) return this.fail('unassigned type');
    const bytes = this.#take(1 << (minor - 24));
    let value = 0n;
    for (const byte of bytes) value = (value << 8n) | BigInt(byte);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value);
  }

  #text(bytes: Uint8Array): string {
    try {
      return utf8Decoder.decode(bytes);
    } catch {
      return this.fail('invalid UTF-8');
    }
  }

  #array(count: number | bigint, depth: number): CborValue[] {
    const items: CborValue[] = [];
    for (let index = 0; index < count; index += 1) items.push(this.#plain(depth));
    return items;
  }

  #map(count: number | bigint, depth: number): Map<CborValue, CborValue> {
    const map = new Map<CborValue, CborValue>();
    for (let index = 0; index < count; index += 1) this.#entry(map, this.#plain(depth), depth);
    return map;
  }

  #entry(map: Map<CborValue, CborValue>, key: CborValue, depth: number): void {
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- every known field has a text or an integer as its key
    if (map.has(key)) throw new CborError(`duplicate field \`${String(key)}\``);
    map.set(key, this.#plain(depth));
  }

  #indefinite(major: number, depth: number): CborValue {
    if (major === 5) {
      const map = new Map<CborValue, CborValue>();
      for (let key = this.value(depth - 1, true); key !== BREAK; key = this.value(depth - 1, true)) {
        this.#entry(map, key, depth);
      }
      return map;
    }
    if (major !== 2 && major !== 3 && major !== 4) return this.fail('unassigned type');
    const items: CborValue[] = [];
    for (let item = this.value(depth - 1, true); item !== BREAK; item = this.value(depth - 1, true))
      items.push(item);
    if (major === 4) return items;
    if (major === 3 && items.every((item) => typeof item === 'string')) return items.join('');
    if (major === 2 && items.every((item) => item instanceof Uint8Array)) return concat(...items);
    return this.fail('unexpected code');
  }

  #simple(minor: number): CborValue {
    if (minor >= 20 && minor <= 23) return [false, true, null, undefined][minor - 20];
    const width = { 25: 2, 26: 4, 27: 8 }[minor];
    if (width === undefined) return this.fail('unassigned type');
    const bytes = this.#take(width);
    const view = new DataView(bytes.buffer, bytes.byteOffset, width);
    return width === 8 ? view.getFloat64(0) : width === 4 ? view.getFloat32(0) : halfFloat(view.getUint16(0));
  }
}

function halfFloat(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Narrows to a map without the `any` that `instanceof Map` yields. */
export function isCborMap(value: CborValue): value is ReadonlyMap<CborValue, CborValue> {
  return value instanceof Map;
}

/** Reads exactly one value and skips tags. @throws {CborError} with serde_cbor's text for any other input */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new Reader(bytes);
  const value = reader.value(DEPTH_MAX) as CborValue; // `BREAK` is possible only with `inIndefinite`.
  if (!reader.done) reader.fail('trailing data');
  return value;
}
