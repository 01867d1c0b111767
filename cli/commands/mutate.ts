/** `upload-stress mutate`: options, terminal, and exit code. `campaigns/mutate/` creates and runs the mutants. */
import { createHash } from 'node:crypto';
import { Option, type Command } from 'commander';
import { scoreProblems, type ScoreLimits } from '../../campaigns/mutate/compare-scores.js';
import type { MutateSettings } from '../../campaigns/mutate/job.js';
import { startMutate, type MutateProgress } from '../../campaigns/mutate/mutate.js';
import { StateFile } from '../../campaigns/mutate/state-file.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import { writeOutputs } from '../../campaigns/output/write-outputs.js';
import { workersDefault } from '../../campaigns/parallel/parallel-runs.js';
import { readModule } from '../../campaigns/subject/inputs.js';
import { serviceUrl } from '../../campaigns/subject/service.js';
import { openSubject, resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { InputError } from '../../harness/input-error.js';
import { decodeAndValidate } from '../../replicas/embedded/wasm/instrument.js';
import { InvalidWasmError } from '../../replicas/embedded/wasm/instrumented-module.js';
import { unpackModule } from '../../replicas/embedded/wasm/unpack.js';
import type { ProfileName } from '../../generators/profile.js';
import { readDocumentOf } from '../../reports/documents/documents.js';
import type { MutationReport } from '../../reports/documents/mutation-report.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { parseCount, parsePercent } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  countOption,
  durationOption,
  GROUPS,
  profileOption,
  rulesOption,
  seedOption,
  workersOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { exitCodeWith, printResult } from '../print-result.js';
import { renderMutate } from '../render/render-mutate.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface MutateOptions extends SubjectOptions, OutputOptions {
  readonly sample: number | 'all';
  readonly runs: number;
  readonly budget?: number;
  readonly seed: number;
  readonly profile: ProfileName;
  readonly rules?: readonly string[];
  readonly since?: string;
  readonly workers?: number;
  readonly fresh?: boolean;
  readonly minScore?: number;
  readonly scoreBaseline?: string;
}

const SAMPLE_DEFAULT = 200;
const RUNS_DEFAULT = 100;

export function addMutateCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('mutate')
    .summary('change the module in small ways, and measure which changes the schedules notice')
    .description(
      'Change the module in small ways, one at a time: invert a comparison, shift a boundary, drop a store or a call of the System API. ' +
        'Measure which of these mutants break a rule. A mutant that survives shows code that no rule watches. The source is not needed.',
    );
  addSubjectOptions(command, ['wasm', 'initArg', 'target', 'messageTime', 'sourceMap'])
    .addOption(
      new Option(
        '--sample <n>',
        'number of mutants to run, drawn uniformly from those in reached code, or "all"',
      )
        .argParser(parseSample)
        .default(SAMPLE_DEFAULT)
        .helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option(
        '--since <module>',
        'mutate only functions that differ from those of this earlier module',
      ).helpGroup(GROUPS.campaign),
    )
    .addOption(countOption('--runs <n>', 'number of schedules', RUNS_DEFAULT))
    .addOption(durationOption('--budget <time>', 'time limit, e.g. 10m'))
    .addOption(seedOption(1))
    .addOption(profileOption('default'))
    .addOption(rulesOption())
    .addOption(workersOption())
    .addOption(
      new Option(
        '--fresh',
        'run every mutant again, also those with a result of an interrupted command',
      ).helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option('--min-score <percent>', 'exit with 1 if the score is lower')
        .argParser(parsePercent)
        .helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option(
        '--score-baseline <file>',
        'exit with 1 if a mutant that is detected in this earlier mutation.json is no longer detected',
      ).helpGroup(GROUPS.campaign),
    );
  addOutputOptions(command, {
    out: 'folder for mutation.json, the page, and the state of the command',
  }).action(async (options: MutateOptions) => {
    process.exitCode = await mutate(options, version);
  });
  addExamples(command, [
    'mutate --sample 50',
    'mutate --wasm mine.wasm --target my-target.ts --budget 10m',
    'mutate --wasm mine.wasm --target my-target.ts --since main.wasm --sample all --min-score 80',
    'mutate --rules facts,relations',
  ]);
}

