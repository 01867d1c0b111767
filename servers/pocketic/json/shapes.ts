/**
 * Shapes of JSON values, and decoding by them. A shape stands for a Rust type of the protocol: it accepts what serde accepts for it, and
 * fails with serde's text.
 */
import { decodeBase64 } from './base64.js';
import { UnplacedError, type JsonError } from './json-error.js';
import { JsonReader } from './json-reader.js';
import { formatFloat, readIntegerDigits, readNumber, type JsonNumber } from './numbers.js';
import { SYNTAX } from './syntax.js';

export interface Shape<T> {
  readonly read: (reader: JsonReader) => T;
  /** The value of a missing field. Without it, a missing field is an error. */
  readonly missing?: { readonly value: T };
}

export type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** Returns the value, whose position errors have been resolved. What follows the value is not read. @throws {JsonError} */
export function decodeJson<T>(shape: Shape<T>, bytes: Uint8Array): T {
  const reader = new JsonReader(bytes);
  try {
    return shape.read(reader);
  } catch (error) {
    if (error instanceof UnplacedError) throw reader.error(error.message, 'data', error.path);
    throw error;
  }
}

/** Returns the error for a value of another type, after reading it as far as serde does. */
export function wrongType(reader: JsonReader, token: string, expected: string): JsonError {
  return reader.dataError(`invalid type: ${unexpected(reader, token)}, expected ${expected}`);
}

function unexpected(reader: JsonReader, token: string): string {
  switch (token) {
    case '':
      throw reader.peekError(SYNTAX.endOfValue);
    case 'n':
      reader.skip();
      reader.readIdent('ull');
      return 'null';
    case 't':
      reader.skip();
      reader.readIdent('rue');
      return 'boolean `true`';
    case 'f':
      reader.skip();
      reader.readIdent('alse');
      return 'boolean `false`';
    case '"':
      reader.skip();
      return `string ${JSON.stringify(reader.readString())}`;
    case '[':
      return 'sequence';
    case '{':
      return 'map';
    default:
      if (!/^[-0-9]$/.test(token)) throw reader.peekError(SYNTAX.value);
      return describeNumber(readNumber(reader));
  }
}

function describeNumber(number: JsonNumber): string {
  return number.kind === 'integer'
    ? `integer \`${number.value}\``
    : `floating point \`${formatFloat(number.value)}\``;
}

export const string: Shape<string> = text('a string');

/** A path of a file. */
export const path: Shape<string> = text('path string');

function text(expected: string): Shape<string> {
  return {
    read: (reader) => {
      const token = reader.peekToken();
      if (token !== '"') throw wrongType(reader, token, expected);
      reader.skip();
      return reader.readString();
    },
  };
}

export const boolean: Shape<boolean> = {
  read: (reader) => {
    const token = reader.peekToken();
    if (token !== 't' && token !== 'f') throw wrongType(reader, token, 'a boolean');
    reader.skip();
    reader.readIdent(token === 't' ? 'rue' : 'alse');
    return token === 't';
  },
};

/** Bytes as base64. */
export const base64: Shape<Uint8Array> = {
  read: (reader) => {
    const bytes = decodeBase64(string.read(reader));
    if (typeof bytes === 'string') throw reader.unplaced(bytes);
    return bytes;
  },
};

/** An unsigned integer. `name` is its Rust type. */
function unsigned(name: string, bits: bigint): Shape<bigint> {
  return {
    read: (reader) => {
      const token = reader.peekToken();
      if (!/^[-0-9]$/.test(token)) throw wrongType(reader, token, name);
      const number = readNumber(reader);
      if (number.kind === 'float')
        throw reader.dataError(`invalid type: ${describeNumber(number)}, expected ${name}`);
      if (number.value < 0n || number.value >= 2n ** bits)
        throw reader.dataError(`invalid value: ${describeNumber(number)}, expected ${name}`);
      return number.value;
    },
  };
}

export const u16: Shape<number> = mapped(unsigned('u16', 16n), Number);
export const u64: Shape<bigint> = unsigned('u64', 64n);
export const usize: Shape<bigint> = unsigned('usize', 64n);

/** serde_json reads integers of 128 bits in another way, so they have other errors. */
export const u128: Shape<bigint> = {
  read: (reader) => {
    const token = reader.peekToken();
    if (token === '') throw reader.peekError(SYNTAX.endOfValue);
    if (token === '-') throw reader.peekError(SYNTAX.numberRange);
    const value = BigInt(readIntegerDigits(reader));
    if (value >= 2n ** 128n) throw reader.error(SYNTAX.numberRange);
    return value;
  },
};

export function mapped<T, U>({ read }: Shape<T>, convert: (value: T) => U): Shape<U> {
  return { read: (reader) => convert(read(reader)) };
}

/** A value that may be null or missing. */
export function optional<T>({ read }: Shape<T>): Shape<T | undefined> {
  return {
    missing: { value: undefined },
    read: (reader) => {
      if (reader.peekToken() !== 'n') return read(reader);
      reader.skip();
      reader.readIdent('ull');
      return undefined;
    },
  };
}

/** A field that may be missing, but not null. */
export function withDefault<T>(shape: Shape<T>, value: T): Shape<T> {
  return { ...shape, missing: { value } };
}
