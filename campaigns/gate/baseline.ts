/** The baseline: the counters that the last reviewer agreed to. Small and in a stable order, so that its diff can be read. */
import { z } from 'zod';
import { COUNTER_NAMES, SCENARIOS, type ScenarioCounters } from '../benchmark/counters.js';
import { InputError } from '../../harness/input-error.js';
import { readJsonFile, writeJsonFile } from '../../harness/files/json-file.js';
import { countersSchema } from '../../reports/documents/gate-report.js';

export const BASELINE_FORMAT_VERSION = 1;

const count = z.int().min(0);
export const baselineSchema = z.strictObject({
  formatVersion: z.literal(BASELINE_FORMAT_VERSION),
  canister: z.string().describe('The module, as reports name it'),
  wasmSha256: z.string().regex(/^[0-9a-f]{64}$/),
  engine: z.string().describe('Name and version of the replica that counted'),
  scenarios: z.record(
    z.string(),
    z.strictObject({
      counters: countersSchema satisfies z.ZodType<ScenarioCounters>,
      wallMs: count.describe('For advice; never compared exactly'),
    }),
  ),
});

export type Baseline = Readonly<z.infer<typeof baselineSchema>>;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code;

/** @throws InputError, one line, if it is missing, no JSON, of a newer format or of another shape */
export async function readBaseline(path: string): Promise<Baseline> {
  const value = await readJsonFile(path, 'baseline').catch((error: unknown) => {
    const isMissing = error instanceof InputError && codeOf(error.cause) === 'ENOENT';
    throw isMissing ? new InputError(`${error.message}; make it with: upload-stress gate --update`) : error;
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
  throw new InputError(`baseline ${path}: it is no baseline: ${where}${issue?.message ?? 'wrong shape'}`);
}

export interface Measured {
  readonly scenario: string;
  readonly counters: ScenarioCounters;
  /** Milliseconds. */
  readonly wallMs: number;
}

/** Wall times within this factor of each other are the same machine on another day. */
export const WALL_FACTOR = 3;

/** Scenarios in the order of the code. A wall time that is about what it was stays as it was: it would be noise in the diff. */
export function baselineOf(
  header: Pick<Baseline, 'canister' | 'wasmSha256' | 'engine'>,
  measured: readonly Measured[],
  old: Baseline | undefined,
): Baseline {
  const byName = new Map(measured.map((each) => [each.scenario, each]));
  const names = SCENARIOS.map(({ name }) => name).filter((name) => byName.has(name));
  const entry = (name: string) => {
    const { counters, wallMs } = byName.get(name)!;
    const before = old?.scenarios[name]?.wallMs;
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
    scenarios: Object.fromEntries(names.map((name) => [name, entry(name)])),
  };
}

/** All of it or nothing. @throws InputError, one line, if it cannot be written */
export function writeBaseline(path: string, baseline: Baseline): Promise<void> {
  return writeJsonFile(path, baseline, 'baseline');
}
