/** The numbers of JSON. */
import type { JsonReader } from './json-reader.js';
import { isDigit, SYNTAX } from './syntax.js';

/** An integer of at most 64 bits is exact. Every other number is a double, as in serde_json. */
export type JsonNumber =
  { readonly kind: 'integer'; readonly value: bigint } | { readonly kind: 'float'; readonly value: number };

const U64_MAX = 2n ** 64n - 1n;
const I64_MIN = -(2n ** 63n);

/** Reads a number. The next byte is a digit or a minus. */
export function readNumber(reader: JsonReader): JsonNumber {
  const sign = readSign(reader);
  const digits = readIntegerDigits(reader);
  const rest = readFraction(reader) + readExponent(reader);
  const value = BigInt(sign + digits);
  const isInteger = rest === '' && value <= U64_MAX && value >= I64_MIN && !(sign !== '' && value === 0n);
  if (isInteger) return { kind: 'integer', value };
  const float = Number(sign + digits + rest);
  if (!Number.isFinite(float)) throw reader.error(SYNTAX.numberRange);
  return { kind: 'float', value: float };
}

function readSign(reader: JsonReader): string {
  if (reader.peekChar() !== '-') return '';
  reader.skip();
  return '-';
}

/** Reads the digits before the point. A leading zero stands alone. */
export function readIntegerDigits(reader: JsonReader): string {
  const first = reader.next();
  if (first === undefined) throw reader.error(SYNTAX.endOfValue);
  if (!isDigit(first)) throw reader.error(SYNTAX.number);
  const letter = String.fromCharCode(first);
  if (letter !== '0') return letter + reader.readDigits();
  if (isDigit(reader.peek())) throw reader.peekError(SYNTAX.number);
  return letter;
}

function readFraction(reader: JsonReader): string {
  if (reader.peekChar() !== '.') return '';
  reader.skip();
  const digits = reader.readDigits();
  if (digits === '') throw reader.peekError(reader.peek() === undefined ? SYNTAX.endOfValue : SYNTAX.number);
  return `.${digits}`;
}

function readExponent(reader: JsonReader): string {
  if (!/^[eE]$/.test(reader.peekChar())) return '';
  reader.skip();
  let sign = '';
  if (/^[+-]$/.test(reader.peekChar())) {
    sign = reader.peekChar();
    reader.skip();
  }
  const first = reader.next();
  if (first === undefined) throw reader.error(SYNTAX.endOfValue);
  if (!isDigit(first)) throw reader.error(SYNTAX.number);
  return `e${sign}${String.fromCharCode(first)}${reader.readDigits()}`;
}

/** The shortest text of a double, in the form that serde_json prints: `1.5`, `2.0`, `1.8446744073709552e19`. */
export function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  /** Position of the point, counted from the first digit. */
  const point = Number(exponent) + 1;
  const sign = value < 0 ? '-' : '';
  if (point > 0 && point <= 16) {
    const whole = digits.padEnd(point, '0');
    return `${sign}${whole.slice(0, point)}.${whole.slice(point) || '0'}`;
  }
  if (point > -5 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${mantissa}e${Number(exponent)}`;
}
