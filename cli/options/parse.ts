/** Parsers of option values. Each returns the value or throws commander's error, one line (exit code 2). */
import { InvalidArgumentError } from 'commander';
import ms from 'ms';
import { unknownName, unknownNameText } from '../../harness/relations/selectable-names.js';

export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('give a whole number of at least 1.');
  return value;
}

export function parsePercent(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('give a number from 0 to 100.');
}

export function parseAtMost(max: number): (text: string) => number {
  return (text) => {
    const value = parseCount(text);
    if (value <= max) return value;
    throw new InvalidArgumentError(`give a whole number of at most ${max}.`);
  };
}

/** Names of layers, rules, and relations, separated by commas. */
export function parseRules(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = unknownName(names);
  if (unknown !== undefined) throw new InvalidArgumentError(`${unknownNameText(unknown)}.`);
  return names;
}

/** Seeds are 32-bit integers, like those of fast-check. */
export function parseSeed(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value !== (value | 0))
    throw new InvalidArgumentError('give a whole number from -2147483648 to 2147483647.');
  return value;
}

/** Milliseconds from `60s`, `2m`, or `1500ms`. A number without a unit means seconds. */
export function parseDuration(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseWithUnit(text);
  if (value === undefined || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('give a duration such as 60s, 5m, or 1h.');
  return value;
}

function parseWithUnit(text: string): number | undefined {
  try {
    return ms(text as ms.StringValue);
  } catch {
    return undefined;
  }
}

const UNIT_BYTES = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
]);

/** Bytes from `1.8MB` (10^6), `64KiB` (2^10), or a number without a unit. */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const value = Math.round(Number(number) * (UNIT_BYTES.get(unit) ?? NaN));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('give a size such as 64KiB, 1.8MB, or 1800000.');
  return value;
}

/** A parser of `a,b,c` from a parser of one item. */
export function parseList<T>(parse: (text: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}
