import { describe, expect, it } from 'vitest';
import { parseExactJson, stringifyExactJson, toBigint } from './exact-json.js';

describe('exact JSON', () => {
  it.each([
    ['{"nanos_since_epoch":1620328630000000001}', { nanos_since_epoch: 1620328630000000001n }],
    ['{"cycles":1000000000001000000}', { cycles: 1000000000001000000n }],
    ['[1,2.5,-3,1e21,123456789012345]', [1, 2.5, -3, 1e21, 123456789012345]],
    ['[-9999999999999999999,12345678901234567.5]', [-9999999999999999999n, 12345678901234567.5]],
    [
      '{"a":"1620328630000000001","b":1620328630000000001}',
      { a: '1620328630000000001', b: 1620328630000000001n },
    ],
    [
      '{"a":"x\\"1620328630000000001","b\\\\":1620328630000000001}',
      { a: 'x"1620328630000000001', 'b\\': 1620328630000000001n },
    ],
    ['[0.12345678901234567,1e-2]', [0.12345678901234567, 0.01]],
    ['null', null],
  ])('reads %s', (text, value) => expect(parseExactJson(text)).toEqual(value));

  it('throws the errors of JSON.parse on malformed text', () => {
    for (const text of ['{"a":1620328630000000001', '"unclosed', '', '{"a":1620328630000000001,}']) {
      expect(() => parseExactJson(text)).toThrow(SyntaxError);
    }
  });

  it('reads a string of 60 MB without recursion', () => {
    const text = JSON.stringify({ blob: 'A'.repeat(60_000_000), time: 0 }).replace(
      ':0}',
      ':1620328630000000001}',
    );
    expect((parseExactJson(text) as { time: bigint }).time).toBe(1620328630000000001n);
  });

  it('writes bigints as integer literals that the reader restores', () => {
    const value = {
      nanos_since_epoch: 1704067200000000001n,
      amount: 340282366920938463463374607431768211455n,
      text: '1n',
    };
    const text = stringifyExactJson(value);
    expect(text).toBe(
      '{"nanos_since_epoch":1704067200000000001,"amount":340282366920938463463374607431768211455,"text":"1n"}',
    );
    expect(parseExactJson(text)).toEqual(value);
  });

  it('converts only integers and bigints', () => {
    expect(toBigint(5)).toBe(5n);
    expect(toBigint(1e21)).toBe(1000000000000000000000n);
    expect(toBigint(1.5)).toBeUndefined();
    expect(toBigint('5')).toBeUndefined();
  });
});
