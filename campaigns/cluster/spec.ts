/**
 * The specification of a campaign that runs on several machines. Its id is the SHA-256 of everything that decides what is executed: the
 * module, the target, the seed, the runtime. Who approves an id approves exactly this code.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { InputError } from '../../harness/input-error.js';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { count, sha256Hex } from '../../model/data.js';
import { acceptedDeviationSchema } from '../campaign/accepted-deviations.js';
import type { RunRange } from '../campaign/range.js';
import { runtimeSchema } from './runtime.js';

export const SPEC_FORMAT_VERSION = 1;

const subjectSchema = z.strictObject({
  /** The name of the module in reports. */
  wasmLabel: z.string(),
  wasmSha256: sha256Hex,
  /** Whether the module is the user's, and not one of this package. */
  isUsers: z.boolean(),
  /** The bundled module of the target; null for the built-in one. */
  target: z.strictObject({ label: z.string(), sha256: sha256Hex }).nullable(),
  fault: z.string().nullable(),
  /** Lower-case hex. */
  initArg: z.string().nullable(),
  messageMs: z.number().positive().nullable(),
});

export const campaignSpecSchema = z.strictObject({
  formatVersion: z.literal(SPEC_FORMAT_VERSION),
  runtime: runtimeSchema,
  subject: subjectSchema,
  profile: z.enum(Object.keys(PROFILES) as [ProfileName, ...ProfileName[]]),
  seed: z.int(),
  runs: count.min(1),
  /** Number of runs in one job. */
  rangeSize: count.min(1),
  /** Names of layers, rules, and relations to judge; null: all that apply. */
  rules: z.array(z.string()).nullable(),
  findingsMax: count.min(1),
  shrinkMsMax: z.number().positive().nullable(),
  accepted: z.array(acceptedDeviationSchema),
  /** The commit of the project under test. */
  commit: z.string().nullable(),
  /** The trace hash of the first run on the machine of the owner. A worker whose first run differs declines the campaign. */
  firstTraceHash: sha256Hex,
});
export type CampaignSpec = Readonly<z.infer<typeof campaignSpecSchema>>;

/** The text that is stored, and its SHA-256. */
export function encodeSpec(spec: CampaignSpec): { readonly id: string; readonly text: string } {
  const text = canonicalJson(spec);
  return { id: sha256(text), text };
}

/** @throws InputError if the text is not that of the id, or is of a newer version */
export function decodeSpec(id: string, text: string): CampaignSpec {
  if (sha256(text) !== id)
    throw new InputError(
      `campaign ${id}: the server has another specification than the approved one; it was changed`,
    );
  const value = JSON.parse(text) as { readonly formatVersion?: unknown };
  if (value.formatVersion !== SPEC_FORMAT_VERSION)
    throw new InputError(
      `campaign ${id}: its format version is ${String(value.formatVersion)}, and this program supports ${SPEC_FORMAT_VERSION}; use the version that started it`,
    );
  const parsed = campaignSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `campaign ${id}: its specification is damaged: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** @throws InputError if the text cannot be the id of a campaign */
export function checkId(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InputError(
    `"${text}" is not the id of a campaign: give the 64 hexadecimal digits that "campaign start" printed`,
  );
}

/** Number of ranges. */
export function rangesOf({ runs, rangeSize }: Pick<CampaignSpec, 'runs' | 'rangeSize'>): number {
  return Math.ceil(runs / rangeSize);
}

export function rangeAt(
  { runs, rangeSize }: Pick<CampaignSpec, 'runs' | 'rangeSize'>,
  index: number,
): RunRange {
  const firstRun = index * rangeSize;
  return { firstRun, count: Math.min(rangeSize, runs - firstRun) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
