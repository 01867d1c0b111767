/** `--tolerance cycles=2` or `--tolerance "upload 0 B/cycles=2"`: percent by which a counter may grow. */
import { InvalidArgumentError } from 'commander';
import { COUNTER_NAMES, SCENARIOS } from '../benchmark/counters.js';
import type { Tolerances } from './compare.js';

export function addTolerance(text: string, before: Tolerances = {}): Tolerances {
  const match = /^(.+)=(\d+(?:\.\d+)?)%?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('give counter=percent, such as cycles=2.');
  const [, name, percent] = match as unknown as [string, string, string];
  const counter = name.slice(name.lastIndexOf('/') + 1);
  if (!(COUNTER_NAMES as readonly string[]).includes(counter))
    throw new InvalidArgumentError(
      `no counter is called "${counter}"; there are ${COUNTER_NAMES.join(', ')}.`,
    );
  const scenario = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  if (scenario !== '' && !SCENARIOS.some((each) => each.name === scenario))
    throw new InvalidArgumentError(
      `no scenario is called "${scenario}"; there are ${SCENARIOS.map((each) => each.name).join('; ')}.`,
    );
  return { ...before, [name]: Number(percent) };
}
