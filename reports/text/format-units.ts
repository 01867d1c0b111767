/** Numbers with their units, in the form that reports use. */

const BINARY_UNITS = [
  { name: 'MiB', bytes: 2 ** 20 },
  { name: 'KiB', bytes: 2 ** 10 },
] as const;

/** `64 KiB`, `1.8 MB`, `100 B`. Round decimal sizes get a decimal unit, multiples of 1,024 a binary one. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e5 && bytes % 1e4 === 0) return `${bytes / 1e6} MB`;
  const binary = BINARY_UNITS.find((unit) => bytes % unit.bytes === 0 && bytes > 0);
  if (binary !== undefined) return `${bytes / binary.bytes} ${binary.name}`;
  if (bytes >= 1e3 && bytes % 100 === 0) return `${bytes / 1e3} kB`;
  return `${bytes} B`;
}

/** `1.23 s`, `4.5 ms`, `60 µs`. */
export function formatMilliseconds(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return ms >= 1 ? `${ms.toFixed(1)} ms` : `${(ms * 1_000).toFixed(0)} µs`;
}

/** `12.3 s` */
export function formatSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `12,345`; an en dash for null. */
export function formatNumber(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en');
}

/** `120`; one decimal below 10. */
export function formatRate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 10 ? 1 : 0);
}

/** `1 run`, `2,000 runs`. */
export function countOf(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}
