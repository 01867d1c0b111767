/**
 * The options that several commands share. Each is defined once, so that it has the same name, text, and parser everywhere.
 *
 * Descriptions are noun phrases or imperatives in lower case, without a period.
 */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { ACCEPTED_FILE_DEFAULT } from '../../campaigns/campaign/accepted-deviations.js';
import { CORPUS_FOLDER_DEFAULT } from '../../campaigns/corpus-folder.js';
import type { ReplicaName } from '../../campaigns/subject/replicas.js';
import { WORKERS_MAX } from '../../campaigns/parallel/parallel-runs.js';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { parseAtMost, parseCount, parseDuration, parseRules, parseSeed } from './parse.js';

/** Headings of the groups of options in help texts. */
export const GROUPS = {
  subject: 'Canister under test:',
  campaign: 'Campaign:',
  replica: 'Replica:',
  output: 'Output:',
} as const;

export const OUT_DEFAULT = join('reports', 'out');

const SUBJECT_OPTIONS = {
  wasm: () =>
    new Option('--wasm <path>', 'canister module (default: the reference canister of this package)'),
  initArg: () =>
    new Option('--init-arg <path>', 'init argument of the canister, as Candid bytes or hex text'),
  sourceMap: () =>
    new Option(
      '--source-map <file>',
      'source map of the module, for the lines of its source (default: debug information, or the map that the module names)',
    ),
  target: () =>
    new Option(
      '--target <module>',
      'JavaScript or TypeScript module that describes the interface of the canister (docs/custom-target.md)',
    ),
  targetOrUrl: () =>
    new Option(
      '--target <module|URL>',
      'JavaScript or TypeScript module that describes the interface of the canister (docs/custom-target.md), or the URL of an HTTP service (docs/http-target.md)',
    ),
  httpToken: () =>
    new Option(
      '--http-token <file>',
      'bearer tokens of an HTTP service, one line "CAPSULE_ID TOKEN" per caller',
    ),
  messageTime: () =>
    new Option(
      '--message-time <time>',
      'wall-clock limit for one message of the canister on the embedded engine (default: 60s)',
    ).argParser(parseDuration),
  fault: () =>
    new Option('--fault <names>', 'seeded faults to enable in the reference canister, separated by commas'),
} as const;

export function addSubjectOptions(
  command: Command,
  names: readonly (keyof typeof SUBJECT_OPTIONS)[],
): Command {
  for (const name of names) command.addOption(SUBJECT_OPTIONS[name]().helpGroup(GROUPS.subject));
  return command;
}

/** @param fallback `undefined`: the command draws a random seed and prints it */
export function seedOption(fallback: number | undefined): Option {
  const text = 'random seed; the same seed generates the same schedules';
  return new Option('--seed <n>', fallback === undefined ? `${text} (default: random, printed)` : text)
    .argParser(parseSeed)
    .default(fallback)
    .helpGroup(GROUPS.campaign);
}

export function profileOption(fallback: ProfileName): Option {
  return new Option('--profile <name>', 'size and fault rate of generated schedules')
    .choices(Object.keys(PROFILES))
    .default(fallback)
    .helpGroup(GROUPS.campaign);
}

/** @param what describes the count, for example `number of schedules to run` */
export function countOption(flags: string, what: string, fallback?: number): Option {
  return new Option(flags, what).argParser(parseCount).default(fallback).helpGroup(GROUPS.campaign);
}

/** @param what the threads run */
export function workersOption(what = 'schedules'): Option {
  return new Option(
    '--workers <n>',
    `number of threads that run ${what}; the result does not depend on it (default: one per core, fewer for a short campaign)`,
  )
    .argParser(parseAtMost(WORKERS_MAX))
    .helpGroup(GROUPS.campaign);
}

export function durationOption(flags: string, what: string): Option {
  return new Option(flags, what).argParser(parseDuration).helpGroup(GROUPS.campaign);
}

export function shrinkBudgetOption(): Option {
  return durationOption(
    '--shrink-budget <time>',
    'time limit for shrinking one finding (default: 100,000 calls)',
  );
}

export function rulesOption(): Option {
  return new Option(
    '--rules <names>',
    'layers (facts, relations, specification), rules, and relations to judge, separated by commas; docs/rules.md lists them (default: all that apply to the target)',
  )
    .argParser(parseRules)
    .helpGroup(GROUPS.campaign);
}

export function corpusOption(): Option {
  return new Option(
    '--corpus <folder>',
    `past failures to replay first (default: "${CORPUS_FOLDER_DEFAULT}" if it exists)`,
  ).helpGroup(GROUPS.campaign);
}

export function acceptOption(): Option {
  return new Option(
    '--accept <file>',
    `accepted deviations, which do not fail the run (default: "${ACCEPTED_FILE_DEFAULT}" if it exists)`,
  ).helpGroup(GROUPS.campaign);
}

export function storeOption(): Option {
  return new Option(
    '--store <file>',
    'store of findings (default: the variable UPLOAD_STRESS_STORE, or .upload-stress/findings.db in the folder of the project)',
  ).helpGroup(GROUPS.output);
}

export function commitOption(): Option {
  return new Option(
    '--commit <id>',
    'commit of the project, for the store (default: from the CI service or from git)',
  ).helpGroup(GROUPS.output);
}

export function replicaOption(flags: string, what: string, fallback: ReplicaName): Option {
  return new Option(flags, what)
    .choices(['embedded', 'pocketic'] satisfies readonly ReplicaName[])
    .default(fallback)
    .helpGroup(GROUPS.replica);
}

export function serverUrlOption(): Option {
  return new Option(
    '--server-url <url>',
    'URL of a running PocketIC server (default: start one if needed)',
  ).helpGroup(GROUPS.replica);
}

export interface OutputOptions {
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** @param outText what the output folder contains; undefined if the command writes no files */
export function addOutputOptions(
  command: Command,
  { out, isQuiet = true }: { readonly out?: string; readonly isQuiet?: boolean },
): Command {
  if (out !== undefined)
    command.addOption(new Option('--out <folder>', out).default(OUT_DEFAULT).helpGroup(GROUPS.output));
  command.addOption(jsonOption());
  if (isQuiet) command.addOption(new Option('--quiet', 'hide progress').helpGroup(GROUPS.output));
  return command;
}

export function jsonOption(): Option {
  return new Option('--json', 'print a single JSON document to stdout').helpGroup(GROUPS.output);
}

export function noColorOption(): Option {
  return new Option('--no-color', 'print plain text, like the variable NO_COLOR').helpGroup(GROUPS.output);
}

/** Adds a section with examples to the help. Each line is a command without `npx upload-stress`. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ npx upload-stress ${example}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
