/** `mutation.json`: which small changes of the module the schedules notice. */
import { z } from 'zod';
import { count, documentHead, wasmSchema, type Immutable } from './schema-parts.js';

export const MUTATION_FORMAT_VERSION = 1;

/** Survivors first. */
export const MUTANT_STATES = [
  'Survived',
  'Suspected',
  'NoCoverage',
  'Timeout',
  'Killed',
  'Equivalent',
] as const;
export type MutantState = (typeof MUTANT_STATES)[number];

const score = z
  .number()
  .nullable()
  .describe(
    'Killed and timed-out mutants in percent of all but equivalent ones and those suspected to be; null if there are none',
  );

const states = z
  .object({
    Killed: count,
    Timeout: count,
    Survived: count,
    Suspected: count,
    NoCoverage: count,
    Equivalent: count,
  })
  .describe('Number of mutants by state');

const mutant = z.object({
  id: z.string().describe('Unique in the module'),
  function: z.string().describe('Name of the function, its export, or its index'),
  functionIndex: count.describe('Index in the module, including imports'),
  offset: count.describe('Offset of the changed instruction in the module'),
  location: z.string().nullable().describe('Source line as path:line; null without debug information'),
  instruction: z
    .string()
    .describe('Name of the changed instruction, or of the one before which the change is inserted'),
  operator: z.string(),
  change: z.string().describe('The change in words'),
  state: z
    .enum(MUTANT_STATES)
    .describe(
      'Killed: a rule is broken, or the module can no longer be used. Timeout: a message executes many times the instructions. Survived: ' +
        'something observable differs, but no rule is broken. Suspected: nothing observable differs, so the mutant may be equivalent. ' +
        'NoCoverage: no schedule reaches the change. Equivalent: an optimizer makes the same code of it as of the original',
    ),
  killedBy: z.string().nullable().describe('Fingerprint of the violation, or why the module cannot be used'),
  runs: count.describe(
    'Schedules that ran: those that reach the change, up to the one that kills the mutant',
  ),
});

const mutatedFunction = z.object({
  index: count,
  name: z.string(),
  exports: z.array(z.string()),
  body: z
    .string()
    .optional()
    .describe('Digest of its code, the same if only its index has changed; absent in earlier reports'),
  states,
  score,
});

export const mutationReportSchema = z
  .object({
    ...documentHead('mutation', MUTATION_FORMAT_VERSION),
    wasm: wasmSchema,
    since: wasmSchema
      .nullable()
      .describe('Only functions that differ from those of this module were mutated'),
    target: z.string(),
    profile: z.string(),
    seed: z.int(),
    runs: count.describe('Schedules on the unchanged module'),
    rules: z.array(z.string()).nullable().describe('Selected layers, rules, and relations; null for all'),
    interrupted: z.boolean().describe('Whether the user stopped the command'),
    functionsReached: count.describe('Functions that the schedules reach'),
    candidates: count.describe('Mutants of these functions'),
    candidatesReached: count.describe('Those of them in blocks that the schedules reach'),
    sample: count.describe(
      'Mutants of the sample, which is uniform; fewer have run if the time was over or the user stopped the command',
    ),
    states,
    score,
    scoreOfReached: score.describe('The same without mutants that no schedule reaches'),
    functions: z.array(mutatedFunction).describe('Functions with survivors first'),
    mutants: z.array(mutant).describe('Survivors first'),
  })
  .describe('Result of upload-stress mutate');

export type MutationReport = Immutable<z.infer<typeof mutationReportSchema>>;
export type MutatedFunctionResult = MutationReport['functions'][number];
export type MutationResult = MutationReport['mutants'][number];
export type MutantStates = MutationReport['states'];

export function countStates(mutants: readonly Pick<MutationResult, 'state'>[]): Record<MutantState, number> {
  const counts = { Killed: 0, Timeout: 0, Survived: 0, Suspected: 0, NoCoverage: 0, Equivalent: 0 };
  for (const { state } of mutants) counts[state]++;
  return counts;
}

/** See `score`. Rounded to a tenth of a percent. */
export function scoreOf({ Killed, Timeout, Survived, NoCoverage }: MutantStates): number | null {
  const detected = Killed + Timeout;
  const all = detected + Survived + NoCoverage;
  return all === 0 ? null : Math.round((1_000 * detected) / all) / 10;
}
