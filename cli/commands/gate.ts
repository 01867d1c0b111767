/** `upload-stress gate`: options, terminal, and exit code. `campaigns/gate/` does the work. */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import type { Tolerances } from '../../campaigns/gate/compare.js';
import { openBaseline, saveGate, startGate, updateBaseline } from '../../campaigns/gate/gate.js';
import type { GateHeader } from '../../campaigns/gate/gate-record.js';
import { readHistory } from '../../campaigns/gate/history.js';
import type { GateMessage } from '../../campaigns/gate/job.js';
import { planGate } from '../../campaigns/gate/plan.js';
import { WHOLE, type Shard } from '../../campaigns/gate/shard.js';
import { openOutputFolder, type OutputFolder } from '../../campaigns/output/output-folder.js';
import { resolveSubject } from '../../campaigns/subject/subject.js';
import { InputError } from '../../harness/input-error.js';
import {
  GATE_PARTS,
  gateVerdictOf,
  type GatePart,
  type GateReport,
  type HistoryEntry,
} from '../../reports/documents/gate-report.js';
import { emitGateAnnotations } from '../../reports/render/gate-annotations.js';
import type { CommandContext } from '../context.js';
import { GATE_EXIT } from '../gate-exit.js';
import { addLimitOptions, requestedLimits, type GateLimitOptions } from '../options/gate-limits.js';
import { addTolerance, parseShard } from '../options/gate-options.js';
import { parseDuration } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  corpusOption,
  rulesOption,
  seedOption,
  workersOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { exitCodeWith, printResult } from '../print-result.js';
import { nextStep, renderGate } from '../render/render-gate.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface GateOptions extends OutputOptions, GateLimitOptions {
  readonly baseline: string;
  readonly update?: boolean;
  /** Milliseconds. */
  readonly budget?: number;
  readonly shard: Shard;
  readonly tolerance?: Tolerances;
  readonly only: readonly GatePart[];
  readonly corpus?: string;
  readonly history?: string;
  readonly seed: number;
  readonly workers?: number;
  readonly rules?: readonly string[];
  readonly wasm?: string;
  readonly target?: string;
  readonly sourceMap?: string;
}

const BUDGET_MS = 120_000;
const BUDGET_WITH_SCORE_MS = 300_000;
const HISTORY_FILE = 'gate-history.jsonl';
const GATE_GROUP = 'Gate:';
const BASELINE_GROUP = 'Baseline:';

export function historyOption(): Option {
  return new Option(
    '--history <file>',
    `file to append the counters to, as JSON lines; the page plots it (default: ${HISTORY_FILE} in --out)`,
  ).helpGroup(BASELINE_GROUP);
}

export function addGateCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('gate')
    .summary('decide in CI whether a change may be merged')
    .description(
      'Decide in CI whether a change may be merged: counters against the baseline, seeded faults, past failures, and a campaign; on request the coverage and the mutation score of the module. Exit with 1 if something is broken, with 3 if a counter is above its baseline, and with 4 if too little was tested.',
    )
    .addOption(
      new Option('--only <parts...>', 'parts of the gate to run')
        .choices(GATE_PARTS)
        .default(GATE_PARTS, 'all')
        .helpGroup(GATE_GROUP),
    )
    .addOption(
      new Option('--budget <time>', 'time limit for the whole gate (default: 2m, or 5m if it runs mutants)')
        .argParser(parseDuration)
        .helpGroup(GATE_GROUP),
    )
    .addOption(
      new Option('--shard <i/n>', 'shard of the work to run; "merge" joins the results')
        .argParser(parseShard)
        .default(WHOLE, '1/1')
        .helpGroup(GATE_GROUP),
    )
    .addOption(
      new Option('--baseline <file>', 'counters to compare with')
        .default(join('reports', 'baseline.json'))
        .helpGroup(BASELINE_GROUP),
    )
    .addOption(
      new Option('--update', 'write the counters of this run to the baseline').helpGroup(BASELINE_GROUP),
    )
    .addOption(
      new Option(
        '--tolerance <counter=percent>',
        'allowed growth of a counter, or of one scenario with "scenario/counter=percent"; repeatable',
      )
        .argParser(addTolerance)
        .helpGroup(BASELINE_GROUP),
    )
    .addOption(historyOption())
    .addOption(seedOption(1))
    .addOption(workersOption('the schedules of the campaign'))
    .addOption(rulesOption())
    .addOption(corpusOption());
  addLimitOptions(command);
  addSubjectOptions(command, ['wasm', 'target', 'sourceMap']);
  addOutputOptions(command, { out: 'folder for gate.json, the page, and counterexamples' }).action(
    async (options: GateOptions) => {
      process.exitCode = await gate(options, version);
    },
  );
  addExamples(command, [
    'gate --update',
    'gate --only counters --tolerance cycles=2',
    'gate --shard 1/2 --budget 60s',
    'gate --min-coverage 20 --min-score 60',
    'gate --score-baseline main/mutation.json --coverage-baseline main/coverage.json',
  ]);
}

