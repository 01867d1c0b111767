/** The escapes of a JSON string. */
import { SYNTAX } from './syntax.js';

/** A reader in the middle of a string. */
interface StringReader {
  /** Returns the next byte. `undefined` at the end. */
  next(): number | undefined;
  /** The error at the last read byte. */
  error(text: string): Error;
}

const SIMPLE: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const HEX_DIGITS = 4;

/** Reads an escape after its backslash. */
export function readEscape(reader: StringReader): string {
  const letter = nextOrEnd(reader);
  if (letter === 'u') return readUnicodeEscape(reader);
  const plain = SIMPLE[letter];
  if (plain === undefined) throw reader.error(SYNTAX.escape);
  return plain;
}

/** A code point above U+FFFF takes two escapes. */
function readUnicodeEscape(reader: StringReader): string {
  const first = readCodeUnit(reader);
  if (first >= 0xdc00 && first <= 0xdfff) throw reader.error(SYNTAX.surrogate);
  if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
  for (const expected of '\\u') if (nextOrEnd(reader) !== expected) throw reader.error(SYNTAX.hexEnd);
  const second = readCodeUnit(reader);
  if (second < 0xdc00 || second > 0xdfff) throw reader.error(SYNTAX.surrogate);
  return String.fromCharCode(first, second);
}

function readCodeUnit(reader: StringReader): number {
  let digits = '';
  while (digits.length < HEX_DIGITS) digits += nextOrEnd(reader);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw reader.error(SYNTAX.escape);
  return Number.parseInt(digits, 16);
}

function nextOrEnd(reader: StringReader): string {
  const byte = reader.next();
  if (byte === undefined) throw reader.error(SYNTAX.endOfString);
  return String.fromCharCode(byte);
}
