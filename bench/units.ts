/** Sizes as people write them: `64 KiB`, `1.8 MB`, `100 B`. */
const UNITS = [
  { name: 'MiB', bytes: 2 ** 20 },
  { name: 'KiB', bytes: 2 ** 10 },
] as const;

export function sizeWords(bytes: number): string {
  if (bytes >= 1e5 && bytes % 1e4 === 0) return `${bytes / 1e6} MB`;
  const binary = UNITS.find((unit) => bytes % unit.bytes === 0 && bytes > 0);
  if (binary !== undefined) return `${bytes / binary.bytes} ${binary.name}`;
  if (bytes >= 1e3 && bytes % 100 === 0) return `${bytes / 1e3} kB`;
  return `${bytes} B`;
}
