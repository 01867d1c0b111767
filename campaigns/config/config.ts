/** The configuration of a project that tests its canister: `upload-stress.config.ts`. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { InputError } from '../../harness/input-error.js';
import { defectText } from '../../targets/defect-text.js';
import { errorText } from '../../targets/guarded-target.js';
import { importDefault } from '../../targets/import-module.js';
import type { CanisterRole, Target } from '../../targets/target.js';

/** Paths start at the folder of the configuration. */
export interface UploadStressConfig {
  /** The canister module, plain or gzipped. */
  readonly wasm?: string | URL;
  /** A source map of the module, for the lines of its source in coverage and mutants. */
  readonly sourceMap?: string | URL;
  /** The Candid file of the interface, for `init`; default: the interface in the module. */
  readonly did?: string | URL;
  /** The same canister with seeded faults, for `mutants` and `run --fault`. */
  readonly faultsWasm?: string | URL;
  /** The target, or the path of the module that exports it. */
  readonly target?: string | Target;
  /** Size and fault rate of generated schedules; default: `default`. */
  readonly profile?: ProfileName;
  /** A JSON file with accepted deviations; default: `accepted.json` if it exists. */
  readonly accepted?: string;
  /** The file in which `run` records what it finds; default: `.upload-stress/findings.db`; false: nothing is recorded. */
  readonly store?: string | false;
  /** Whether `run` keeps and mutates schedules that reach new code (docs/coverage.md); default: false. */
  readonly guided?: boolean;
  /** Wall-clock limit for one message of the canister on the embedded engine, in milliseconds; default: 60,000. */
  readonly messageTimeMs?: number;
  /** What `gate` requires; options override it. */
  readonly gate?: GateConfig;
  /** The modules and numbers of further canisters, by role. They replace those of the target. */
  readonly canisters?: Readonly<Record<string, CanisterRole>>;
}

export interface GateConfig {
  /** Least percent of the basic blocks of the module that the campaign reaches. */
  readonly minCoverage?: number;
  /** An earlier coverage.json, whose functions must still be reached. */
  readonly coverageBaseline?: string;
  /** Least mutation score in percent. */
  readonly minScore?: number;
  /** An earlier mutation.json, whose mutants must still be detected. */
  readonly scoreBaseline?: string;
  /** Number of mutants that the gate runs for the score; default: 60. */
  readonly sample?: number;
}

/** Returns the configuration. Editors complete its fields, and the compiler checks them. */
export function defineConfig(config: UploadStressConfig): UploadStressConfig {
  return config;
}

const path = z.union([z.string(), z.instanceof(URL)], { error: 'must be a path or a URL' });
const percentError = { error: 'must be a percentage from 0 to 100' };
const percent = z.number(percentError).min(0, percentError).max(100, percentError);
const configSchema = z.strictObject({
  wasm: path.optional(),
  did: path.optional(),
  sourceMap: path.optional(),
  faultsWasm: path.optional(),
  target: z
    .union([z.string(), z.looseObject({})], { error: 'must be a target or the path of its module' })
    .optional(),
  profile: z.enum(Object.keys(PROFILES) as [ProfileName, ...ProfileName[]]).optional(),
  accepted: z.string({ error: 'must be a path' }).optional(),
  store: z.union([z.string(), z.literal(false)], { error: 'must be a path or false' }).optional(),
  guided: z.boolean({ error: 'must be true or false' }).optional(),
  messageTimeMs: z.number({ error: 'must be a number of milliseconds' }).positive().optional(),
  gate: z
    .strictObject(
      {
        minCoverage: percent.optional(),
        coverageBaseline: z.string({ error: 'must be a path' }).optional(),
        minScore: percent.optional(),
        scoreBaseline: z.string({ error: 'must be a path' }).optional(),
        sample: z.int({ error: 'must be a whole number of mutants' }).positive().optional(),
      },
      { error: 'must be an object with the requirements of the gate' },
    )
    .optional(),
  canisters: z
    .record(
      z.string(),
      z.strictObject(
        { wasm: path, faultsWasm: path.optional(), count: z.int().positive().optional() },
        { error: 'must be an object with wasm, and perhaps faultsWasm and count' },
      ),
      { error: 'must be an object with a canister for each role' },
    )
    .optional(),
});

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `upload-stress.config.${extension}`);

/** A configuration with the absolute path of its file. */
export interface LoadedConfig {
  readonly file: string;
  readonly config: UploadStressConfig;
}

/** The path of the nearest configuration in a folder or above it; `undefined` if there is none. */
export function findConfig(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = NAMES.map((name) => join(at, name)).find((file) => existsSync(file));
    if (found !== undefined || dirname(at) === at) return found;
  }
}

export function isConfigFile(file: string): boolean {
  return NAMES.some((name) => file.endsWith(name));
}

/** @throws InputError with one line for each mistake */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const shown = relative(process.cwd(), file);
  let exported: unknown;
  try {
    exported = await importDefault(file);
  } catch (error) {
    throw new InputError(`${shown}: it cannot be loaded: ${errorText(error)}`);
  }
  if (typeof exported !== 'object' || exported === null)
    throw new InputError(`${shown}: its default export must be a configuration; see docs/config.md`);
  const checked = configSchema.safeParse(exported);
  if (checked.success) return { file, config: exported };
  const [first = '', ...details] = checked.error.issues.map(
    (issue) => `${shown}: ${defectText(issue, 'docs/config.md')}`,
  );
  throw new InputError(first, { details });
}

/** An absolute path. */
export function pathFrom({ file }: Pick<LoadedConfig, 'file'>, given: string | URL): string {
  if (given instanceof URL || given.startsWith('file:')) return fileURLToPath(given);
  return resolve(dirname(file), given);
}
