/**
 * CBOR as the IC's HTTP interface uses it (RFC 8949; the replica reads with serde_cbor 0.11).
 *
 * Written here rather than taken from a library for the reading side: error texts carry serde_cbor's words and
 * offsets, nesting is limited before the JavaScript stack is, and a map never becomes an object with attacker-chosen
 * property names.
 */
import { concat, utf8 } from './bytes.js';

/** What `decodeCbor` returns. Integers above 2^53 are bigints; maps keep their keys' order. */
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

/** What `encodeCbor` takes: a plain object is a map with text keys; `undefined` fields are left out. */
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

/** "Self-described CBOR", RFC 8949 section 3.4.6: every body of the interface starts with it. */
const SELF_DESCRIBE = Uint8Array.of(0xd9, 0xd9, 0xf7);

/** serde_cbor's recursion limit (`de.rs`, `remaining_depth: 128`). */
const DEPTH_MAX = 128;

/** The body is not the CBOR that was expected; `message` is what the replica answers after its own prefix. */
export class CborError extends Error {
  override readonly name = 'CborError';
}

function head(major: number, value: number | bigint): Uint8Array {
  const type = major << 5;
  if (value < 24) return Uint8Array.of(type | Number(value));
  if (value < 0x100) return Uint8Array.of(type | 24, Number(value));
  const out = new Uint8Array(value < 0x10000 ? 3 : value < 0x1_0000_0000 ? 5 : 9);
  const view = new DataView(out.buffer);
  if (out.length === 3) view.setUint16(1, Number(value));
  else if (out.length === 5) view.setUint32(1, Number(value));
  else view.setBigUint64(1, BigInt(value));
  out[0] = type | (out.length === 3 ? 25 : out.length === 5 ? 26 : 27);
  return out;
}

function push(value: CborInput, out: Uint8Array[]): void {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new RangeError(`not an integer: ${value}`);
    out.push(value < 0 ? head(1, -1n - BigInt(value)) : head(0, value));
  } else if (typeof value === 'string') {
    const bytes = utf8(value);
    out.push(head(3, bytes.length), bytes);
  } else if (value === null || typeof value === 'boolean') {
    out.push(Uint8Array.of(value === null ? 0xf6 : value ? 0xf5 : 0xf4));
  } else if (value instanceof Uint8Array) {
    out.push(head(2, value.length), value);
  } else if (Array.isArray(value)) {
    out.push(head(4, value.length));
    for (const item of value as readonly CborInput[]) push(item, out);
  } else {
    const entries =
      value instanceof Map ? [...(value as ReadonlyMap<number | string, CborInput>)] : Object.entries(value);
    const present = entries.filter((entry): entry is [number | string, CborInput] => entry[1] !== undefined);
    out.push(head(5, present.length));
    for (const [key, item] of present) {
      push(key, out);
      push(item, out);
    }
  }
}

/** Bytes of `value` behind the self-describe tag. Throws a RangeError for numbers that are no integers. */
export function encodeCbor(value: CborInput): Uint8Array {
  const parts: Uint8Array[] = [SELF_DESCRIBE];
  push(value, parts);
  return concat(...parts);
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returned in place of a value by the "break" stop code; never leaves this file. */
const BREAK = Symbol('break');

class Reader {
  #offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    // A plain view: `slice` of a Node Buffer would share its memory instead of copying.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  fail(what: string): never {
    throw new CborError(`${what} at offset ${this.#offset}`);
  }

  /** The value at the cursor; `BREAK` where `inIndefinite` allows a stop code. */
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
      default: // A tag: serde_cbor skips tags it has no use for, self-describe among them.
        return this.#plain(depth);
    }
  }

  #plain(depth: number): CborValue {
    return this.value(depth - 1) as CborValue; // No stop code without `inIndefinite`.
  }

  #take(count: number | bigint): Uint8Array {
    const end = this.#offset + Number(count);
    if (end > this.#bytes.length) {
      this.#offset = this.#bytes.length; // serde_cbor reports the end of input, whatever was being read.
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

/** Reads exactly one value, tags skipped. Throws CborError with serde_cbor's words for anything else. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new Reader(bytes);
  const value = reader.value(DEPTH_MAX) as CborValue; // No stop code at the top.
  if (!reader.done) reader.fail('trailing data');
  return value;
}
