/** Sizes as people write them: `64 KiB`, `1.8 MB`, `100 B`. */
const UNITS = [
  { name: 'MiB', bytes: 2 ** 20 },
  { name: 'KiB', bytes: 2 ** 10 },
] as const;

export function formatBytes(bytes: number): string {
  if (bytes >= 1e5 && bytes % 1e4 === 0) return `${bytes / 1e6} MB`;
  const binary = UNITS.find((unit) => bytes % unit.bytes === 0 && bytes > 0);
  if (binary !== undefined) return `${bytes / binary.bytes} ${binary.name}`;
  if (bytes >= 1e3 && bytes % 100 === 0) return `${bytes / 1e3} kB`;
  return `${bytes} B`;
}

/** `1.23 s`, `4.5 ms`, `60 µs`. */
export function formatMilliseconds(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return ms >= 1 ? `${ms.toFixed(1)} ms` : `${(ms * 1_000).toFixed(0)} µs`;
}
