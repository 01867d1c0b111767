/** Rows of a store as data. A row that does not have the expected shape is an error of the file. */
import { z } from 'zod';
import { counterexampleSchema, type Counterexample } from '../../harness/counterexamples/counterexample.js';
import { InputError } from '../../harness/input-error.js';

export const FINDING_STATUSES = ['open', 'fixed', 'accepted'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

export interface StoredCampaign {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** What was tested: the path of the module or the URL of the service, with the seeded fault if there is one. */
  readonly subject: string;
  /** Lower-case hex. */
  readonly wasmSha256: string;
  /** The commit of the project under test; null if it is unknown. */
  readonly commit: string | null;
  readonly toolVersion: string;
  readonly profile: string;
  readonly seed: number;
  /** Number of schedules. */
  readonly runs: number;
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  readonly isInterrupted: boolean;
  /** Number of findings, without accepted ones. */
  readonly findings: number;
}

export interface Sighting {
  /** Start of the campaign that saw the finding; ISO 8601, UTC. */
  readonly at: string;
  readonly commit: string | null;
}

export interface StoredFinding {
  readonly id: number;
  readonly subject: string;
  readonly fingerprint: string;
  readonly severity: string;
  readonly status: FindingStatus;
  /** Why it is accepted; null otherwise. */
  readonly reason: string | null;
  /** When the status changed, and the commit at that time. */
  readonly changed: Sighting;
  readonly first: Sighting;
  readonly last: Sighting;
  /** Number of campaigns that saw it. */
  readonly sightings: number;
  /** Number of recorded campaigns of the subject that started later, ran to their end, and did not see it. */
  readonly laterCampaigns: number;
  /** The shortest one. */
  readonly counterexample: Counterexample;
  readonly operations: number;
}

const campaignRow = z.object({
  started_at: z.string(),
  subject: z.string(),
  wasm_sha256: z.string(),
  commit_id: z.string().nullable(),
  tool_version: z.string(),
  profile: z.string(),
  seed: z.number(),
  runs: z.number(),
  verdict: z.enum(['valid', 'invalid', 'unknown']),
  is_interrupted: z.number(),
  findings: z.number(),
});

const findingRow = z.object({
  id: z.number(),
  subject: z.string(),
  fingerprint: z.string(),
  severity: z.string(),
  status: z.enum(FINDING_STATUSES),
  reason: z.string().nullable(),
  status_at: z.string(),
  status_commit: z.string().nullable(),
  first_at: z.string(),
  first_commit: z.string().nullable(),
  last_at: z.string(),
  last_commit: z.string().nullable(),
  sightings: z.number(),
  later_campaigns: z.number(),
  counterexample: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(counterexampleSchema),
  operations: z.number(),
});

export function campaignsFrom(rows: readonly unknown[]): readonly StoredCampaign[] {
  return rows.map((row) => {
    const { started_at, wasm_sha256, commit_id, tool_version, is_interrupted, ...rest } = parsed(
      campaignRow,
      row,
    );
    return {
      ...rest,
      startedAt: started_at,
      wasmSha256: wasm_sha256,
      commit: commit_id,
      toolVersion: tool_version,
      isInterrupted: is_interrupted !== 0,
    };
  });
}

export function findingFrom(value: unknown): StoredFinding {
  const row = parsed(findingRow, value);
  const { id, subject, fingerprint, severity, status, reason, sightings, counterexample, operations } = row;
  return {
    ...{ id, subject, fingerprint, severity, status, reason, sightings, counterexample, operations },
    changed: { at: row.status_at, commit: row.status_commit },
    first: { at: row.first_at, commit: row.first_commit },
    last: { at: row.last_at, commit: row.last_commit },
    laterCampaigns: row.later_campaigns,
  };
}

function parsed<Row>(schema: z.ZodType<Row>, row: unknown): Row {
  try {
    return schema.parse(row);
  } catch (error) {
    throw new InputError('the store of findings is damaged; delete it, or pass another file with --store', {
      cause: error,
    });
  }
}
