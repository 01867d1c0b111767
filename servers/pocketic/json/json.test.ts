import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ignoreValue } from './ignore-value.js';
import { JsonError } from './json-error.js';
import { list, record, variant, versionedRecord } from './compound-shapes.js';
import { formatFloat } from './numbers.js';
import { base64, boolean, decodeJson, optional, string, u128, u16, u64, type Shape } from './shapes.js';

const Point = versionedRecord('Point', { x: u16, y: optional(u64) }, { later: optional(string) });
const Kind = variant({ None: undefined, Name: string, Place: Point });
const Outer = record('Outer', { points: list(Point), kind: Kind, data: base64 });

const decode = <T>(shape: Shape<T>, text: string): T => decodeJson(shape, Buffer.from(text));

function problem(shape: Shape<unknown>, text: string): string {
  try {
    decode(shape, text);
  } catch (error) {
    if (error instanceof JsonError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('decoding JSON by a shape', () => {
  it('reads records, lists, alternatives, and base64', () => {
    const text =
      ' {"points":[{"x":1},{"y":null,"x":2},[3,4]], "kind":{"Place":{"x":5}} ,"data":"AAEC","more":[{}]}';
    expect(decode(Outer, text)).toEqual({
      points: [{ x: 1 }, { x: 2 }, { x: 3, y: 4n }],
      kind: { kind: 'Place', value: { x: 5 } },
      data: Uint8Array.of(0, 1, 2),
    });
    expect(decode(Kind, '"None"')).toEqual({ kind: 'None' });
    expect(decode(Kind, '{"None":null}')).toEqual({ kind: 'None' });
  });

  it('reads integers of 64 and 128 bits exactly', () => {
    expect(decode(u64, '18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(decode(u128, '340282366920938463463374607431768211455')).toBe(2n ** 128n - 1n);
  });

  it('reads every string that JSON can express', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decode(string, JSON.stringify(text))).toBe(text);
        expect(decode(string, `"${escapeAll(text)}"`)).toBe(text);
      }),
    );
  });

  it('ignores a field of any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decode(Point, `{"other":${JSON.stringify(value)},"x":7}`)).toEqual({ x: 7 });
      }),
    );
  });

  it('accepts the same texts as JSON.parse, and does not read what follows', () => {
    const anything = versionedRecord(
      'Anything',
      {},
      { value: optional({ read: (reader) => ignoreValue(reader) }) },
    );
    const letters = fc.constantFrom(...Array.from('{}[]",:0123-+.eE \\untrfalse'));
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
        const body = `{"value":${text}}`;
        fc.pre(!hasLargeExponent(text));
        expect(problem(anything, body) === 'none').toBe(isPrefixJson(body));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{', 'syntax: EOF while parsing an object at line 1 column 1'],
    ['no', 'syntax: expected ident at line 1 column 2'],
    ['', 'syntax: EOF while parsing a value at line 1 column 0'],
    ['[]', 'data: invalid length 0, expected struct Outer with 3 elements at line 1 column 2'],
    ['5', 'data: invalid type: integer `5`, expected struct Outer at line 1 column 1'],
    ['null', 'data: invalid type: null, expected struct Outer at line 1 column 4'],
    ['{}', 'data: missing field `points` at line 1 column 2'],
    ['{"points":[{"x":1}{', 'syntax: points[1]: expected `,` or `]` at line 1 column 19'],
    [
      '{"points":[{"x":-1}]',
      'data: points[0].x: invalid value: integer `-1`, expected u16 at line 1 column 18',
    ],
    ['{"points":[{"x":1,\n"x"', 'data: points[0]: duplicate field `x` at line 2 column 3'],
    ['{"points":[],}', 'syntax: trailing comma at line 1 column 14'],
    [
      '{"kind":"Other"',
      'data: kind: unknown variant `Other`, expected one of `None`, `Name`, `Place` at line 1 column 15',
    ],
    ['{"kind":7', 'syntax: kind: expected value at line 1 column 9'],
    [
      '{"kind":"Name",',
      'data: kind.Name: invalid type: unit variant, expected newtype variant at line 1 column 14',
    ],
    [
      '{"kind":{"Place":{"x":"1"}}}',
      'data: kind.Place.x: invalid type: string "1", expected u16 at line 1 column 25',
    ],
    ['{"data":"!","x":1}', 'data: data: Invalid byte 33, offset 0. at line 1 column 11'],
    ['{"data":"A"}', 'data: data: Encoded text cannot have a 6-bit remainder. at line 1 column 12'],
    ['{"data":"AB=="}', 'data: data: Invalid last symbol 66, offset 1. at line 1 column 15'],
    [
      '{"data":"\u0001"}',
      'syntax: data: control character (\\u0000-\\u001F) found while parsing a string at line 1 column 10',
    ],
  ])('reports what serde reports for %j', (text, message) => {
    expect(problem(Outer, text)).toBe(message);
  });

  it.each<[Shape<unknown>, string, string]>([
    [u64, '1.50', 'data: invalid type: floating point `1.5`, expected u64 at line 1 column 4'],
    [
      u64,
      '18446744073709551616',
      'data: invalid type: floating point `1.8446744073709552e19`, expected u64 at line 1 column 20',
    ],
    [u64, '01', 'syntax: invalid number at line 1 column 2'],
    [u64, '1e999', 'syntax: number out of range at line 1 column 5'],
    [u16, '65536', 'data: invalid value: integer `65536`, expected u16 at line 1 column 5'],
    [u128, '-1', 'syntax: number out of range at line 1 column 1'],
    [u128, '340282366920938463463374607431768211456', 'syntax: number out of range at line 1 column 39'],
    [u128, 'x', 'syntax: invalid number at line 1 column 1'],
    [boolean, '[', 'data: invalid type: sequence, expected a boolean at line 1 column 0'],
    [string, '"\\ud800"', 'syntax: unexpected end of hex escape at line 1 column 8'],
    [string, '"\\x"', 'syntax: invalid escape at line 1 column 3'],
    [list(string), '["a",]', 'syntax: [1]: trailing comma at line 1 column 6'],
  ])('reports what serde reports for values: %#', (shape, text, message) => {
    expect(problem(shape, text)).toBe(message);
  });

  it('refuses a body that is nested too deeply', () => {
    let nested: Shape<unknown> = u64;
    for (let depth = 0; depth < 130; depth++) nested = list(nested);
    expect(problem(nested, '['.repeat(130))).toMatch(/recursion limit exceeded at line 1 column 128$/);
  });
});

describe('the text of a double', () => {
  it.each([
    [1.5, '1.5'],
    [2, '2.0'],
    [-0, '-0.0'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e16'],
    [1.25e-4, '0.000125'],
    [1.25e-7, '1.25e-7'],
  ])('of %d is %s', (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });

  it('reads back as the same double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatFloat(value))).toBe(value);
      }),
    );
  });
});

function escapeAll(text: string): string {
  return Array.from(text.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

function isPrefixJson(text: string): boolean {
  return Array.from({ length: text.length }, (_, index) => text.slice(0, index + 1)).some(isJson);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON.parse rounds a number that is too large to infinity; serde refuses it. */
function hasLargeExponent(text: string): boolean {
  return /[eE]\+?\d{3}/.test(text);
}
