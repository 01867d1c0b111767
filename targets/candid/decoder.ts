/**
 * Decodes Candid messages by the types in their header. The header of a method's reply is the same every time, so the compiled decoder
 * is cached, and decoding a reply takes one pass over its values. `IDL.decode` parses the header and checks subtyping every time: 35 µs
 * for `variant { Ok; Err }`, and 8 ms for a chunk of 1.8 MB.
 *
 * A record becomes an object, a variant a `CandidVariant`, an `opt` its value or `undefined`, a `vec nat8` a Uint8Array that owns its
 * buffer, and nat64 and larger numbers a bigint. The decoder checks no expected type: its caller must check the shape.
 */
import { idlLabelToId, lebDecode, PipeArrayBuffer, slebDecode } from '@icp-sdk/core/candid';

export type CandidValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CandidVariant
  | CandidRecord
  | readonly CandidValue[];
export interface CandidRecord {
  readonly [field: string]: CandidValue;
}
/** A class, so that a variant cannot be confused with a record. */
export class CandidVariant {
  readonly tag: string;
  readonly value: CandidValue;

  constructor(tag: string, value: CandidValue) {
    this.tag = tag;
    this.value = value;
  }
}

type Read = (cursor: Cursor) => CandidValue;

interface CompiledMessage {
  readonly header: Uint8Array;
  readonly values: readonly Read[];
}

/** Headers differ only by method and build, so a canister needs far fewer entries. */
const COMPILED_MAX = 64;

export interface CandidDecoder {
  /**
   * The values of a message.
   * @throws Error if the bytes are not a Candid message of the supported types
   */
  decode(bytes: Uint8Array): readonly CandidValue[];
}

/** @param names names of fields and tags; unknown names appear as their decimal hash */
export function createDecoder(names: readonly string[]): CandidDecoder {
  const nameOf = new Map(names.map((name) => [idlLabelToId(name), name]));
  let compiled: CompiledMessage[] = [];
  const compiledFor = (bytes: Uint8Array): CompiledMessage => {
    const known = compiled.find(({ header }) => startsWith(bytes, header));
    if (known !== undefined) return known;
    const message = compileMessage(bytes, nameOf);
    compiled = [message, ...compiled.slice(0, COMPILED_MAX - 1)];
    return message;
  };
  return {
    decode(bytes) {
      const { header, values } = compiledFor(bytes);
      const cursor = new Cursor(bytes, header.length);
      const decoded = values.map((read) => read(cursor));
      if (!cursor.atEnd) throw new Error('bytes are left over after the last value');
      return decoded;
    },
  };
}

