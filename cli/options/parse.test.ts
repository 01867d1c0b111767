import { describe, expect, it } from 'vitest';
import { parseCount, parseDuration, parseRules, parseSeed, parseSize } from './parse.js';

describe('option values', () => {
  it.each([
    ['60s', 60_000],
    ['2m', 120_000],
    ['1500ms', 1_500],
    ['0.5', 500],
  ])('accept %s as a duration', (text, expected) => expect(parseDuration(text)).toBe(expected));

  it.each(['', '0', '-1s', 'soon', '1 fortnight', 'Infinity'])('reject "%s" as a duration', (text) =>
    expect(() => parseDuration(text)).toThrow('60s'),
  );

  it.each([
    ['64KiB', 65_536],
    ['1.8MB', 1_800_000],
    ['3 GiB', 3 * 2 ** 30],
    ['12', 12],
  ])('accept %s as a size', (text, expected) => expect(parseSize(text)).toBe(expected));

  it.each(['', '0', '-5', '1XB', 'MB', '1.8.1MB', '1e9'])('reject "%s" as a size', (text) =>
    expect(() => parseSize(text)).toThrow('64KiB'),
  );

  it('accept layers, rules, and relations as rules, and name the known ones otherwise', () => {
    const names = ['facts', 'upload-succeeds', 'rejected-calls'];
    expect(parseRules(names.join(', '))).toEqual(names);
    expect(() => parseRules('facts,upload-suceeds')).toThrow(
      /^unknown name "upload-suceeds"; pass some of: facts, relations, specification, .*upload-succeeds/,
    );
    expect(() => parseRules('')).toThrow('unknown name ""');
  });

  it.each(['0', '-1', '1.5', 'x', '99999999999999999999'])('reject "%s" as a count', (text) =>
    expect(() => parseCount(text)).toThrow(),
  );

  it('accept 32-bit seeds only', () => {
    expect(parseSeed('-2147483648')).toBe(-2147483648);
    expect(() => parseSeed('2147483648')).toThrow();
  });
});
