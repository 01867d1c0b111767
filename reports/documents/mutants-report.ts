/** `mutants.json`, the kill matrix: what campaigns and examples did to each seeded fault. */
import { z } from 'zod';
import { checkerNameSchema } from '../../harness/judgement/rule-schemas.js';
import {
  count,
  durationMsSchema,
  environmentSchema,
  startedAtSchema,
  toolSchema,
  wasmSchema,
  type Immutable,
} from './schema-parts.js';

export const MUTANTS_FORMAT_VERSION = 1;

/** A fault that every campaign must find: a suite that misses it finds nothing. */
export const CANARY = 'canary';

const fate = z.enum(['killed', 'survived']);
const median = count.nullable().describe('Median over the kills; null without any');

const mutant = z.object({
  name: z.string(),
  description: z.string(),
  verdict: fate.describe('killed by the campaign of every seed; survived at least one'),
  runs: count.describe(
    'Schedules up to the one that failed: median over the kills; without any, over the campaigns that survived',
  ),
  ms: count.describe('Milliseconds up to it, shrinking not counted: median as above'),
  operations: median.describe('Of the shrunk counterexample, median over the kills; null without any'),
  contextSwitches: median,
  shrinkMs: median,
  checker: checkerNameSchema.nullable().describe('The checker that found it most often'),
  checkers: z.record(checkerNameSchema, count).describe('Kills by checker'),
  alsoBy: z
    .record(checkerNameSchema, count)
    .optional()
    .describe('Kills whose shrunk run breaks a rule of this checker as well, by checker'),
  seedsKilled: count,
  seeds: count.describe('Campaigns that ended: the seeds asked for, unless interrupted'),
  missed: z
    .array(z.object({ seed: count, refutation: z.string().nullable() }))
    .describe('The seeds that missed it, and why what they found does not count, if they found something'),
  exampleSuite: z
    .object({
      verdict: fate,
      example: z.string().nullable(),
      checker: checkerNameSchema.nullable(),
      ms: count,
    })
    .nullable()
    .describe('The example-based suite; null if it did not run'),
});

const totals = z.object({
  mutants: count,
  killed: count,
  survived: count,
  campaigns: count,
  kills: count.describe('Campaigns that killed'),
  canaryKilled: z
    .boolean()
    .nullable()
    .describe('Every campaign on it found it; null if it was not among the mutants'),
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
    formatVersion: z.literal(MUTANTS_FORMAT_VERSION),
    kind: z.literal('mutants'),
    tool: toolSchema,
    wasm: wasmSchema,
    startedAt: startedAtSchema,
    durationMs: durationMsSchema,
    profile: z.string(),
    seeds: z.array(count),
    budgetMsPerMutant: z.number().nullable(),
    interrupted: z.boolean(),
    mutants: z.array(mutant),
    totals,
    environment: environmentSchema,
  })
  .describe('What upload-stress mutants found');

export type MutantsReport = Immutable<z.infer<typeof mutantsReportSchema>>;
export type MutantResult = MutantsReport['mutants'][number];

/** The checkers that have a column: that told a kill, or object to one. */
export function checkersOf(mutants: readonly MutantResult[]): readonly string[] {
  const names = mutants.flatMap(({ checkers, alsoBy = {} }) => [
    ...Object.keys(checkers),
    ...Object.keys(alsoBy),
  ]);
  return [...new Set(names)].sort();
}
