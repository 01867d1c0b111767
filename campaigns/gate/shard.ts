/** A part of the gate's work: the i-th of n. Parts share nothing, and together they are all of it. */
import { InvalidArgumentError } from 'commander';

export interface Shard {
  /** 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 1, count: 1 };
const COUNT_MAX = 100;

/** `2/4` */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || !(index >= 1 && index <= count && count <= COUNT_MAX))
    throw new InvalidArgumentError(`give i/n with 1 ≤ i ≤ n ≤ ${COUNT_MAX}, such as 1/4.`);
  return { index, count };
}

/** Every n-th item, so that neighbours, which cost about the same, go to different parts. */
export function shareOf<T>(items: readonly T[], { index, count }: Shard): readonly T[] {
  return items.filter((_, position) => position % count === index - 1);
}

/** This part's runs of a campaign: a range, for run i is the same schedule whoever runs it. */
export function runsOf(
  total: number,
  { index, count }: Shard,
): { readonly firstRun: number; readonly runs: number } {
  const firstRun = Math.floor((total * (index - 1)) / count);
  return { firstRun, runs: Math.floor((total * index) / count) - firstRun };
}
