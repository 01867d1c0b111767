/** `run.json`: the result of a run. Every other report of a run is rendered from it. */
import { z } from 'zod';
import { checkerNameSchema, ruleTextSchema } from '../../harness/evidence/rule-schemas.js';
import { SEVERITIES } from '../../harness/evidence/rules.js';
import type { Schedule } from '../../model/schedule.js';
import { failureTimelineSchema } from './failure-timeline.js';
import { trendSchema } from './finding-trend.js';
import { runSeriesSchema } from './run-series.js';
import {
  count,
  documentHead,
  replicaSchema,
  wasmSchema,
  type Immutable,
  neverSucceededSchema,
} from './schema-parts.js';

export const RUN_REPORT_FORMAT_VERSION = 1;

/** The parts of a schedule that reports read. counterexample.schema.json describes the complete schedule; the rest passes through unchanged. */
const schedule = z.looseObject({
  steps: z.array(
    z.looseObject({
      do: z.string(),
      lane: count.optional().describe('Lane of a call'),
      operation: z.looseObject({ op: z.string() }).optional().describe('Operation of a call'),
    }),
  ),
});

const originalStep = z.object({
  lane: count.nullable().describe('null for an environment step: time, upgrades, deliveries'),
  kind: z.string().describe('The operation of a call, or the kind of the environment step'),
  words: z.string().describe('The step in words'),
});

const original = z
  .object({
    steps: z.array(originalStep).describe('The first steps, at most 1,000'),
    stepsTotal: count,
    operations: count,
    contextSwitches: count,
  })
  .describe('The schedule before shrinking');

export const findingSchema = z.object({
  file: z.string().nullable().describe('Path of the saved counterexample; null if it could not be saved'),
  notSaved: z.string().nullable().describe('Why the counterexample could not be saved'),
  checker: checkerNameSchema,
  rule: ruleTextSchema.describe('The violated rule, in words'),
  fingerprint: z
    .string()
    .default('')
    .describe('What identifies the finding in every run; empty in documents of earlier versions'),
  severity: z.enum(SEVERITIES).default('wrong answer').describe('What the finding means for users'),
  signs: z
    .array(z.string())
    .default([])
    .describe('Every wrong answer with the same cause that the campaign saw'),
  expected: z.string(),
  seen: z.string(),
  operations: count.describe('Operations of the shrunk schedule'),
  contextSwitches: count.describe('Switches between lanes in the shrunk schedule'),
  stepsBefore: count.describe('Steps of the schedule before shrinking'),
  runIndex: count.describe('Index of the failing run in the campaign, from 0'),
  steps: z.array(z.string()).describe('The shrunk schedule, one short line per step'),
  isMinimal: z.boolean().describe('true if the failure disappears when any single step is removed'),
  schedule: schedule.describe('The shrunk schedule, in the format of counterexample.schema.json'),
  original: original.nullable().describe('null if the schedule was not shrunk'),
  // Format version 1 calls the failure timeline "course".
  course: failureTimelineSchema.nullable().describe('The failure timeline; null if it was not recorded'),
  replay: z.string().describe('The command that replays the counterexample'),
  confirmed: z
    .enum(['same', 'different', 'not-reproduced', 'not-possible'])
    .nullable()
    .describe('How the counterexample behaves on the confirming replica; null if there is none'),
});

const acceptedDeviation = z.object({
  fingerprint: z.string(),
  reason: z.string().describe('Why the deviation is accepted'),
});

const confirmation = z.object({
  replica: replicaSchema.nullable().describe('The confirming replica; null if there is none'),
  reason: z.string().describe('Why this replica was chosen, or why there is none'),
  validSampled: count.describe('Valid schedules that also ran on the confirming replica'),
  validAgreed: count.describe('Of these, the schedules that are valid there as well'),
});

const relations = z
  .object({
    runs: count.describe('Runs on which relations were checked'),
    skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  })
  .describe('The relations between two executions, and those that were not checked');