function startsWith(bytes: Uint8Array, header: Uint8Array): boolean {
  if (bytes.length < header.length) return false;
  for (let i = 0; i < header.length; i++) if (bytes[i] !== header[i]) return false;
  return true;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Longest LEB128 encoding of a safe integer: 53 bits in groups of seven. */
const SAFE_INTEGER_BYTES_MAX = 8;

class Cursor {
  readonly #view: DataView;
  readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.offset = offset;

    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.offset === this.bytes.length;
  }
  byte(): number {
    const value = this.bytes[this.offset++];
    if (value === undefined) throw new Error('the message ends too early');
    return value;
  }
  take(length: number): Uint8Array {
    const start = this.offset;
    if (start + length > this.bytes.length) throw new Error('the message ends too early');
    this.offset = start + length;
    return this.bytes.subarray(start, start + length);
  }
  /** Unsigned LEB128 as a number; lengths and indices are far below 2^53. */
  leb128(): number {
    const first = this.bytes[this.offset];
    if (first !== undefined && first < 0x80) {
      this.offset++;
      return first;
    }
    const value = Number(this.bigLeb128(lebDecode, SAFE_INTEGER_BYTES_MAX));
    if (!Number.isSafeInteger(value)) throw new Error('a length or index is too large');
    return value;
  }
  /** `decode` is `lebDecode` for unsigned numbers and `slebDecode` for signed ones. */
  bigLeb128(decode: typeof lebDecode, bytesMax = Number.POSITIVE_INFINITY): bigint {
    const start = this.offset;
    while (this.byte() >= 0x80) {
      if (this.offset - start >= bytesMax) throw new Error('a length or index is too large');
    }
    // `PipeArrayBuffer` ignores the byte offset of a view, so it gets a copy.
    return decode(new PipeArrayBuffer(Uint8Array.from(this.bytes.subarray(start, this.offset))));
  }
  view<T>(length: number, read: (view: DataView, at: number) => T): T {
    const at = this.offset;
    this.take(length);
    return read(this.#view, at);
  }
  text(): string {
    return utf8.decode(this.take(this.leb128()));
  }
}

/** Primitive types by their code (Candid specification, section Types). */
const PRIMITIVES: Readonly<Record<number, Read>> = {
  [-1]: () => null,
  [-2]: (c) => c.byte() !== 0,
  [-3]: (c) => c.bigLeb128(lebDecode),
  [-4]: (c) => c.bigLeb128(slebDecode),
  [-5]: (c) => c.byte(),
  [-6]: (c) => c.view(2, (v, at) => v.getUint16(at, true)),
  [-7]: (c) => c.view(4, (v, at) => v.getUint32(at, true)),
  [-8]: (c) => c.view(8, (v, at) => v.getBigUint64(at, true)),
  [-9]: (c) => c.view(1, (v, at) => v.getInt8(at)),
  [-10]: (c) => c.view(2, (v, at) => v.getInt16(at, true)),
  [-11]: (c) => c.view(4, (v, at) => v.getInt32(at, true)),
  [-12]: (c) => c.view(8, (v, at) => v.getBigInt64(at, true)),
  [-13]: (c) => c.view(4, (v, at) => v.getFloat32(at, true)),
  [-14]: (c) => c.view(8, (v, at) => v.getFloat64(at, true)),
  [-15]: (c) => c.text(),
  [-16]: () => undefined,
  /** principal: its bytes */
  [-24]: (c) => {
    if (c.byte() !== 1) throw new Error('a principal is opaque');
    return c.take(c.leb128()).slice();
  },
};
const NAT8 = -5;
const OPT = -18;
const VEC = -19;
const RECORD = -20;
const VARIANT = -21;

type TypeEntry =
  | { readonly form: typeof OPT | typeof VEC; readonly of: number }
  | {
      readonly form: typeof RECORD | typeof VARIANT;
      readonly fields: readonly (readonly [name: string, type: number])[];
    };

function compileMessage(bytes: Uint8Array, nameOf: ReadonlyMap<number, string>): CompiledMessage {
  const cursor = new Cursor(bytes, 0);
  if (String.fromCharCode(...cursor.take(4)) !== 'DIDL') throw new Error('it is no Candid message');
  const table: TypeEntry[] = [];
  const entries = cursor.leb128();
  for (let i = 0; i < entries; i++) table.push(readTypeEntry(cursor, nameOf));
  const types = Array.from({ length: cursor.leb128() }, () => Number(cursor.bigLeb128(slebDecode)));
  const header = bytes.slice(0, cursor.offset);
  const readers = new Map<number, Read>();
  return { header, values: types.map((type) => compileType(type, table, readers)) };
}

function readTypeEntry(cursor: Cursor, nameOf: ReadonlyMap<number, string>): TypeEntry {
  const form = Number(cursor.bigLeb128(slebDecode));
  if (form === OPT || form === VEC) return { form, of: Number(cursor.bigLeb128(slebDecode)) };
  if (form !== RECORD && form !== VARIANT) throw new Error(`type ${form} is not supported`);
  const fields = Array.from({ length: cursor.leb128() }, () => {
    const hash = cursor.leb128();
    return [nameOf.get(hash) ?? String(hash), Number(cursor.bigLeb128(slebDecode))] as const;
  });
  return { form, fields };
}

function compileType(type: number, table: readonly TypeEntry[], readers: Map<number, Read>): Read {
  if (type < 0) {
    const primitive = PRIMITIVES[type];
    if (primitive === undefined) throw new Error(`type ${type} is not supported`);
    return primitive;
  }
  const known = readers.get(type);
  if (known !== undefined) return known;
  // A recursive type uses this indirection while its reader is compiled.
  readers.set(type, (cursor) => compileType(type, table, readers)(cursor));
  const compiled = compileEntry(table[type], (inner) => compileType(inner, table, readers));
  readers.set(type, compiled);
  return compiled;
}

function compileEntry(entry: TypeEntry | undefined, compile: (type: number) => Read): Read {
  if (entry === undefined) throw new Error('a type index is out of range');
  switch (entry.form) {
    case OPT: {
      const inner = compile(entry.of);
      return (cursor) => (cursor.byte() === 0 ? undefined : inner(cursor));
    }
    case VEC: {
      if (entry.of === NAT8) return (cursor) => cursor.take(cursor.leb128()).slice();
      const inner = compile(entry.of);
      return (cursor) => readMany(cursor, inner);
    }
    case RECORD: {
      const fields = entry.fields.map(([name, type]) => [name, compile(type)] as const);
      return (cursor) => {
        const record: Record<string, CandidValue> = {};
        for (const [name, read] of fields) record[name] = read(cursor);
        return record;
      };
    }
    case VARIANT: {
      const cases = entry.fields.map(([name, type]) => [name, compile(type)] as const);
      return (cursor) => {
        const chosen = cases[cursor.leb128()];
        if (chosen === undefined) throw new Error('a variant index is out of range');
        return new CandidVariant(chosen[0], chosen[1](cursor));
      };
    }
  }
}

/** Zero-sized elements take no bytes, so a malicious length could loop forever. The Candid specification advises a limit. */
const ELEMENTS_MAX = 1_000_000;

function readMany(cursor: Cursor, read: Read): CandidValue[] {
  const length = cursor.leb128();
  if (length > ELEMENTS_MAX) throw new Error(`a vector of ${length} elements is too long`);
  const values: CandidValue[] = [];
  for (let i = 0; i < length; i++) values.push(read(cursor));
  return values;
}
