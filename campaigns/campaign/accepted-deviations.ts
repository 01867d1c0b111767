/** Deviations from the rules that the author of a canister accepts. They are reported, and they do not fail a run. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { PROFILES } from '../../generators/profile.js';
import { withoutConditions } from '../../harness/evidence/fingerprint.js';
import type { Layer } from '../../harness/evidence/verdict.js';
import { readJsonFile, writeJsonFile } from '../../harness/files/json-file.js';
import { InputError } from '../../harness/input-error.js';
import { isSelected, type RuleSelection } from '../../harness/judgement/applicable-rules.js';

export const acceptedDeviationSchema = z.strictObject({
  /**
   * The fingerprint of a finding as a report shows it. Without the conditions in brackets, it accepts the wrong answer under all
   * conditions.
   */
  fingerprint: z
    .string()
    .regex(
      /^(fact|relation|spec)\/[^:]+: .+ answers .+ instead of .+$/,
      'must be a fingerprint as a report shows it',
    ),
  /** Why the deviation is accepted. */
  reason: z.string().trim().min(1, 'must not be empty'),
});
export type AcceptedDeviation = Readonly<z.infer<typeof acceptedDeviationSchema>>;

/** The file that is read if no other is named and it exists. */
export const ACCEPTED_FILE_DEFAULT = 'accepted.json';

/**
 * The deviations of the named file, or of the default one.
 * @throws InputError, one line, if the named file is missing, or the file is not JSON or has a mistake
 */
export async function loadAcceptedDeviations(
  named: string | undefined,
): Promise<readonly AcceptedDeviation[]> {
  if (named !== undefined) return readAcceptedDeviations(named);
  return existsSync(ACCEPTED_FILE_DEFAULT) ? readAcceptedDeviations(ACCEPTED_FILE_DEFAULT) : [];
}

/** @throws InputError, one line, if the file is missing, is not JSON, or has a mistake */
export async function readAcceptedDeviations(path: string): Promise<readonly AcceptedDeviation[]> {
  return await readReasons(path, 'accepted deviations', acceptedDeviationSchema);
}

/**
 * Reads a file of entries that each have a fingerprint and a reason.
 * @param what names the file in messages
 * @throws InputError, one line, if the file is missing, is not JSON, or has a mistake
 */
export async function readReasons<T extends { readonly fingerprint: string }>(
  path: string,
  what: string,
  entry: z.ZodType<T>,
): Promise<readonly T[]> {
  const parsed = z.array(entry).safeParse(await readJsonFile(path, what));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `entry ${placeOf(issue.path)}: `;
    throw new InputError(`${what} ${path}: ${where}${issue?.message ?? 'wrong shape'}`);
  }
  const fingerprints = parsed.data.map(({ fingerprint }) => fingerprint);
  const twice = fingerprints.find((one, index) => fingerprints.indexOf(one) !== index);
  if (twice !== undefined) throw new InputError(`${what} ${path}: "${twice}" is listed twice`);
  return parsed.data;
}

/**
 * Adds a deviation to the file, or gives it a new reason. A missing file is created.
 * @throws InputError, one line, if the deviation or the file has a mistake, or the file cannot be written
 */
export async function acceptDeviation(path: string, deviation: AcceptedDeviation): Promise<void> {
  const checked = acceptedDeviationSchema.safeParse(deviation);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new InputError(`accepted deviation: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const others = existsSync(path) ? await readAcceptedDeviations(path) : [];
  const isOther = ({ fingerprint }: AcceptedDeviation) => fingerprint !== deviation.fingerprint;
  await writeJsonFile(path, [...others.filter(isOther), checked.data], 'accepted deviations');
}

/**
 * Removes the deviation with exactly this fingerprint from the file. Returns whether there was one.
 * @throws InputError, one line, if the file has a mistake or cannot be written
 */
export async function withdrawDeviation(path: string, fingerprint: string): Promise<boolean> {
  const all = existsSync(path) ? await readAcceptedDeviations(path) : [];
  const others = all.filter((one) => one.fingerprint !== fingerprint);
  if (others.length === all.length) return false;
  await writeJsonFile(path, others, 'accepted deviations');
  return true;
}

function placeOf([index, ...rest]: readonly PropertyKey[]): string {
  return [String(Number(index) + 1), ...rest.map(String)].join(', ');
}

/** The deviation that accepts a finding with this fingerprint. */
export function acceptanceOf(
  fingerprint: string,
  accepted: readonly AcceptedDeviation[] = [],
): AcceptedDeviation | undefined {
  const names = [fingerprint, withoutConditions(fingerprint)];
  return accepted.find((deviation) => names.includes(deviation.fingerprint));
}

// ---- deviations that no longer occur ----

/** Fewer schedules are no evidence that a deviation is gone: the number that a run of the default profile has. */
export const EVIDENCE_RUNS_MIN = PROFILES.default.runs;

/** What a run could have shown. */
export interface RunEvidence {
  /** Whether the run was neither interrupted nor ended by the number of its findings. */
  readonly isComplete: boolean;
  readonly runs: number;
  /** The names of the rules and relations that were judged; `undefined`: all that apply. */
  readonly rules: RuleSelection | undefined;
  /** Names of relations that were not checked. */
  readonly skipped: readonly string[];
  readonly fingerprints: readonly string[];
}

/** Accepted deviations that the run would have shown if they still occurred. */
export function deviationsGone(
  accepted: readonly AcceptedDeviation[],
  { isComplete, runs, rules, skipped, fingerprints }: RunEvidence,
): readonly AcceptedDeviation[] {
  if (!isComplete || runs < EVIDENCE_RUNS_MIN) return [];
  const seen = new Set(fingerprints.map((one) => acceptanceOf(one, accepted)));
  return accepted.filter((deviation) => {
    const { layer, rule } = partsOf(deviation);
    return !seen.has(deviation) && !skipped.includes(rule) && isSelected(rules, rule, layer);
  });
}

const LAYERS: Readonly<Record<string, Layer>> = {
  fact: 'fact',
  relation: 'relation',
  spec: 'specification',
};

function partsOf({ fingerprint }: AcceptedDeviation): { readonly layer: Layer; readonly rule: string } {
  const [layer = '', rule = ''] = fingerprint.split(/[/:]/);
  return { layer: LAYERS[layer] ?? 'fact', rule };
}
