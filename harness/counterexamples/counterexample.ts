/**
 * The Counterexample: a failing schedule with all that is needed to run it again and to tell whether it fails in the same way. It
 * replays by its steps, so it survives every change to the generators.
 */
import { z } from 'zod';
import { count, sha256Hex, type DataOf } from '../../model/data.js';
import { scheduleSchema } from '../../model/schedule.js';
import { contextSchema } from './counterexample-context.js';
import { InputError } from '../input-error.js';
import { readJsonFile } from '../files/json-file.js';
import { checkerNameSchema, ruleTextSchema } from '../judgement/rule-schemas.js';
import type { Violation } from '../judgement/verdict.js';

export const COUNTEREXAMPLE_FORMAT_VERSION = 1;

/** Name of the checker of findings that no History alone shows: two runs of one schedule that differ. */
export const DETERMINISM = 'determinism';

export const counterexampleSchema = z
  .strictObject({
    formatVersion: z.literal(COUNTEREXAMPLE_FORMAT_VERSION),
    toolVersion: z.string().describe('Of the program that wrote it').optional(),
    target: z.string().describe('Name of the target'),
    wasmSha256: sha256Hex.describe('Of the module under test, as its file is'),
    fault: z.string().nullable().describe('The seeded fault it was installed with'),
    replica: z.strictObject({ name: z.string(), version: z.string() }).describe('Where it was found'),
    campaign: z
      .strictObject({ profile: z.string(), seed: z.int(), runIndex: count })
      .describe('The run that found it'),
    checker: checkerNameSchema.describe('The checker that failed'),
    rule: ruleTextSchema.describe('The rule that is broken, in words'),
    event: z
      .int()
      .min(0)
      .nullable()
      .describe('Index of the first wrong event in the history of this schedule'),
    expected: z.string(),
    seen: z.string(),
    traceHash: sha256Hex.describe(
      'SHA-256 over the history of this schedule; the same on every run on the embedded engine',
    ),
    originalSteps: count.describe('Steps of the schedule as it was found'),
    isMinimal: z.boolean().describe('No step can be left out'),
    schedule: scheduleSchema,
    context: contextSchema
      .describe('What lies around the failure; for people, no replay needs it')
      .optional(),
  })
  .describe('A schedule that makes a canister break a rule');

export type Counterexample = DataOf<typeof counterexampleSchema>;

export function counterexampleJsonSchema(): unknown {
  return z.toJSONSchema(counterexampleSchema, { target: 'draft-2020-12' });
}

/** @throws InputError, one line, if the file is missing, no JSON, of a newer format, or of another shape */
export async function readCounterexample(path: string): Promise<Counterexample> {
  const value = await readJsonFile(path, 'counterexample');
  const version = (value as { readonly formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > COUNTEREXAMPLE_FORMAT_VERSION) {
    throw new InputError(
      `counterexample ${path}: it has format version ${version}, this program knows ${COUNTEREXAMPLE_FORMAT_VERSION}; ` +
        `use the version of the program that wrote it, or a newer one`,
    );
  }
  const parsed = counterexampleSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(
    `counterexample ${path}: it is no counterexample: ${where}${issue?.message ?? 'wrong shape'}`,
  );
}

/** Whether a violation is the one that the counterexample is about. */
export function isSameViolation(
  { checker, rule }: Pick<Violation, 'checker' | 'rule'>,
  other: Pick<Violation, 'checker' | 'rule'>,
): boolean {
  return checker === other.checker && rule === other.rule;
}
