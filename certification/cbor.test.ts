import { decode as decodeWithCborg, encode as encodeWithCborg } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, utf8 } from './bytes.js';
import { type CborInput, type CborValue, CborError, decodeCbor, encodeCbor, isCborMap } from './cbor.js';

const SELF_DESCRIBE = 55_799;
const tags = Object.assign([], { [SELF_DESCRIBE]: (inner: () => unknown) => inner() });

/** Values with the same JavaScript representation in both codecs: keys of maps are texts. */
const { value: values } = fc.letrec<{ value: CborInput }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.bigInt({ min: 1n << 53n, max: (1n << 64n) - 1n }),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
  ),
}));

/** Converts maps to plain objects, to compare them with the input. */
function plain(value: CborValue): unknown {
  if (isCborMap(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function reasonOf(bytes: Uint8Array): string {
  try {
    decodeCbor(bytes);
  } catch (error) {
    if (error instanceof CborError) return error.message;
    throw error;
  }
  return 'decoded';
}

describe('encodeCbor', () => {
  it('writes the self-describe tag and a value that cborg decodes', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeCbor(value);
        expect(bytes.subarray(0, 3)).toEqual(fromHex('d9d9f7'));
        expect(decodeWithCborg(bytes, { tags })).toEqual(value);
      }),
    );
  });

  it('omits undefined fields and rejects fractions', () => {
    expect(encodeCbor({ a: 1, b: undefined })).toEqual(encodeCbor({ a: 1 }));
    expect(() => encodeCbor(1.5)).toThrow(RangeError);
  });
});

describe('decodeCbor', () => {
  it('reads the output of cborg', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plain(decodeCbor(encodeWithCborg(value)))).toEqual(value);
      }),
    );
  });

  it('reads indefinite lengths, which serde_cbor writes for flattened structures', () => {
    expect(decodeCbor(fromHex('bf616101616202ff'))).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    expect(decodeCbor(fromHex('9f0102ff'))).toEqual([1, 2]);
    expect(decodeCbor(fromHex('5f41014102ff'))).toEqual(Uint8Array.of(1, 2));
    expect(decodeCbor(fromHex('7f61616162ff'))).toBe('ab');
  });

  it('reports errors with the texts of serde_cbor', () => {
    expect(reasonOf(utf8('nonsense'))).toBe('EOF while parsing a value at offset 8');
    expect(reasonOf(new Uint8Array(0))).toBe('EOF while parsing a value');
    expect(reasonOf(fromHex('0000'))).toBe('trailing data at offset 1');
    expect(reasonOf(fromHex('61ff'))).toBe('invalid UTF-8 at offset 2');
    expect(reasonOf(fromHex('a2616101616102'))).toBe('duplicate field `a`');
    expect(reasonOf(fromHex('1c'))).toBe('unassigned type at offset 1');
    expect(reasonOf(fromHex('ff'))).toBe('unexpected code at offset 1');
  });

  it('rejects nesting long before the stack overflows', () => {
    expect(reasonOf(new Uint8Array(4_000_000).fill(0x81))).toBe('recursion limit exceeded at offset 128');
  });

  it('rejects lengths beyond the end of the input', () => {
    expect(reasonOf(fromHex('9b00ffffffffffffff'))).toMatch(/EOF/);
    expect(reasonOf(fromHex('bbffffffffffffffff'))).toMatch(/EOF/);
    expect(reasonOf(fromHex('5bffffffffffffffff'))).toMatch(/EOF/);
  });

  it('throws only CborError, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void reasonOf(bytes)),
      { numRuns: 5_000 },
    );
  });

  it('rejects every proper prefix of a value', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = encodeCbor(value);
        expect(reasonOf(bytes.subarray(0, cut % bytes.length))).toMatch(/EOF/);
      }),
    );
  });
});
