/**
 * `gate.json`: what a gate, or a part of it, has found, and what it was compared with: the document that `gate --json` prints, that is
 * saved, and that `merge` joins.
 */
import { z } from 'zod';
import { checkerNameSchema, ruleTextSchema } from '../../harness/judgement/rule-schemas.js';
import {
  count,
  durationMsSchema,
  environmentSchema,
  startedAtSchema,
  toolSchema,
  wasmSchema,
  type Immutable,
} from './schema-parts.js';

export const GATE_FORMAT_VERSION = 1;

/** What a gate is made of, in the order in which it runs. */
export const GATE_PARTS = ['counters', 'mutants', 'corpus', 'campaign'] as const;
export type GatePart = (typeof GATE_PARTS)[number];

/** All of them are costs: less is better. */
export const countersSchema = z.strictObject({
  calls: count.describe('Update calls'),
  messages: count.describe("Messages executed, a canister's calls to itself included"),
  instructions: count,
  argBytes: count.describe('Bytes of Candid arguments of update calls'),
  heapPages: count.describe('At the end, pages of 64 KiB'),
  stablePages: count.describe('At the end, pages of 64 KiB'),
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
  percent: z.number().nullable().describe('Of the old figure; null if that was 0'),
});

const verdict = z.enum(['held', 'violated', 'regression', 'incomplete', 'interrupted']);

export const historyEntrySchema = z
  .strictObject({
    formatVersion: z.literal(GATE_FORMAT_VERSION),
    startedAt: startedAtSchema,
    canister: wasmSchema,
    engine: z.string(),
    commit: z.string().nullable().describe('What the CI service said it is; null where none did'),
    verdict,
    counters: countersByScenario,
  })
  .describe('One gate in its history: a line of the file that gate --history names');
export type HistoryEntry = Immutable<z.infer<typeof historyEntrySchema>>;

export const gateReportSchema = z
  .strictObject({
    formatVersion: z.literal(GATE_FORMAT_VERSION),
    kind: z.literal('gate'),
    tool: toolSchema,
    canister: wasmSchema,
    engine: z.string().describe('Name and version of the replica that counted'),
    startedAt: startedAtSchema,
    baseline: z
      .strictObject({
        file: z.string(),
        sha256: z.string().describe('Of the file'),
        scenarios: countersByScenario,
      })
      .nullable()
      .describe('null with --update'),
    history: z.array(historyEntrySchema).describe('Earlier gates, oldest first; empty for a part'),
    shard: z.strictObject({ index: count.min(1), count: count.min(1) }),
    only: z.array(z.enum(GATE_PARTS)).describe('What was to run'),
    seed: z.int(),
    interrupted: z.boolean(),
    counters: z.array(
      z.strictObject({ scenario: z.string(), counters: countersSchema, wallMs: durationMsSchema }),
    ),
    comparison: z.strictObject({
      regressions: z.array(change).describe('More than before, beyond the tolerance'),
      tolerated: z.array(change),
      improvements: z.array(change),
      added: z.array(z.string()),
      gone: z.array(z.string()),
      slower: z
        .array(z.strictObject({ scenario: z.string(), oldMs: z.number(), newMs: z.number() }))
        .describe('By the clock; advice alone'),
    }),
    mutants: z.array(z.strictObject({ name: z.string(), killed: z.boolean(), runs: count })),
    corpus: z.array(z.strictObject({ file: z.string(), problem: z.string().nullable() })),
    campaign: z.strictObject({
      profile: z.string(),
      runs: count,
      planned: count,
      unknowns: count,
      findings: z.array(
        z.strictObject({ checker: checkerNameSchema, rule: ruleTextSchema, file: z.string().nullable() }),
      ),
    }),
    notDone: z
      .array(z.string())
      .describe('Counters, mutants and corpus files that the budget left no time for'),
    durationMs: durationMsSchema,
    environment: environmentSchema,
  })
  .describe('What upload-stress gate found');

export type GateReport = Immutable<z.infer<typeof gateReportSchema>>;
export type Comparison = GateReport['comparison'];
export type Change = Comparison['regressions'][number];
export type GateVerdict = z.infer<typeof verdict>;

/**
 * One word for all of it. A broken rule, a mutant that survives and a corpus file that fails come before a regression: a
 * canister that loses bytes is no better for doing so cheaply. What was found counts, even if the rest was not done.
 */
export function gateVerdictOf({
  campaign,
  mutants,
  corpus,
  comparison,
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
  return notDone.length > 0 ? 'incomplete' : 'held';
}

/** This gate as a line of the history. */
export function historyEntryOf(report: GateReport, commit: string | null): HistoryEntry {
  const { startedAt, canister, engine, counters } = report;
  return {
    formatVersion: GATE_FORMAT_VERSION,
    ...{ startedAt, canister, engine, commit },
    verdict: gateVerdictOf(report),
    counters: Object.fromEntries(counters.map((each) => [each.scenario, each.counters])),
  };
}
