/** Option values from the command line. Each parser returns the value or throws commander's one-line error (exit 2). */
import bytes from 'bytes';
import { InvalidArgumentError } from 'commander';
import ms from 'ms';

export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('give a whole number of at least 1.');
  }
  return value;
}

/** Seeds are 32-bit, as fast-check's are. */
export function parseSeed(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value !== (value | 0)) {
    throw new InvalidArgumentError('give a whole number from -2147483648 to 2147483647.');
  }
  return value;
}

/** Milliseconds from `60s`, `2m`, `1500ms`; a bare number means seconds. */
export function parseDuration(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseWithUnit(text);
  if (value === undefined || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('give a duration such as 60s, 5m or 1h.');
  }
  return value;
}

function parseWithUnit(text: string): number | undefined {
  try {
    return ms(text as ms.StringValue);
  } catch {
    return undefined;
  }
}

/** Bytes from `1.8MB` (10^6), `64KiB` (2^10), or a bare number. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)?$/.exec(text);
  const value = match === null ? NaN : Math.round(Number(match[1]) * unitBytes(match[2] ?? 'B'));
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('give a size such as 64KiB, 1.8MB or 1800000.');
  return value;
}

function unitBytes(unit: string): number {
  if (unit.includes('i')) return bytes.parse(`1${unit.replace('i', '')}`) ?? NaN;
  return { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }[unit.toUpperCase()] ?? NaN;
}

export function formatBytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return (bytes.format(count, { unitSeparator: ' ', decimalPlaces: 1 }) ?? `${count} B`)
    .replace('KB', 'KiB')
    .replace('MB', 'MiB')
    .replace('GB', 'GiB');
}
