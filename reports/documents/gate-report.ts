/** `gate.json`: the result of a gate or of one shard of it. `gate --json` prints this document, and `merge` joins the documents of all shards. */
import { z } from 'zod';
import { checkerNameSchema, ruleTextSchema } from '../../harness/evidence/rule-schemas.js';
import {
  count,
  documentHead,
  durationMsSchema,
  neverSucceededSchema,
  startedAtSchema,
  wasmSchema,
  type Immutable,
} from './schema-parts.js';

export const GATE_FORMAT_VERSION = 1;

/** The parts of a gate, in the order in which they run. */
export const GATE_PARTS = ['counters', 'mutants', 'corpus', 'campaign', 'coverage', 'score'] as const;
export type GatePart = (typeof GATE_PARTS)[number];

/** Every counter is a cost: lower is better. */
export const countersSchema = z.strictObject({
  calls: count.describe('Update calls'),
  messages: count.describe("Executed messages, including the canister's calls to itself"),
  instructions: count,
  argBytes: count.describe("Bytes of the update calls' Candid arguments"),
  heapPages: count.describe('Pages of 64 KiB at the end of the scenario'),
  stablePages: count.describe('Pages of 64 KiB at the end of the scenario'),
  cycles: count,
});
export type GateCounters = Immutable<z.infer<typeof countersSchema>>;
export type CounterName = keyof GateCounters;

const countersByScenario = z.record(z.string(), countersSchema);

const change = z.strictObject({
  scenario: z.string(),
  counter: z.string(),
  old: z.number(),
  new: z.number(),
  percent: z
    .number()
    .nullable()
    .describe('Change relative to the old value, in percent; null if the old value is 0'),
});

const limit = z.number().nullable();
const problems = z.array(z.string()).describe('One line for each limit that is not kept');

const coveragePart = z.strictObject({
  reached: count.describe('Basic blocks of the module under test that the campaign reached'),
  total: count,
  minPercent: limit.describe('Least percent of the basic blocks, if one is required'),
  baseline: z.string().nullable().describe('The earlier coverage.json that the functions are compared with'),
  problems,
});

const scorePart = z.strictObject({
  file: z.string().nullable().describe('The mutation.json of mutate; null if the gate ran a sample'),
  score: z.number().nullable().describe('Percent, as in mutation.json; null if there is none'),
  mutants: count.describe('Mutants with a result'),
  minScore: limit.describe('Least score in percent, if one is required'),
  baseline: z.string().nullable().describe('The earlier mutation.json that the mutants are compared with'),
  problems,
});

const verdict = z.enum(['held', 'violated', 'regression', 'untested', 'incomplete', 'interrupted']);

export const historyEntrySchema = z
  .strictObject({
    formatVersion: z.literal(GATE_FORMAT_VERSION),
    startedAt: startedAtSchema,
    canister: wasmSchema,
    engine: z.string(),
    commit: z.string().nullable().describe('Commit reported by the CI service; null outside of CI'),
    verdict,
    counters: countersByScenario,
  })
  .describe('One earlier gate: one line of the file given with gate --history');
export type HistoryEntry = Immutable<z.infer<typeof historyEntrySchema>>;

export const gateReportSchema = z
  .strictObject({
    ...documentHead('gate', GATE_FORMAT_VERSION),
    canister: wasmSchema,
    engine: z.string().describe('Name and version of the replica that ran the scenarios'),
    baseline: z
      .strictObject({
        file: z.string(),
        sha256: z.string().describe('SHA-256 of the baseline file'),
        scenarios: countersByScenario,
      })
      .nullable()
      .describe('The baseline that the counters are compared with; null with --update'),
    history: z.array(historyEntrySchema).describe('Earlier gates, oldest first; empty for a shard'),
    shard: z.strictObject({ index: count.min(1), count: count.min(1) }),
    only: z.array(z.enum(GATE_PARTS)).describe('The parts that were requested'),
    seed: z.int(),
    interrupted: z.boolean(),
    counters: z.array(
      z.strictObject({ scenario: z.string(), counters: countersSchema, wallMs: durationMsSchema }),
    ),
    comparison: z.strictObject({
      regressions: z.array(change).describe('Counters above the baseline by more than the tolerance'),
      tolerated: z.array(change).describe('Counters above the baseline, within the tolerance'),
      improvements: z.array(change).describe('Counters below the baseline'),
      added: z.array(z.string()).describe('Scenarios that the baseline does not contain'),
      gone: z.array(z.string()).describe('Scenarios of the baseline that were not measured'),
      slower: z
        .array(z.strictObject({ scenario: z.string(), oldMs: z.number(), newMs: z.number() }))
        .describe('Scenarios with a longer wall time; informational'),
    }),
    mutants: z.array(z.strictObject({ name: z.string(), killed: z.boolean(), runs: count })),
    corpus: z.array(z.strictObject({ file: z.string(), problem: z.string().nullable() })),
    campaign: z.strictObject({
      profile: z.string(),
      runs: count,
      planned: count,
      unknowns: count,
      neverSucceeded: neverSucceededSchema,
      findings: z.array(
        z.strictObject({ checker: checkerNameSchema, rule: ruleTextSchema, file: z.string().nullable() }),
      ),
    }),
    coverage: coveragePart
      .nullable()
      .default(null)
      .describe('null if no coverage is required, or if it was not measured'),
    score: scorePart
      .nullable()
      .default(null)
      .describe('null if no score is required, or if it was not determined'),
    notDone: z.array(z.string()).describe('Parts of the work that did not run because the budget ran out'),
  })
  .describe('Result of upload-stress gate');

export type GateReport = Immutable<z.infer<typeof gateReportSchema>>;
export type GateCoverage = NonNullable<GateReport['coverage']>;
export type GateScore = NonNullable<GateReport['score']>;
export type Comparison = GateReport['comparison'];
export type Change = Comparison['regressions'][number];
export type GateVerdict = z.infer<typeof verdict>;

/**
 * The verdict of the whole gate. Correctness comes first: a violated rule, a surviving mutant, or a failing corpus file outranks a
 * regression of a counter. A finding counts even if the gate did not finish. Too little was tested if an operation never succeeded, or if
 * the coverage or the score is too low.
 */
export function gateVerdictOf({
  campaign,
  mutants,
  corpus,
  comparison,
  coverage,
  score,
  notDone,
  interrupted,
}: GateReport): GateVerdict {
  const isViolated =
    campaign.findings.length > 0 ||
    mutants.some(({ killed }) => !killed) ||
    corpus.some(({ problem }) => problem !== null);
  if (isViolated) return 'violated';
  if (comparison.regressions.length > 0 || comparison.gone.length > 0) return 'regression';
  if (interrupted) return 'interrupted';
  if (notDone.length > 0) return 'incomplete';
  const isTooLittle = [coverage, score].some((part) => part !== null && part.problems.length > 0);
  return isTooLittle || campaign.neverSucceeded.length > 0 ? 'untested' : 'held';
}

/** Converts a gate to a line of the history file. `commit` is null outside of CI. */
export function historyEntryOf(report: GateReport, commit: string | null): HistoryEntry {
  const { startedAt, canister, engine, counters } = report;
  return {
    formatVersion: GATE_FORMAT_VERSION,
    startedAt,
    canister,
    engine,
    commit,
    verdict: gateVerdictOf(report),
    counters: Object.fromEntries(counters.map((each) => [each.scenario, each.counters])),
  };
}
