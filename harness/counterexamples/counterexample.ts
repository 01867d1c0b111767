/**
 * The Counterexample: a failing schedule with everything that is needed to run it again and to decide whether it fails in the same way.
 * It replays by its steps, so it does not depend on the generators.
 */
import { z } from 'zod';
import { count, sha256Hex, type DataOf } from '../../model/data.js';
import { scheduleSchema } from '../../model/schedule.js';
import { contextSchema } from './counterexample-context.js';
import { InputError } from '../input-error.js';
import { readJsonFile } from '../files/json-file.js';
import { checkerNameSchema, ruleTextSchema } from '../evidence/rule-schemas.js';
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

/** Whether two violations break the same rule of the same checker. */
export function isSameViolation(
  { checker, rule }: Pick<Violation, 'checker' | 'rule'>,
  other: Pick<Violation, 'checker' | 'rule'>,
): boolean {
  return checker === other.checker && rule === other.rule;
}
