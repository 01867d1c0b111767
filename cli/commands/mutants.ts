/** `upload-stress mutants`: options, terminal, and exit code. `campaigns/mutants/` runs the campaigns. */
import { Option, type Command } from 'commander';
import {
  saveMutants,
  startMutants,
  type MutantsProgress,
  type MutantsRequest,
} from '../../campaigns/mutants/mutants.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { checkFault, knownFaults, type FaultDescription } from '../../campaigns/subject/subject.js';
import type { ProfileName } from '../../generators/profile.js';
import { CANARY, type MutantsReport } from '../../reports/documents/mutants-report.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { parseSeed } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  countOption,
  durationOption,
  GROUPS,
  profileOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { exitCodeWith, printResult } from '../print-result.js';
import { nextStep, renderFaults, renderMutants } from '../render/render-mutants.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface MutantsOptions extends OutputOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly faults?: string;
  readonly list?: boolean;
  readonly profile: ProfileName;
  /** Milliseconds. */
  readonly budgetPerMutant?: number;
  readonly baseline: boolean;
}

export function addMutantsCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('mutants')
    .summary('measure which seeded faults campaigns find')
    .description(
      'Measure which seeded faults of the reference canister campaigns find, and how fast. Exit with 1 if one survives.',
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
    .addOption(profileOption('default'))
    .addOption(
      durationOption(
        '--budget-per-mutant <time>',
        'time limit per campaign, e.g. 60s (default: the number of schedules of the profile)',
      ),
    )
    .addOption(new Option('--no-baseline', 'skip the example-based suite').helpGroup(GROUPS.campaign));
  addOutputOptions(command, { out: 'folder for mutants.json, the page, and counterexamples' }).action(
    async (options: MutantsOptions) => {
      process.exitCode = options.list === true ? list(options) : await mutants(options, version);
    },
  );
  addExamples(command, [
    'mutants --list',
    'mutants --profile quick --no-baseline',
    'mutants --faults canary,gaps-by-count --seeds 5 --budget-per-mutant 60s',
  ]);
}

function list(options: MutantsOptions): number {
  const faults = knownFaults();
  printResult(options, faults, (colors) => renderFaults(faults, colors));
  return EXIT.ok;
}

async function mutants(options: MutantsOptions, version: string): Promise<number> {
  const request = requestOf(options, version);
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal(options);
    const running = startMutants(request, (progress) => terminal.live(progressText(progress)));
    const outcome = await withInterrupts(running.stop, () => running.outcome).finally(() => terminal.clear());
    const { report } = outcome;
    const isEmpty = report.mutants.length === 0;
    const failure = isEmpty ? undefined : await saveMutants(outcome, folder);
    const savedIn = failure === undefined && !isEmpty ? shownPath(folder.path) : undefined;
    printResult(options, report, (colors) => renderMutants(report, colors, nextStep(report, savedIn)));
    if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
    return exitCodeWith(exitCodeOf(report, terminal), failure);
  } finally {
    folder.release();
  }
}

function requestOf(options: MutantsOptions, version: string): MutantsRequest {
  const { seeds, firstSeed, profile, budgetPerMutant, baseline } = options;
  return {
    faults: selectedFaults(options.faults),
    seeds: Array.from({ length: seeds }, (_, index) => firstSeed + index),
    profile,
    budgetMs: budgetPerMutant,
    hasExamples: baseline,
    version,
  };
}

function selectedFaults(names: string | undefined): readonly FaultDescription[] {
  const known = knownFaults();
  if (names === undefined) return known;
  const selected = new Set(names.split(',').map((name) => name.trim()));
  for (const name of selected) checkFault(name, known);
  return known.filter(({ name }) => selected.has(name));
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

function exitCodeOf({ totals, interrupted }: MutantsReport, terminal: Terminal): number {
  if (totals.canaryKilled === false) {
    terminal.line(
      `upload-stress: the mutant "${CANARY}" survived; every campaign must find it, so the suite itself is broken`,
    );
  }
  if (totals.survived > 0) return EXIT.violated;
  return interrupted ? EXIT.interrupted : EXIT.ok;
}
