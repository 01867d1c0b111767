/** What a gate, or a part of it, has found: the document that `--json` prints, that is saved, and that `merge` joins. */
import { z } from 'zod';
import { InputError } from '../../harness/input-error.js';
import { readJsonFile } from '../../harness/json-file.js';
import { EXIT } from '../exit-codes.js';
import { countersSchema } from './baseline.js';
import { GATE_PARTS } from './job.js';

export const GATE_FORMAT_VERSION = 1;

const count = z.int().min(0);
const change = z.strictObject({
  scenario: z.string(),
  counter: z.string(),
  old: z.number(),
  new: z.number(),
  percent: z.number().nullable(),
});

export const gateResultSchema = z.strictObject({
  formatVersion: z.literal(GATE_FORMAT_VERSION),
  kind: z.literal('gate'),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  canister: z.strictObject({ file: z.string(), sha256: z.string() }),
  engine: z.string(),
  baseline: z
    .strictObject({ file: z.string(), sha256: z.string().describe('Of the file') })
    .nullable()
    .describe('Null with --update'),
  shard: z.strictObject({ index: count.min(1), count: count.min(1) }),
  only: z.array(z.enum(GATE_PARTS)).describe('What was to run'),
  seed: z.int(),
  interrupted: z.boolean(),
  counters: z.array(
    z.strictObject({ scenario: z.string(), counters: countersSchema, wallMs: z.number().min(0) }),
  ),
  comparison: z.strictObject({
    regressions: z.array(change),
    tolerated: z.array(change),
    improvements: z.array(change),
    added: z.array(z.string()),
    gone: z.array(z.string()),
    slower: z.array(z.strictObject({ scenario: z.string(), oldMs: z.number(), newMs: z.number() })),
  }),
  mutants: z.array(z.strictObject({ name: z.string(), killed: z.boolean(), runs: count })),
  corpus: z.array(z.strictObject({ file: z.string(), problem: z.string().nullable() })),
  campaign: z.strictObject({
    profile: z.string(),
    runs: count,
    planned: count,
    unknowns: count,
    findings: z.array(z.strictObject({ checker: z.string(), rule: z.string(), file: z.string().nullable() })),
  }),
  /** Counters, mutants and corpus files that the budget left no time for. */
  notDone: z.array(z.string()),
  durationMs: z.number().min(0),
});

export type GateResult = Readonly<z.infer<typeof gateResultSchema>>;

export type GateVerdict = 'held' | 'violated' | 'regression' | 'incomplete' | 'interrupted';

/**
 * One word for all of it. A broken rule, a mutant that survives and a corpus file that fails come before a regression: a
 * canister that loses bytes is no better for doing so cheaply. What was found counts, even if the rest was not done.
 */
export function verdictOf({
  campaign,
  mutants,
  corpus,
  comparison,
  notDone,
  interrupted,
}: GateResult): GateVerdict {
  const isViolated =
    campaign.findings.length > 0 ||
    mutants.some(({ killed }) => !killed) ||
    corpus.some(({ problem }) => problem !== null);
  if (isViolated) return 'violated';
  if (comparison.regressions.length > 0 || comparison.gone.length > 0) return 'regression';
  if (interrupted) return 'interrupted';
  return notDone.length > 0 ? 'incomplete' : 'held';
}

export const GATE_EXIT: Readonly<Record<GateVerdict, number>> = {
  held: EXIT.ok,
  violated: EXIT.violated,
  regression: EXIT.regression,
  incomplete: EXIT.couldNotRun,
  interrupted: EXIT.interrupted,
};

/** @throws InputError, one line, if the file is no result of a gate */
export async function readGateResult(path: string): Promise<GateResult> {
  const value = await readJsonFile(path, 'gate result');
  const version = (value as { readonly formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > GATE_FORMAT_VERSION) {
    throw new InputError(
      `gate result ${path}: it has format version ${version}, this program knows ${GATE_FORMAT_VERSION}; use the version that wrote it`,
    );
  }
  const parsed = gateResultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `gate result ${path}: it is no result of upload-stress gate: ${where}${issue?.message ?? ''}`,
  );
}
