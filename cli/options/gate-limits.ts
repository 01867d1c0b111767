/** The options of `gate` about coverage and the mutation score, and the files that they name. */
import { Option, type Command } from 'commander';
import type { GateLimits, NamedReport } from '../../campaigns/gate/limits.js';
import { InputError } from '../../harness/input-error.js';
import { readDocumentOf, type DocumentByKind } from '../../reports/documents/documents.js';
import { GATE_PARTS, type GatePart } from '../../reports/documents/gate-report.js';
import { parseCount, parsePercent } from './parse.js';

export interface GateLimitOptions {
  /** Percent. */
  readonly minCoverage?: number;
  readonly coverageBaseline?: string;
  /** Percent. */
  readonly minScore?: number;
  readonly scoreBaseline?: string;
  readonly mutation?: string;
  readonly sample: number;
}

const LIMITS_GROUP = 'Coverage and mutants of the module:';
const SAMPLE_DEFAULT = 60;

export function addLimitOptions(command: Command): Command {
  const options = [
    new Option(
      '--min-coverage <percent>',
      'exit with 4 if the campaign reaches fewer of the basic blocks of the module',
    ).argParser(parsePercent),
    new Option(
      '--coverage-baseline <file>',
      'exit with 4 if a function that is reached in this earlier coverage.json is no longer reached',
    ),
    new Option('--min-score <percent>', 'exit with 4 if the mutation score is lower').argParser(parsePercent),
    new Option(
      '--score-baseline <file>',
      'exit with 4 if a mutant that is detected in this earlier mutation.json is no longer detected',
    ),
    new Option('--sample <n>', 'number of mutants in reached code that the gate runs for the score')
      .argParser(parseCount)
      .default(SAMPLE_DEFAULT),
    new Option('--mutation <file>', 'mutation.json of "mutate" to judge, instead of a sample'),
  ];
  for (const option of options) command.addOption(option.helpGroup(LIMITS_GROUP));
  return command;
}

export interface RequestedLimits {
  /** The parts of the gate, without those of which nothing is required. */
  readonly only: readonly GatePart[];
  readonly limits: GateLimits;
  /** Number of mutants to run for the score; undefined: none. */
  readonly scoreSample: number | undefined;
}

/** @throws InputError if a file is unusable, or if a part is requested of which nothing is required */
export async function requestedLimits(
  options: GateLimitOptions & { readonly only: readonly GatePart[] },
  { sha256 }: { readonly sha256: string },
): Promise<RequestedLimits> {
  const { only, minCoverage, coverageBaseline, minScore, scoreBaseline, mutation, sample } = options;
  const isRequired: Readonly<Partial<Record<GatePart, boolean>>> = {
    coverage: minCoverage !== undefined || coverageBaseline !== undefined,
    score: minScore !== undefined || scoreBaseline !== undefined,
  };
  if (mutation !== undefined && isRequired.score === false)
    throw new InputError('--mutation requires --min-score or --score-baseline');
  const parts = only.filter((part) => isRequired[part] !== false);
  if (only !== GATE_PARTS) for (const part of only) if (!parts.includes(part)) throw nothingRequired(part);
  const baseline = parts.includes('coverage') ? await named('coverage', coverageBaseline) : undefined;
  const coverage = parts.includes('coverage') ? { minPercent: minCoverage, baseline } : undefined;
  if (!parts.includes('score'))
    return { only: parts, limits: { coverage, score: undefined }, scoreSample: undefined };
  const given = await named('mutation', mutation);
  if (given !== undefined && given.report.wasm.sha256 !== sha256)
    throw new InputError(`--mutation ${given.path}: it is about another module, ${given.report.wasm.file}`);
  const score = { minScore, baseline: await named('mutation', scoreBaseline), given };
  const scoreSample = given === undefined ? sample : undefined;
  return { only: parts, limits: { coverage, score }, scoreSample };
}

function nothingRequired(part: GatePart): InputError {
  return new InputError(`--only ${part}: nothing is required of it; add --min-${part} or --${part}-baseline`);
}

async function named<K extends 'coverage' | 'mutation'>(
  kind: K,
  path: string | undefined,
): Promise<NamedReport<DocumentByKind[K]> | undefined> {
  return path === undefined ? undefined : { path, report: await readDocumentOf(kind, path) };
}