function parseSample(text: string): number | 'all' {
  return text === 'all' ? text : parseCount(text);
}

async function mutate(options: MutateOptions, version: string): Promise<number> {
  const { minScore, scoreBaseline } = options;
  const baseline = scoreBaseline === undefined ? undefined : await readDocumentOf('mutation', scoreBaseline);
  const { settings, sinceLabel, target } = await settingsOf(options);
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal(options);
    const state = new StateFile(folder.path, settings, version, options.fresh === true);
    announce(terminal, settings, state);
    const { workers = workersDefault(), budget: budgetMs } = options;
    const running = startMutate(
      { settings, sinceLabel, target, version, workers, budgetMs, state },
      (progress) => terminal.live(progressText(progress, settings.runs)),
    );
    const report = await withInterrupts(running.stop, () => running.report).finally(() => terminal.clear());
    if (report === undefined) return EXIT.interrupted;
    const failure = await writeOutputs(folder, report);
    printResult(options, report, (colors) =>
      renderMutate(report, colors, failure === undefined ? shownPath(folder.path) : undefined),
    );
    if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
    return exitCodeWith(exitCodeOf(report, { minScore, baseline }, terminal), failure);
  } finally {
    folder.release();
  }
}

async function settingsOf(options: MutateOptions) {
  const { sample, runs, seed, profile, rules, since } = options;
  if (serviceUrl(options.target) !== undefined)
    throw new InputError(
      'mutate is not supported for HTTP services (--target URL), because there is no module',
    );
  const subject = await resolveSubject(options);
  const { target } = await openSubject(subject);
  const sinceModule = since === undefined ? undefined : readEarlierModule(since);
  const settings: MutateSettings = {
    subject,
    profile,
    seed,
    runs,
    rules,
    sample: sample === 'all' ? undefined : sample,
    since: sinceModule,
  };
  const sinceLabel =
    since === undefined || sinceModule === undefined
      ? null
      : { file: since, sha256: createHash('sha256').update(sinceModule).digest('hex') };
  return { settings, sinceLabel, target: target.name };
}

/** @throws InputError if the file is not readable, or is not a canister module */
function readEarlierModule(path: string): Uint8Array {
  const module = readModule(path);
  try {
    decodeAndValidate(unpackModule(module));
    return module;
  } catch (error) {
    if (!(error instanceof InvalidWasmError)) throw error;
    throw new InputError(`--since ${path}: it is not a canister module (${error.message.split('\n')[0]})`);
  }
}

function announce(
  terminal: Terminal,
  { subject, profile, seed }: MutateSettings,
  { earlier }: StateFile,
): void {
  const { colors } = terminal;
  terminal.note(colors.dim(`mutating ${subject.wasmLabel}, profile ${profile}, seed ${seed}`));
  if (earlier.size > 0)
    terminal.note(colors.dim(`using ${earlier.size} results of an earlier command; --fresh runs them again`));
}

function progressText(
  { plan, trials, baselineRuns, elapsedMs, resumed }: MutateProgress,
  runs: number,
): string {
  if (plan === undefined) return `${baselineRuns} of ${runs} schedules on the unchanged module`;
  const count = (...states: readonly string[]) => trials.filter(({ state }) => states.includes(state)).length;
  const done = trials.length - resumed;
  const left = plan.mutants.length - trials.length;
  const seconds = done > 0 ? ` | about ${Math.ceil(((elapsedMs / done) * left) / 1_000)} s left` : '';
  return `${trials.length} of ${plan.mutants.length} mutants | ${count('Killed', 'Timeout')} killed | ${count('Survived')} survived | ${count('Suspected')} suspected${seconds}`;
}

function exitCodeOf(report: MutationReport, limits: ScoreLimits, terminal: Terminal): number {
  if (report.interrupted) return EXIT.interrupted;
  const problems = scoreProblems(report, limits);
  for (const problem of problems) terminal.line(`upload-stress: ${visibleLine(problem)}`);
  return problems.length > 0 ? EXIT.violated : EXIT.ok;
}
