/** The item at `index`, modulo the number of items. There must be one. */
export function pick<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('there is no item to pick from');
  return item;
}
