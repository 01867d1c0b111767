/** One of n shards of the work of a gate. Shards share no work, and together they cover all of it. */

export interface Shard {
  /** 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** The only shard of a gate that is not split. */
export const WHOLE: Shard = { index: 1, count: 1 };

/** Every n-th item: neighbours cost about the same, so they go to different shards. */
export function shareOf<T>(items: readonly T[], { index, count }: Shard): readonly T[] {
  return items.filter((_, position) => position % count === index - 1);
}

/** The range of schedules of this shard. A schedule depends on its index only, not on the shard that runs it. */
export function runsOf(
  total: number,
  { index, count }: Shard,
): { readonly firstRun: number; readonly runs: number } {
  const firstRun = Math.floor((total * (index - 1)) / count);
  return { firstRun, runs: Math.floor((total * index) / count) - firstRun };
}
