import { describe, expect, it } from 'vitest';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { ExamplesTrial, Trial } from './job.js';
import { median, mutantResults, totalsOf } from './report.js';

const mutants = ['canary', 'weak', 'unseen'].map((name) => ({ name, description: `about ${name}` }));
const counterexample = (checker: string) => ({ checker }) as Counterexample;

function killed(
  mutant: string,
  seed: number,
  checker: string,
  runs: number,
  operations: number,
  alsoBy: readonly string[] = [],
): Trial {
  const kill = {
    shrinkMs: 10 * seed,
    executions: 5,
    operations,
    contextSwitches: 1,
    counterexample: counterexample(checker),
    alsoBy,
  };
  return { mutant, seed, runs, ms: 2.4 * runs, kill, operations: {}, refutation: undefined };
}
function missed(mutant: string, seed: number, refutation?: string): Trial {
  return {
    mutant,
    seed,
    runs: 2_000,
    ms: 9_000,
    kill: undefined,
    operations: {},
    refutation,
  };
}
const examples: ExamplesTrial[] = [
  { mutant: 'canary', ms: 3.2, kill: { example: 'duplicates', checker: 'outcome' } },
  { mutant: 'weak', ms: 70, kill: undefined },
];

describe('the kill matrix', () => {
  const trials = [
    killed('canary', 3, 'outcome', 3, 3),
    killed('canary', 1, 'isolation', 1, 4, ['outcome', 'stored-hash']),
    killed('canary', 2, 'outcome', 2, 5, ['stored-hash']),
    killed('weak', 1, 'outcome', 40, 6),
    missed('weak', 2),
  ];
  const run = { mutants, trials, examples };
  const results = mutantResults(run);

  it('counts a mutant as killed if the campaign of every seed kills it', () => {
    expect(
      results.map(({ name, verdict, seedsKilled, seeds }) => [name, verdict, seedsKilled, seeds]),
    ).toEqual([
      ['canary', 'killed', 3, 3],
      ['weak', 'survived', 1, 2],
    ]);
    expect(results[1]!.missed).toEqual([{ seed: 2, refutation: null }]);
  });

  it('tells medians over the kills, and the checker that found it most often', () => {
    expect(results[0]).toMatchObject({
      runs: 2,
      ms: 5,
      operations: 4,
      shrinkMs: 20,
      checker: 'outcome',
      checkers: { outcome: 2, isolation: 1 },
      alsoBy: { 'stored-hash': 2, outcome: 1 },
      exampleSuite: { verdict: 'killed', example: 'duplicates', checker: 'outcome', ms: 3 },
    });
    expect(results[1]).toMatchObject({ runs: 40, exampleSuite: { verdict: 'survived', example: null } });
  });

  it('sums up', () => {
    expect(totalsOf(run, results, 1_234.5)).toEqual({
      mutants: 2,
      killed: 1,
      survived: 1,
      campaigns: 5,
      kills: 4,
      canaryKilled: true,
      falseAlarms: 0,
      runs: 2,
      ms: 5,
      operations: 4,
      contextSwitches: 1,
      shrinkMs: 10,
      exampleSuiteKilled: 1,
      durationMs: 1_235,
    });
  });

  it('a finding that the production build has as well is no kill, and a canary that lives is told', () => {
    const alarm = missed('canary', 1, 'a false alarm of outcome');
    const refuted = { mutants, trials: [alarm], examples: [] };
    const [canary] = mutantResults(refuted);
    expect(canary).toMatchObject({
      verdict: 'survived',
      operations: null,
      checker: null,
      exampleSuite: null,
      missed: [{ seed: 1, refutation: 'a false alarm of outcome' }],
    });
    expect(totalsOf(refuted, [canary!], 0)).toMatchObject({
      canaryKilled: false,
      falseAlarms: 1,
      operations: null,
      exampleSuiteKilled: null,
    });
  });

  it('takes a median that was seen', () => {
    expect([[], [7], [1, 9], [9, 1, 5]].map(median)).toEqual([null, 7, 1, 5]);
  });
});
