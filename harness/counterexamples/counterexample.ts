/**
 * The Counterexample: a failing schedule with everything that is needed to run it again and to decide whether it fails in the same way.
 * It replays by its steps, so it does not depend on the generators.
 */
import { z } from 'zod';
import { count, sha256Hex, type DataOf } from '../../model/data.js';
import { scheduleSchema, type Schedule } from '../../model/schedule.js';
import { contextSchema } from './counterexample-context.js';
import type { History } from '../history/history.js';
import type { DescribedTarget } from '../evidence/shown-parts.js';
import { namesKeys } from '../../targets/names-keys.js';
import { InputError } from '../input-error.js';
import { readJsonFile } from '../files/json-file.js';
import { conditionsOf } from '../evidence/conditions.js';
import { findingFingerprint, fingerprintOf, withoutConditions } from '../evidence/fingerprint.js';
import { checkerNameSchema, ruleTextSchema } from '../evidence/rule-schemas.js';
import { SEVERITIES } from '../evidence/rules.js';
import { severityOf } from '../evidence/severity.js';
import type { Violation } from '../evidence/verdict.js';

export const COUNTEREXAMPLE_FORMAT_VERSION = 1;

/** The checker of findings that need two histories: two runs of one schedule differ. */
export const DETERMINISM = 'determinism';

export const counterexampleSchema = z
  .strictObject({
    formatVersion: z.literal(COUNTEREXAMPLE_FORMAT_VERSION),
    toolVersion: z.string().describe('Version of the program that wrote the file').optional(),
    target: z.string().describe('Name of the target'),
    wasmSha256: sha256Hex.describe('SHA-256 of the file of the module under test'),
    fault: z.string().nullable().describe('The seeded fault of the module; null if it has none'),
    replica: z
      .strictObject({ name: z.string(), version: z.string() })
      .describe('The replica of the original run'),
    campaign: z
      .strictObject({ profile: z.string(), seed: z.int(), runIndex: count })
      .describe('The run that found the failure'),
    checker: checkerNameSchema.describe('The checker that reported the failure'),
    rule: ruleTextSchema.describe('The broken rule'),
    fingerprint: z
      .string()
      .describe(
        'What identifies the failure: layer, rule, operation, kinds of answer, and in brackets the conditions that it needs; absent in files of earlier versions',
      )
      .optional(),
    severity: z.enum(SEVERITIES).describe('What the failure means for users').optional(),
    event: z
      .int()
      .min(0)
      .nullable()
      .describe('Index of the first wrong event in the history of this schedule'),
    expected: z.string(),
    seen: z.string(),
    traceHash: sha256Hex.describe(
      'SHA-256 of the history of this schedule; the same for every run on the embedded engine',
    ),
    originalSteps: count.describe('Number of steps of the schedule before shrinking'),
    isMinimal: z.boolean().describe('True if no step can be removed'),
    schedule: scheduleSchema,
    keys: z
      .boolean()
      .describe('False if the interface has no keys, so that texts leave them out; absent: it has')
      .optional(),
    context: contextSchema
      .describe('The context of the failure, for people; a replay does not use it')
      .optional(),
  })
  .describe('A schedule that makes a canister break a rule');

export type Counterexample = DataOf<typeof counterexampleSchema>;

/** @throws InputError, one line, if the file is missing, is not JSON, has a newer format, or is not a counterexample */
export async function readCounterexample(path: string): Promise<Counterexample> {
  const value = await readJsonFile(path, 'counterexample');
  const version = (value as { readonly formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > COUNTEREXAMPLE_FORMAT_VERSION) {
    throw new InputError(
      `counterexample ${path}: it has format version ${version}, but this program supports ${COUNTEREXAMPLE_FORMAT_VERSION}; ` +
        `use the version of the program that wrote the file, or a newer one`,
    );
  }
  const parsed = counterexampleSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `counterexample ${path}: it is not a counterexample: ${where}${issue?.message ?? 'wrong shape'}`,
  );
}

/** The parts of a counterexample that describe its violation, in the history of its schedule. */
export function violationParts(
  violation: Violation,
  history: History,
  schedule: Schedule,
  target: DescribedTarget,
): Pick<Counterexample, 'checker' | 'rule' | 'event' | 'expected' | 'seen' | 'keys'> &
  Required<Pick<Counterexample, 'fingerprint' | 'severity'>> {
  const { checker, rule, event = null, expected, seen } = violation;
  const fingerprint = findingFingerprint(
    violation,
    conditionsOf(history, schedule, {
      defaultChunkSize: target.defaultChunkSize,
      until: violation.event,
    }),
  );
  return {
    ...{ checker, rule, fingerprint, severity: severityOf(violation), event, expected, seen },
    ...(namesKeys(target) ? {} : { keys: false }),
  };
}

/**
 * Whether a violation is the failure of a counterexample: it has the same fingerprint. In a file of an earlier version, which has none,
 * checker and rule decide.
 */
export function isSameViolation(
  violation: Violation,
  { checker, rule, fingerprint }: Pick<Counterexample, 'checker' | 'rule' | 'fingerprint'>,
): boolean {
  if (fingerprint !== undefined) return fingerprintOf(violation) === withoutConditions(fingerprint);
  return violation.checker === checker && violation.rule === rule;
}
