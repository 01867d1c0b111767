/**
 * The document that a run leaves behind (`run.json`) and that every other report is rendered from. Versioned; its JSON Schema is
 * published as docs/schemas/run-report.schema.json.
 */
import { z } from 'zod';
import { checkerNameSchema, ruleTextSchema } from '../../harness/judgement/rule-schemas.js';
import type { Schedule } from '../../model/schedule.js';
import { failureTimelineSchema } from './failure-timeline.js';
import { runSeriesSchema } from './run-series.js';

export const RUN_REPORT_FORMAT_VERSION = 1;

const verdict = z.enum(['valid', 'invalid', 'unknown']);
const count = z.number().int().nonnegative();

const replica = z.object({
  name: z.string().describe('embedded or pocketic'),
  version: z.string(),
});

/** What reports read of a schedule; the rest of it is kept as it is, and described by counterexample.schema.json. */
const schedule = z.looseObject({
  steps: z.array(
    z.looseObject({
      do: z.string(),
      lane: count.optional().describe('Of a call'),
      operation: z.looseObject({ op: z.string() }).optional().describe('Of a call'),
    }),
  ),
});

const originalStep = z.object({
  lane: count.nullable().describe('null for what is no call: time, upgrades, deliveries'),
  kind: z.string().describe('The operation, or what else the step does'),
  words: z.string(),
});

const original = z
  .object({
    steps: z.array(originalStep).describe('The first of its steps, at most 1,000'),
    stepsTotal: count,
    operations: count,
    contextSwitches: count,
  })
  .describe('The schedule as it was found, before it was shrunk');

const finding = z.object({
  file: z.string().nullable().describe('Where the counterexample was saved; null if it could not be'),
  notSaved: z.string().nullable().describe('Why it could not be saved'),
  checker: checkerNameSchema,
  rule: ruleTextSchema.describe('The rule that is broken, in words'),
  expected: z.string(),
  seen: z.string(),
  operations: count.describe('Operations of the shrunk schedule'),
  contextSwitches: count,
  stepsBefore: count.describe('Steps of the schedule as it was found'),
  runIndex: count.describe('The run of the campaign that found it, from 0'),
  steps: z.array(z.string()).describe('The shrunk schedule, one short line a step'),
  isMinimal: z.boolean().describe('No step can be left out'),
  schedule: schedule.describe('The shrunk schedule, as counterexample.schema.json has it'),
  original: original.nullable().describe('null if it was not shrunk'),
  course: failureTimelineSchema.nullable().describe('null if it was not recorded'),
  replay: z.string().describe('The command that repeats it'),
  confirmed: z
    .enum(['same', 'different', 'not-reproduced'])
    .nullable()
    .describe('What the confirming replica said; null if none was asked'),
});

const confirmation = z.object({
  replica: replica.nullable().describe('null if no second replica was found'),
  reason: z.string().describe('Why that replica, or why none'),
  validSampled: count.describe('Schedules that were valid here and ran there as well'),
  validAgreed: count,
});

export const runReportSchema = z
  .object({
    formatVersion: z.literal(RUN_REPORT_FORMAT_VERSION),
    kind: z.literal('run').default('run').describe('Which document this is; the first had none'),
    tool: z.object({ name: z.string(), version: z.string() }),
    verdict: verdict.describe(
      'invalid if anything was found, unknown if a judgement ran out of budget, else valid',
    ),
    interrupted: z.boolean(),
    runs: count.describe('Schedules executed and judged'),
    seed: z.number().int(),
    profile: z.string(),
    target: z.string(),
    wasm: z.object({ file: z.string(), sha256: z.string(), fault: z.string().nullable() }),
    replica: z.string().describe('The replica that explored'),
    replicas: z.array(replica).describe('Every replica that ran something'),
    confirmation,
    startedAt: z.string().describe('ISO 8601, UTC'),
    durationMs: z.number().nonnegative(),
    schedulesPerSecond: z.number().nonnegative(),
    operations: z.record(z.string(), count).describe('Operations issued, by kind'),
    unknowns: count.describe('Runs whose judgement ran out of budget'),
    unknownReason: z.string().nullable().describe('Why the first of them did'),
    determinismChecks: count.describe('Runs that were executed twice and compared by trace hash'),
    userFile: z
      .object({
        path: z.string(),
        bytes: count,
        sha256: z.string(),
        readBack: count.describe('Times it was read back equal'),
        problem: z.string().nullable().describe('Why it never came through, if so'),
      })
      .nullable(),
    memory: z
      .object({ heapBytesPeak: count, stableBytesPeak: count })
      .describe("The canister's, over all runs"),
    states: z.record(z.string(), count).describe('In how many runs some session was in each state'),
    series: runSeriesSchema,
    counterexamples: z.array(finding),
    environment: z.object({ node: z.string(), platform: z.string(), cpus: count, loadAverage: z.number() }),
  })
  .describe('What one run of upload-stress did and found');

/** The schemas' types, with the schedule as the rest of the project knows it. */
export type Finding = Omit<z.infer<typeof finding>, 'schedule'> & { readonly schedule: Schedule };
export type RunReport = Omit<z.infer<typeof runReportSchema>, 'counterexamples'> & {
  readonly counterexamples: readonly Finding[];
};
export type OriginalSchedule = z.infer<typeof original>;
