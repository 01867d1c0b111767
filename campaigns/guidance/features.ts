/** What a run reaches, as numbers: each basic block and each outcome of a branch, with the magnitude of its count. */
import { type BranchCoverage, type CoverageMap } from '../../replicas/embedded/wasm/coverage-map.js';
import type { ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';

/** A point in the code and a bucket of its count. Numbers are given in the order in which modules first run. */
export type Feature = number;

/** Counts are compared by their magnitude, as in AFL: 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more. */
const BUCKET_STARTS = [1, 2, 3, 4, 8, 16, 32, 128] as const;
export const BUCKETS = BUCKET_STARTS.length;

/** The bucket of a count, from 0 to 7. The count is positive. */
export function bucketOf(count: number): number {
  return BUCKET_STARTS.findLastIndex((start) => count >= start);
}

interface Module {
  /** The feature of its first point in bucket 0. */
  readonly base: Feature;
  /** Counters of the points: basic blocks, and outcomes of branches that have a counter. */
  readonly counters: readonly number[];
  /** Outcomes without a counter of their own: arrivals less the other outcome. */
  readonly differences: readonly { readonly arrivals: number; readonly other: number }[];
}

export class FeatureSpace {
  readonly #modules = new Map<string, Module>();
  #size = 0;

  /** The number of features of the modules so far; every feature is smaller. */
  get size(): number {
    return this.#size;
  }

  /** The features of a run, without repetition. */
  featuresOf(run: readonly ModuleCounts[]): readonly Feature[] {
    const features: Feature[] = [];
    for (const { hash, map, counts } of run) {
      const { base, counters, differences } = this.#moduleOf(hash, map);
      let point = base;
      const add = (count: number) => {
        if (count > 0) features.push(point + bucketOf(count));
        point += BUCKETS;
      };
      for (const counter of counters) add(counts[counter] ?? 0);
      for (const { arrivals, other } of differences) add((counts[arrivals] ?? 0) - (counts[other] ?? 0));
    }
    return features;
  }

  #moduleOf(hash: string, map: CoverageMap): Module {
    const known = this.#modules.get(hash);
    if (known !== undefined) return known;
    const module = { base: this.#size, ...pointsOf(map) };
    this.#size += BUCKETS * (module.counters.length + module.differences.length);
    this.#modules.set(hash, module);
    return module;
  }
}

function pointsOf({ functions }: CoverageMap): Pick<Module, 'counters' | 'differences'> {
  const branches = functions.flatMap((each) => each.branches);
  return {
    counters: [
      ...functions.flatMap(({ blocks }) => blocks),
      ...branches.flatMap(({ outcomes }: BranchCoverage) => outcomes),
    ],
    differences: branches.flatMap(({ arrivals, outcomes: [other] }) =>
      arrivals === undefined || other === undefined ? [] : [{ arrivals, other }],
    ),
  };
}
