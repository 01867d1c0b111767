/** `upload-stress mutants`: options, terminal, and exit code. `campaigns/mutants/` runs the campaigns. */
import { Option, type Command } from 'commander';
import {
  saveMutants,
  startMutants,
  type MutantsProgress,
  type MutantsRequest,
} from '../../campaigns/mutants/mutants.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import {
  listFaults,
  openMutantsSubject,
  type MutantsSubjectOptions,
} from '../../campaigns/mutants/mutants-subject.js';
import type { ProfileName } from '../../generators/profile.js';
import { workersDefault } from '../../campaigns/parallel/parallel-runs.js';
import { CANARY, type MutantsReport } from '../../reports/documents/mutants-report.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { parseSeed } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  countOption,
  durationOption,
  GROUPS,
  profileOption,
  rulesOption,
  workersOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { exitCodeWith, printResult } from '../print-result.js';
import { reportNeverSucceeded } from '../report-never-succeeded.js';
import { nextStep, renderFaults, renderMutants } from '../render/render-mutants.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface MutantsOptions extends OutputOptions, MutantsSubjectOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly list?: boolean;
  readonly profile: ProfileName;
  /** Milliseconds. */
  readonly budgetPerMutant?: number;
  readonly rules?: readonly string[];
  readonly baseline: boolean;
  readonly workers?: number;
}

export function addMutantsCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('mutants')
    .summary('measure which seeded faults campaigns find')
    .description(
      'Measure which seeded faults of a canister campaigns find, and how fast. Exit with 1 if one survives. ' +
        'The default is the reference canister. For another one, pass its target, a module with seeded faults, and their list.',
    )
    .addOption(new Option('--wasm <path>', 'canister module with seeded faults').helpGroup(GROUPS.subject))
    .addOption(
      new Option(
        '--correct-wasm <path>',
        'canister module without faults (default: the module of --wasm, without a fault)',
      ).helpGroup(GROUPS.subject),
    )
    .addOption(
      new Option(
        '--fault-list <file>',
        'JSON list of the faults, [{ "name", "description" }] (default: faults.json beside the target)',
      ).helpGroup(GROUPS.subject),
    )
    .addOption(
      new Option(
        '--faults <names>',
        'names of the faults to run, separated by commas (default: all)',
      ).helpGroup(GROUPS.subject),
    )
    .addOption(new Option('--list', 'list the seeded faults and exit').helpGroup(GROUPS.subject))
    .addOption(countOption('--seeds <n>', 'campaigns per fault (consecutive seeds)', 1))
    .addOption(
      new Option('--first-seed <n>', 'first random seed')
        .argParser(parseSeed)
        .default(1)
        .helpGroup(GROUPS.campaign),
    )
    .addOption(workersOption('campaigns'))
    .addOption(profileOption('default'))
    .addOption(rulesOption())
    .addOption(
      durationOption(
        '--budget-per-mutant <time>',
        'time limit per campaign, e.g. 60s (default: the number of schedules of the profile)',
      ),
    )
    .addOption(new Option('--no-baseline', 'skip the example-based suite').helpGroup(GROUPS.campaign));
  addSubjectOptions(command, ['target']);
  addOutputOptions(command, { out: 'folder for mutants.json, the page, and counterexamples' }).action(
    async (options: MutantsOptions) => {
      process.exitCode = options.list === true ? await list(options) : await mutants(options, version);
    },
  );
  addExamples(command, [
    'mutants --list',
    'mutants --profile quick --no-baseline',
    'mutants --rules facts,relations --seeds 3',
    'mutants --faults canary,gaps-by-count --seeds 5 --budget-per-mutant 60s',
    'mutants --target my-target.ts --wasm my-canister-faults.wasm --budget-per-mutant 60s',
  ]);
}

async function list(options: MutantsOptions): Promise<number> {
  const faults = await listFaults(options);
  printResult(options, faults, (colors) => renderFaults(faults, colors));
  return EXIT.ok;
}

async function mutants(options: MutantsOptions, version: string): Promise<number> {
  const request = await requestOf(options, version);
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal(options);
    const running = startMutants(request, (progress) => terminal.live(progressText(progress)));
    const outcome = await withInterrupts(running.stop, () => running.outcome).finally(() => terminal.clear());
    const { report } = outcome;
    const flags = (['target', 'wasm'] as const)
      .flatMap((name) => (options[name] === undefined ? [] : [`--${name} ${options[name]} `]))
      .join('');
    const isEmpty = report.mutants.length === 0;
    const failure = isEmpty ? undefined : await saveMutants(outcome, folder);
    const savedIn = failure === undefined && !isEmpty ? shownPath(folder.path) : undefined;
    printResult(options, report, (colors) => renderMutants(report, colors, nextStep(report, savedIn, flags)));
    if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
    return exitCodeWith(exitCodeOf(report, terminal), failure);
  } finally {
    folder.release();
  }
}

async function requestOf(options: MutantsOptions, version: string): Promise<MutantsRequest> {
  const { seeds, firstSeed, profile, budgetPerMutant, baseline } = options;
  const subject = await openMutantsSubject(options);
  return {
    subject,
    seeds: Array.from({ length: seeds }, (_, index) => firstSeed + index),
    profile,
    rules: options.rules,
    budgetMs: budgetPerMutant,
    workers: options.workers ?? workersDefault(),
    // The example-based suite is written for the reference canister.
    hasExamples: baseline && subject.targetModule === undefined,
    version,
  };
}

/** Campaigns take different times, so the time left is an estimate. */
function progressText({ trials, examples, tasks, elapsedMs }: MutantsProgress): string {
  const survived = trials.filter(({ kill }) => kill === undefined);
  const last = survived.at(-1);
  const missed = last === undefined ? '' : ` | survived: ${last.mutant} (seed ${last.seed})`;
  const killed = trials.length - survived.length;
  const done = trials.length + examples.length;
  const schedules = trials.reduce((sum, { runs }) => sum + runs, 0);
  const rate = elapsedMs > 0 ? ` | ${((schedules / elapsedMs) * 1_000).toFixed(0)} schedules/s` : '';
  const left = Math.ceil(((elapsedMs / done) * (tasks - done)) / 1_000);
  return `${done} of ${tasks} | ${killed} of ${trials.length} campaigns killed${missed}${rate} | about ${left} s left`;
}

function exitCodeOf({ totals, interrupted, neverSucceeded }: MutantsReport, terminal: Terminal): number {
  if (totals.canaryKilled === false) {
    terminal.line(
      `upload-stress: the mutant "${CANARY}" survived; every campaign must find it, so the suite itself is broken`,
    );
  }
  if (totals.survived > 0) return EXIT.violated;
  if (interrupted) return EXIT.interrupted;
  return reportNeverSucceeded(neverSucceeded, terminal) ? EXIT.statesMissing : EXIT.ok;
}
