import { describe, expect, it } from 'vitest';
import { Dice } from '../../generators/dice.js';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { Schedule } from '../../model/schedule.js';
import type { ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';
import { entropicEnergy, RARE_RUNS_MAX } from './entropic.js';
import { bucketOf, BUCKETS, FeatureSpace } from './features.js';
import { MutantShare } from './mutant-share.js';
import { ScheduleCorpus, type CorpusEntry } from './schedule-corpus.js';
import { openLock } from './testing/lock-campaign.js';

const schedule = scheduleFor(PROFILES.quick, 1, 0, {
  operations: new Set(['begin', 'put', 'finish', 'read']),
  defaultChunkSize: 100,
  time: false,
  upgrade: false,
  capsules: false,
});
const shorter: Schedule = { ...schedule, steps: schedule.steps.slice(1) };

describe('a guided campaign', () => {
  const RUNS = 600;

  it('finds a trap behind a sequence of calls that the same number of fresh schedules does not find', async () => {
    const { result, counts, replayed } = await openLock({ seed: 1, runs: RUNS, isGuided: true });
    const [finding] = result.findings;
    expect(result).toMatchObject({ verdict: 'invalid', workers: 1 });
    expect(finding?.counterexample).toMatchObject({ checker: 'no-trap', isMinimal: true });
    expect(replayed, 'the counterexample replays by its steps').toBe('same');
    expect(counts?.keptMutants).toBeGreaterThan(0);
    const plain = await openLock({ seed: 1, runs: RUNS, isGuided: false });
    expect(plain.result).toMatchObject({ verdict: 'valid', runs: RUNS });
  }, 240_000);

  it('is the same for the same seed, and another one for another seed', async () => {
    const digest = async (seed: number) => {
      const { result, counts } = await openLock({ seed, runs: 40, isGuided: true });
      return canonicalJson([result.digest, result.operations, counts]);
    };
    expect(await digest(5)).toBe(await digest(5));
    expect(await digest(6)).not.toBe(await digest(5));
  }, 60_000);
});

describe('entropicEnergy', () => {
  it('is the entropy of the smoothed incidences', () => {
    const entropy = (...counts: readonly number[]) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      return -counts.reduce((sum, count) => sum + (count / total) * Math.log(count / total), 0);
    };
    // Five rare features, of which mutants reached two, and all abundant ones together.
    expect(entropicEnergy([3, 1], 5, 4)).toBeCloseTo(entropy(4, 2, 1, 1, 1, 5), 12);
  });

  it('is greatest for a schedule without mutants, and falls with mutants that reach nothing rare', () => {
    expect(entropicEnergy([], 9, 0)).toBeCloseTo(Math.log(10), 12);
    const energies = [0, 1, 10, 100, 1000].map((mutants) => entropicEnergy([], 9, mutants));
    expect(energies).toEqual(energies.toSorted((a, b) => b - a));
    expect(entropicEnergy([1, 1, 1, 1], 9, 10)).toBeGreaterThan(entropicEnergy([10], 9, 10));
  });
});

