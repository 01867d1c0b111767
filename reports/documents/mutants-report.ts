/** `mutants.json`: the kill matrix. It records which campaigns and which example tests kill each mutant (seeded fault). */
import { z } from 'zod';
import { checkerNameSchema } from '../../harness/evidence/rule-schemas.js';
import { count, documentHead, neverSucceededSchema, wasmSchema, type Immutable } from './schema-parts.js';

export const MUTANTS_FORMAT_VERSION = 1;

/** A fault that every campaign must find. If a campaign misses it, the campaign itself is broken. */
export const CANARY = 'canary';

const mutantVerdict = z.enum(['killed', 'survived']);
const median = count.nullable().describe('Median over the kills; null if there are none');

const mutant = z.object({
  name: z.string(),
  description: z.string(),
  verdict: mutantVerdict.describe(
    'killed if the campaign of every seed finds the fault; survived if at least one does not',
  ),
  runs: count.describe(
    'Schedules up to and including the failing one: median over the kills or, if there are none, over the campaigns that missed the fault',
  ),
  ms: count.describe('Milliseconds until the failing schedule, without shrinking: median as for runs'),
  operations: median.describe(
    'Operations of the shrunk counterexample: median over the kills; null if there are none',
  ),
  contextSwitches: median,
  shrinkMs: median,
  checker: checkerNameSchema.nullable().describe('The checker that reports the fault most often'),
  checkers: z.record(checkerNameSchema, count).describe('Number of kills per checker'),
  alsoBy: z
    .record(checkerNameSchema, count)
    .optional()
    .describe(
      'Number of kills, per checker, that another checker reports but whose shrunk run also violates a rule of this checker',
    ),
  seedsKilled: count,
  seeds: count.describe(
    'Number of finished campaigns: equal to the number of requested seeds unless interrupted',
  ),
  missed: z
    .array(z.object({ seed: count, refutation: z.string().nullable() }))
    .describe(
      'The seeds whose campaign missed the fault; refutation says why a finding of that campaign does not count',
    ),
  exampleSuite: z
    .object({
      verdict: mutantVerdict,
      example: z.string().nullable(),
      checker: checkerNameSchema.nullable(),
      ms: count,
    })
    .nullable()
    .describe('Result of the example-based suite; null if it did not run'),
});

const totals = z.object({
  mutants: count,
  killed: count,
  survived: count,
  campaigns: count,
  kills: count.describe('Number of campaigns that killed their mutant'),
  canaryKilled: z
    .boolean()
    .nullable()
    .describe('true if every campaign killed the canary; null if the canary was not among the mutants'),
  falseAlarms: count,
  runs: median,
  ms: median,
  operations: median,
  contextSwitches: median,
  shrinkMs: median,
  exampleSuiteKilled: count.nullable(),
  durationMs: count,
});

export const mutantsReportSchema = z
  .object({
    ...documentHead('mutants', MUTANTS_FORMAT_VERSION),
    wasm: wasmSchema,
    profile: z.string(),
    seeds: z.array(count),
    budgetMsPerMutant: z.number().nullable(),
    interrupted: z.boolean(),
    neverSucceeded: neverSucceededSchema,
    mutants: z.array(mutant),
    totals,
  })
  .describe('Result of upload-stress mutants');

export type MutantsReport = Immutable<z.infer<typeof mutantsReportSchema>>;
export type MutantResult = MutantsReport['mutants'][number];

/** The checkers that report a kill, or that also reject the run of a kill. Sorted by name. */
export function checkersOf(mutants: readonly MutantResult[]): readonly string[] {
  const names = mutants.flatMap(({ checkers, alsoBy = {} }) => [
    ...Object.keys(checkers),
    ...Object.keys(alsoBy),
  ]);
  return [...new Set(names)].sort();
}