const guidance = z
  .object({
    mutated: count.describe('Runs with a mutant of a kept schedule'),
    kept: count.describe('Schedules that were kept because they reached something new'),
    keptMutants: count.describe('Of these, mutants of other schedules'),
  })
  .describe('What guidance by coverage did; null if the run was not guided');

const userFile = z.object({
  path: z.string(),
  bytes: count,
  sha256: z.string(),
  readBack: count.describe('Number of times that the file was read back unchanged'),
  problem: z.string().nullable().describe('Why the first upload that failed did so; null if all succeeded'),
  calls: z.array(z.string()).default([]).describe('The calls of that upload, with their answers'),
});

export const runReportSchema = z
  .object({
    ...documentHead('run', RUN_REPORT_FORMAT_VERSION),
    kind: z.literal('run').default('run').describe('The first documents of this format have no kind'),
    verdict: z
      .enum(['valid', 'invalid', 'unknown'])
      .describe('invalid if there is a finding; else unknown if a run could not be judged; else valid'),
    interrupted: z.boolean(),
    runs: count.describe('Schedules that were executed and judged'),
    seed: z.number().int(),
    profile: z.string(),
    target: z.string(),
    wasm: wasmSchema.extend({
      fault: z.string().nullable().describe('The fault that was switched on in the canister'),
    }),
    replica: z.string().describe('The replica that ran the campaign'),
    replicas: z.array(replicaSchema).describe('Every replica that ran a schedule'),
    confirmation,
    schedulesPerSecond: z.number().nonnegative(),
    workers: count
      .default(1)
      .describe('Number of threads that executed schedules; the findings and the digest do not depend on it'),
    digest: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'SHA-256 over the trace hashes of all runs in order, each as lower-case hex and a line feed; null if the run was cut short before its result',
      ),
    guidance: guidance.nullable().default(null),
    operations: z.record(z.string(), count).describe('Number of issued operations, by kind'),
    unknowns: count.describe(
      'Runs that could not be judged, within the budget of the judgement or because they did not end',
    ),
    unknownRuns: z.array(count).default([]).describe('Indices of the first ten of these runs, from 0'),
    unknownReason: z.string().nullable().describe('Why the first of these runs could not be judged'),
    overdue: z
      .string()
      .nullable()
      .default(null)
      .describe('The message or schedule that did not end in time, which ended the run'),
    determinismChecks: count.describe('Runs that were executed twice to compare their trace hashes'),
    relations: relations.default({ runs: 0, skipped: [] }),
    userFile: userFile.nullable().describe('The file given with --file'),
    neverSucceeded: neverSucceededSchema,
    memory: z
      .object({ heapBytesPeak: count, stableBytesPeak: count })
      .describe('Peak memory of the canister over all runs'),
    states: z.record(z.string(), count).describe('Number of runs that reached each declared state'),
    series: runSeriesSchema,
    counterexamples: z.array(findingSchema).describe('The findings that fail the run, the worst first'),
    accepted: z
      .array(findingSchema.extend({ reason: acceptedDeviation.shape.reason }))
      .default([])
      .describe('The findings that are accepted deviations. They do not fail the run'),
    acceptedNotSeen: z
      .array(acceptedDeviation)
      .default([])
      .describe('Accepted deviations that did not occur, although the run was long enough to show them'),
    trend: trendSchema.nullable().default(null),
  })
  .describe('Result of upload-stress run');

/** A finding whose schedule has the type that the rest of the project uses. */
export type Finding = Omit<Immutable<z.infer<typeof findingSchema>>, 'schedule'> & {
  readonly schedule: Schedule;
};
export type AcceptedFinding = Finding & { readonly reason: string };
export type RunReport = Omit<Immutable<z.infer<typeof runReportSchema>>, 'counterexamples' | 'accepted'> & {
  readonly counterexamples: readonly Finding[];
  readonly accepted: readonly AcceptedFinding[];
};
export type OriginalSchedule = Immutable<z.infer<typeof original>>;