describe('the corpus of schedules', () => {
  it('keeps what reaches something new, and nothing else', () => {
    const corpus = new ScheduleCorpus();
    expect(corpus.choose(new Dice(1))).toBeUndefined();
    expect(corpus.take(schedule, [1, 5])).toBe(2);
    expect(corpus.take(shorter, [1, 5])).toBe(0);
    expect(corpus.take(shorter, [1, 70_000])).toBe(1);
    expect([corpus.size, corpus.features]).toEqual([2, 3]);
  });

  it('replaces a schedule by a shorter mutant that reaches what the schedule was kept for', () => {
    const corpus = new ScheduleCorpus();
    corpus.take(schedule, [1, 2]);
    const parent = corpus.choose(new Dice(1));
    expect(parent?.schedule).toBe(schedule);
    corpus.take(shorter, [1], parent);
    expect(corpus.choose(new Dice(1))?.schedule).toBe(schedule);
    corpus.take(shorter, [2, 1], parent);
    expect(corpus.choose(new Dice(1))?.schedule).toBe(shorter);
  });

  it('chooses a schedule more often if its mutants reach rare features', () => {
    const corpus = new ScheduleCorpus();
    corpus.take(schedule, [0]);
    corpus.take(shorter, [1]);
    const pickOf = (wanted: Schedule): CorpusEntry => {
      for (let seed = 0; ; seed++) {
        const entry = corpus.choose(new Dice(seed));
        if (entry?.schedule === wanted) return entry;
      }
    };
    const [barren, fruitful] = [pickOf(schedule), pickOf(shorter)];
    const mutant = { ...schedule };
    // Features 0 and 1 become abundant. Mutants of one schedule reach rare features in turn, those of the other reach none.
    for (let run = 0; run < 6 * RARE_RUNS_MAX; run++) {
      corpus.take(mutant, [0, 1], barren);
      corpus.take(mutant, [0, 1, 100 + (run % 12)], fruitful);
    }
    const chosen = Array.from({ length: 400 }, (_, seed) => corpus.choose(new Dice(seed))?.schedule);
    const count = (wanted: Schedule) => chosen.filter((each) => each === wanted).length;
    expect(count(shorter)).toBeGreaterThan(count(schedule));
  });
});

describe('the share of mutants', () => {
  it('is half at first, follows what reaches more, and stays between a tenth and nine tenths', () => {
    const share = new MutantShare();
    expect(share.permille).toBe(500);
    for (let run = 0; run < 50; run++) share.took(false, 100);
    expect(share.permille).toBe(100);
    for (let run = 0; run < 50; run++) share.took(true, 100);
    expect(share.permille).toBeGreaterThan(400);
    for (let run = 0; run < 200; run++) share.took(false, 0);
    expect(share.permille).toBe(900);
    for (let run = 0; run < 400; run++) share.took(true, 0);
    expect(share.permille).toBeGreaterThan(450);
    expect(share.permille).toBeLessThan(550);
  });
});

describe('the features of a run', () => {
  const counts = (...each: readonly number[]): ModuleCounts => ({
    hash: 'a',
    uploaded: new Uint8Array(0),
    names: undefined,
    counts: Float64Array.from(each),
    map: {
      counters: 4,
      functions: [
        {
          ...{ index: 0, start: 0, end: 1, offsets: [], callees: [], exports: [], isReferenced: false },
          blocks: [0, 1],
          branches: [{ offset: 0, kind: 'br_if', arrivals: 2, outcomes: [3] }],
        },
      ],
    },
  });

  it('are the points that were reached, with the magnitude of their counts', () => {
    const space = new FeatureSpace();
    // Points: two blocks, the branch not taken, and the branch taken: arrivals less the other outcome.
    expect(space.featuresOf([counts(1, 0, 5, 5)])).toEqual([0, 2 * BUCKETS + bucketOf(5)]);
    expect(space.featuresOf([counts(200, 3, 5, 1)])).toEqual([
      BUCKETS - 1,
      BUCKETS + bucketOf(3),
      2 * BUCKETS,
      3 * BUCKETS + bucketOf(4),
    ]);
    expect(space.size).toBe(4 * BUCKETS);
  });

  it('of two modules differ', () => {
    const space = new FeatureSpace();
    const other = { ...counts(1, 1, 1, 1), hash: 'b' };
    const both = space.featuresOf([counts(1, 1, 2, 1), other]);
    expect(new Set(both).size).toBe(both.length);
    expect(space.featuresOf([other])).toEqual(both.slice(-space.featuresOf([other]).length));
  });

  it('have buckets in powers of two', () => {
    expect([1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 127, 128, 1e6].map(bucketOf)).toEqual([
      0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7,
    ]);
  });
});
