/** Option values from the command line. Each parser returns the value or throws commander's one-line error (exit 2). */
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

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes from `1.8MB` (10^6), `64KiB` (2^10), or a bare number. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  const unit = match === null ? undefined : UNIT_BYTES[match[2] === '' ? 'B' : match[2]!];
  const value = unit === undefined ? NaN : Math.round(Number(match![1]) * unit);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('give a size such as 64KiB, 1.8MB or 1800000.');
  }
  return value;
}

export function formatBytes(count: number): string {
  const unit = ['GiB', 'MiB', 'KiB'].find((name) => count >= UNIT_BYTES[name]!);
  return unit === undefined ? `${count} B` : `${(count / UNIT_BYTES[unit]!).toFixed(1)} ${unit}`;
}
