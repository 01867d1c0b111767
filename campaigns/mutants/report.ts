/** The kill matrix: the results of all campaigns and examples per mutant. */
import { CANARY, type MutantResult, type MutantsReport } from '../../reports/documents/mutants-report.js';
import { OperationTally } from '../campaign/operation-tally.js';
import type { ExamplesTrial, Trial } from './job.js';

export interface MutantsRun {
  readonly mutants: readonly { readonly name: string; readonly description: string }[];
  readonly trials: readonly Trial[];
  readonly examples: readonly ExamplesTrial[];
}

/** The lower median, so that the result is one of the values; null for no values. */
export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}

/** Omits the mutants on which no campaign ended. */
export function mutantResults({ mutants, trials, examples }: MutantsRun): MutantResult[] {
  return mutants.flatMap((mutant) => {
    const own = trials.filter((trial) => trial.mutant === mutant.name).sort((a, b) => a.seed - b.seed);
    return own.length === 0 ? [] : [mutantResult(mutant, own, examples)];
  });
}

function mutantResult(
  { name, description }: MutantsRun['mutants'][number],
  trials: readonly Trial[],
  examples: readonly ExamplesTrial[],
): MutantResult {
  const killing = trials.filter(({ kill }) => kill !== undefined);
  const missing = trials.filter(({ kill }) => kill === undefined);
  const kills = killing.flatMap(({ kill }) => kill ?? []);
  const timed = killing.length > 0 ? killing : trials;
  const byKills = counts(kills.map(({ counterexample }) => counterexample.checker));
  return {
    name,
    description,
    verdict: missing.length === 0 ? 'killed' : 'survived',
    runs: median(timed.map(({ runs }) => runs)) ?? 0,
    ms: Math.round(median(timed.map(({ ms }) => ms)) ?? 0),
    operations: median(kills.map(({ operations }) => operations)),
    contextSwitches: median(kills.map(({ contextSwitches }) => contextSwitches)),
    shrinkMs: rounded(median(kills.map(({ shrinkMs }) => shrinkMs))),
    checker: byKills[0]?.[0] ?? null,
    checkers: Object.fromEntries(byKills),
    alsoBy: Object.fromEntries(counts(kills.flatMap(({ alsoBy }) => alsoBy))),
    seedsKilled: killing.length,
    seeds: trials.length,
    missed: missing.map(({ seed, refutation = null }) => ({ seed, refutation })),
    exampleSuite: exampleResult(examples.find(({ mutant }) => mutant === name)),
  };
}

/** The number of occurrences of each name, the most frequent first. */
function counts(names: readonly string[]): readonly (readonly [string, number])[] {
  const byName = new Map<string, number>();
  for (const name of names) byName.set(name, (byName.get(name) ?? 0) + 1);
  return [...byName].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function exampleResult(trial: ExamplesTrial | undefined): MutantResult['exampleSuite'] {
  if (trial === undefined) return null;
  const { kill, ms } = trial;
  return {
    verdict: kill === undefined ? 'survived' : 'killed',
    example: kill?.example ?? null,
    checker: kill?.checker ?? null,
    ms: Math.round(ms),
  };
}

const rounded = (value: number | null) => (value === null ? null : Math.round(value));

export function totalsOf(
  run: MutantsRun,
  results: readonly MutantResult[],
  durationMs: number,
): MutantsReport['totals'] {
  const kills = run.trials.flatMap(({ runs, ms, kill }) =>
    kill === undefined ? [] : [{ ...kill, runs, ms }],
  );
  const canary = results.find(({ name }) => name === CANARY);
  const killed = results.filter(({ verdict }) => verdict === 'killed').length;
  const withExamples = results.filter(({ exampleSuite }) => exampleSuite !== null);
  return {
    mutants: results.length,
    killed,
    survived: results.length - killed,
    campaigns: run.trials.length,
    kills: kills.length,
    canaryKilled: canary === undefined ? null : canary.verdict === 'killed',
    falseAlarms: run.trials.filter(({ refutation }) => refutation !== undefined).length,
    runs: median(kills.map(({ runs }) => runs)),
    ms: rounded(median(kills.map(({ ms }) => ms))),
    operations: median(kills.map(({ operations }) => operations)),
    contextSwitches: median(kills.map(({ contextSwitches }) => contextSwitches)),
    shrinkMs: rounded(median(kills.map(({ shrinkMs }) => shrinkMs))),
    exampleSuiteKilled:
      withExamples.length === 0
        ? null
        : withExamples.filter(({ exampleSuite }) => exampleSuite?.verdict === 'killed').length,
    durationMs: Math.round(durationMs),
  };
}

/** The operations that no campaign saw succeed. */
export function neverSucceededIn(trials: readonly Trial[]): string[] {
  const tally = new OperationTally();
  for (const { operations } of trials) tally.addCounts(operations);
  return [...tally.neverSucceeded];
}
