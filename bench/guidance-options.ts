/** The options of `guidance.ts`. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allCanisters, faultsOf } from './faulty-runner.js';

export interface GuidanceBenchOptions {
  readonly canisters: readonly string[];
  /** Runs of a campaign on the correct canister. */
  readonly runs: number;
  readonly seeds: number;
  /** Number of faults of each canister; a canister may have fewer. */
  readonly faults: number;
  readonly faultRuns: number;
  readonly faultSeeds: number;
  /** Processor time of all samples of the folder, in seconds, after which nothing more is measured. */
  readonly cpuSecondsMax: number;
  readonly out: string;
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Error(`--${name} ${text}: give a whole number`);
}

function canistersOf(text: string | undefined): readonly string[] {
  const known = allCanisters();
  const canisters = text === undefined ? known : text.split(',').filter((name) => name !== '');
  const unknown = canisters.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--canisters ${unknown}: the canisters are ${known.join(', ')}`);
  return canisters;
}

/** @throws Error with one line that says which option is wrong */
export function guidanceBenchOptions(args: readonly string[]): GuidanceBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      canisters: { type: 'string' },
      runs: { type: 'string', default: '300' },
      seeds: { type: 'string', default: '10' },
      faults: { type: 'string', default: '1000' },
      'fault-runs': { type: 'string', default: '100' },
      'fault-seeds': { type: 'string', default: '3' },
      'cpu-minutes': { type: 'string', default: '1000' },
      out: { type: 'string', default: join('reports', 'out', 'guidance') },
    },
  });
  const number = (name: Exclude<keyof typeof values, 'canisters' | 'out'>) => numberOf(name, values[name]);
  return {
    canisters: canistersOf(values.canisters),
    runs: Math.max(1, number('runs')),
    seeds: number('seeds'),
    faults: number('faults'),
    faultRuns: Math.max(1, number('fault-runs')),
    faultSeeds: number('fault-seeds'),
    cpuSecondsMax: 60 * number('cpu-minutes'),
    out: values.out,
  };
}

/** A sample of the faults of a canister; a larger one contains a smaller one. */
export function sampledFaults(canister: string, count: number): readonly string[] {
  const rank = (fault: string) => createHash('sha256').update(fault).digest('hex');
  const ranked = faultsOf(canister).map((fault) => ({ fault, rank: rank(fault) }));
  return ranked
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ fault }) => fault);
}
