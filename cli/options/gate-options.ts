/** Parsers of the options `--shard` and `--tolerance` of `gate`. */
import { InvalidArgumentError } from 'commander';
import { COUNTER_NAMES, SCENARIOS } from '../../campaigns/benchmark/counters.js';
import type { Tolerances } from '../../campaigns/gate/compare.js';
import type { Shard } from '../../campaigns/gate/shard.js';

const SHARDS_MAX = 100;

/** Parses `2/4`. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || !(index >= 1 && index <= count && count <= SHARDS_MAX))
    throw new InvalidArgumentError(`give i/n with 1 ≤ i ≤ n ≤ ${SHARDS_MAX}, for example 1/4.`);
  return { index, count };
}

/** Adds `cycles=2` or `upload 0 B/cycles=2` (percent) to the tolerances before it. */
export function addTolerance(text: string, before: Tolerances = {}): Tolerances {
  const [, name, percent] = /^(.+)=(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('give counter=percent, for example cycles=2.');
  const slash = name.lastIndexOf('/');
  const counter = name.slice(slash + 1);
  if (!(COUNTER_NAMES as readonly string[]).includes(counter))
    throw new InvalidArgumentError(
      `there is no counter "${counter}"; the counters are ${COUNTER_NAMES.join(', ')}.`,
    );
  const scenario = slash === -1 ? undefined : name.slice(0, slash);
  if (scenario !== undefined && scenario !== '' && !SCENARIOS.some((each) => each.name === scenario))
    throw new InvalidArgumentError(
      `there is no scenario "${scenario}"; the scenarios are ${SCENARIOS.map((each) => each.name).join('; ')}.`,
    );
  return { ...before, [name]: Number(percent) };
}
