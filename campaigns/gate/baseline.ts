/** The baseline: the counters that the last reviewer accepted. It is small and in a stable order, so that reviewers can read its diff. */
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from '../../harness/files/json-file.js';
import { InputError } from '../../harness/input-error.js';
import { countersSchema } from '../../reports/documents/gate-report.js';
import { COUNTER_NAMES, SCENARIOS, type ScenarioCounters } from '../benchmark/counters.js';

export const BASELINE_FORMAT_VERSION = 1;

const count = z.int().min(0);
export const baselineSchema = z.strictObject({
  formatVersion: z.literal(BASELINE_FORMAT_VERSION),
  canister: z.string().describe('The canister module, as reports name it'),
  wasmSha256: z.string().regex(/^[0-9a-f]{64}$/),
  engine: z.string().describe('Name and version of the replica that measured the counters'),
  scenarios: z.record(
    z.string(),
    z.strictObject({
      counters: countersSchema satisfies z.ZodType<ScenarioCounters>,
      wallMs: count.describe('Milliseconds, for information only; never compared exactly'),
    }),
  ),
});

export type Baseline = Readonly<z.infer<typeof baselineSchema>>;

/** @throws InputError if the file is missing, is not JSON, has a newer format, or does not match the schema */
export async function readBaseline(path: string): Promise<Baseline> {
  const value = await readJsonFile(path, 'baseline').catch((error: unknown) => {
    const cause =
      error instanceof InputError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (!(error instanceof InputError) || cause?.code !== 'ENOENT') throw error;
    throw new InputError(`${error.message}; create it with: npx upload-stress gate --update`);
  });
  const version = (value as { readonly formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > BASELINE_FORMAT_VERSION) {
    throw new InputError(
      `baseline ${path}: it has format version ${version}, but this program supports ${BASELINE_FORMAT_VERSION}; ` +
        'use the version of the program that wrote it, or a newer one',
    );
  }
  const parsed = baselineSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new InputError(`baseline ${path}: it is not a baseline: ${where}${issue?.message ?? 'wrong shape'}`);
}

/** The counters of one scenario. */
export interface Measured {
  readonly scenario: string;
  readonly counters: ScenarioCounters;
  /** Milliseconds. */
  readonly wallMs: number;
}

/** Wall times that differ by less than this factor are treated as equal: the same machine on another day. */
export const WALL_FACTOR = 3;

/** Lists the scenarios in the order of the code. Keeps the old wall time if it is about the same, so that the diff shows only counters. */
export function baselineOf(
  header: Pick<Baseline, 'canister' | 'wasmSha256' | 'engine'>,
  measured: readonly Measured[],
  old: Baseline | undefined,
): Baseline {
  const byName = new Map(measured.map((each) => [each.scenario, each]));
  const inOrder = SCENARIOS.flatMap(({ name }) => byName.get(name) ?? []);
  const entry = ({ scenario, counters, wallMs }: Measured) => {
    const before = old?.scenarios[scenario]?.wallMs;
    const rounded = Math.ceil(wallMs);
    const isAbout =
      before !== undefined && rounded <= before * WALL_FACTOR && before <= rounded * WALL_FACTOR;
    const ordered = Object.fromEntries(COUNTER_NAMES.map((counter) => [counter, counters[counter]]));
    return { counters: ordered as unknown as ScenarioCounters, wallMs: isAbout ? before : rounded };
  };
  return {
    formatVersion: BASELINE_FORMAT_VERSION,
    canister: header.canister,
    wasmSha256: header.wasmSha256,
    engine: header.engine,
    scenarios: Object.fromEntries(inOrder.map((each) => [each.scenario, entry(each)])),
  };
}

/** Writes the whole file or nothing. @throws InputError if it cannot be written */
export function writeBaseline(path: string, baseline: Baseline): Promise<void> {
  return writeJsonFile(path, baseline, 'baseline');
}