async function gate(options: GateOptions, version: string): Promise<number> {
  const { shard, seed, rules, corpus, budget, update = false, tolerance = {} } = options;
  checkUpdate(options);
  const subject = await resolveSubject(options);
  const baseline = update
    ? undefined
    : { path: options.baseline, content: await openBaseline(options.baseline, subject) };
  const { only, limits, scoreSample } = await requestedLimits(options, { sha256: subject.wasmSha256 });
  const folder = openOutputFolder(options.out);
  try {
    const findingsFolder = join(folder.path, 'counterexamples');
    const job = await planGate({
      subject,
      only,
      shard,
      corpus,
      seed,
      rules,
      budgetMs: budget ?? (scoreSample === undefined ? BUDGET_MS : BUDGET_WITH_SCORE_MS),
      workers: options.workers ?? 'auto',
      findingsFolder,
      hasCoverage: limits.coverage !== undefined,
      scoreSample,
    });
    const terminal = createTerminal(options);
    const historyFile = historyFileOf(options, folder);
    const history = shard.count === 1 ? await readEarlierGates(historyFile, terminal) : [];
    const header: GateHeader = { version, shard, only, tolerances: tolerance, baseline, history, limits };
    const running = startGate(job, header, folder, (message) => showMessage(terminal, message));
    const outcome = await withInterrupts(running.stop, () => running.outcome).finally(() => terminal.clear());
    const { report } = outcome;
    const isUpdated = update ? await updateBaseline(options.baseline, report, subject) : undefined;
    const failure = await saveGate(outcome, folder, historyFile);
    printGate(report, { ...options, folder, isUpdated, failure });
    return exitCodeWith(GATE_EXIT[gateVerdictOf(report)], failure);
  } finally {
    folder.release();
  }
}

function checkUpdate({ update = false, shard, only }: GateOptions): void {
  if (update && shard.count > 1)
    throw new InputError('--update needs the counters of the whole gate; omit --shard');
  if (update && !only.includes('counters'))
    throw new InputError('--update needs the counters; add "counters" to --only, or omit --only');
}

export function historyFileOf({ history }: { readonly history?: string }, { path }: OutputFolder): string {
  return history ?? join(path, HISTORY_FILE);
}

/** The latest entries of the history file, oldest first. */
export async function readEarlierGates(
  historyFile: string,
  terminal: Terminal,
): Promise<readonly HistoryEntry[]> {
  const { entries, unreadable } = await readHistory(historyFile);
  if (unreadable > 0)
    terminal.line(`history ${shownPath(historyFile)}: ${unreadable} unreadable lines are ignored`);
  return entries;
}

function showMessage(terminal: Terminal, message: GateMessage): void {
  const { colors } = terminal;
  if (message.type === 'progress')
    terminal.live(`${message.text}${colors.dim(` | ${message.secondsLeft} s left`)}`);
  else if (message.type === 'finding') terminal.line(colors.red(`found: ${message.rule}`));
}

interface Printing extends Pick<GateOptions, 'json' | 'color'> {
  /** Path of the baseline file. */
  readonly baseline: string;
  readonly folder: OutputFolder;
  /** Whether the baseline was written; undefined if the user did not ask for it. */
  readonly isUpdated: boolean | undefined;
  /** Why the reports could not be written. */
  readonly failure: string | undefined;
}

/** Prints the result to stdout, annotations for the CI service, and problems to stderr. */
export function printGate(report: GateReport, options: Printing): void {
  const { json, baseline, folder, isUpdated, failure } = options;
  const page = failure === undefined ? shownPath(join(folder.path, 'index.html')) : undefined;
  const next =
    isUpdated === true
      ? `${baseline} now contains the counters of this run. Commit it, so that a reviewer can read the diff.`
      : nextStep(report, { baselinePath: baseline, page });
  printResult(options, report, (colors) => renderGate(report, colors, next));
  // Only the whole gate is annotated, not its shards, so that no finding is annotated twice.
  const unannotated =
    report.shard.count > 1
      ? undefined
      : emitGateAnnotations(report, {
          env: process.env,
          stream: json === true ? process.stderr : process.stdout,
          baselinePath: baseline,
        });
  const notUpdated = isUpdated === false ? `${baseline} was not changed` : undefined;
  for (const line of [notUpdated, failure, unannotated])
    if (line !== undefined) process.stderr.write(`upload-stress: ${line}\n`);
}
