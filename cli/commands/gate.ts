/** `upload-stress gate`: counters against the baseline, a smoke set of mutants, the corpus and a campaign, within a budget. */
import { withInterrupts } from '../interrupts.js';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { SCENARIOS } from '../../campaigns/benchmark/counters.js';
import { PROFILES } from '../../generators/profile.js';
import { listCorpus } from '../../harness/counterexamples/corpus.js';
import { InputError } from '../../harness/input-error.js';
import {
  GATE_PARTS,
  gateVerdictOf,
  historyEntryOf,
  type GatePart,
  type GateReport,
  type HistoryEntry,
} from '../../reports/documents/gate-report.js';
import { emitGateAnnotations } from '../../reports/render/gate-annotations.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { environmentCommit } from '../../campaigns/gate/ci-variables.js';
import { baselineOf, readBaseline, writeBaseline, type Baseline } from '../../campaigns/gate/baseline.js';
import type { Tolerances } from '../../campaigns/gate/compare.js';
import { GATE_EXIT } from '../../campaigns/gate/gate-exit.js';
import { appendHistory, readHistory } from '../../campaigns/gate/history.js';
import { GATE_PROFILE, SMOKE_MUTANTS, type GateJob, type GateMessage } from '../../campaigns/gate/job.js';
import { GateRecord } from '../../campaigns/gate/record.js';
import { nextStep, renderGate } from '../render-gate.js';
import { parseShard, runsOf, shareOf, WHOLE, type Shard } from '../../campaigns/gate/shard.js';
import { addTolerance } from '../../campaigns/gate/tolerance.js';
import { readInputFile } from '../../campaigns/subject/inputs.js';
import { openOutputFolder, type OutputFolder } from '../output-folder.js';
import { parseDuration, parseSeed } from '../parse.js';
import { FAULTS_WASM, resolveSubject, type SubjectSpec } from '../../campaigns/subject/subject.js';
import { createTerminal, wantsColor, type Terminal } from '../terminal.js';
import { workerEntry } from '../../campaigns/workers/entry.js';
import { supervise } from '../../campaigns/workers/supervisor.js';
import { shownPath, writeOutputs } from '../write-outputs.js';

interface GateOptions {
  readonly baseline: string;
  readonly update?: boolean;
  readonly budget: number;
  readonly shard: Shard;
  readonly tolerance?: Tolerances;
  readonly only: readonly GatePart[];
  readonly corpus?: string;
  readonly history?: string;
  readonly seed: number;
  readonly wasm?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

const CORPUS_DEFAULT = 'corpus';
export const HISTORY_FILE = 'gate-history.jsonl';

export function addGateCommand(program: Command, context: CommandContext): void {
  program
    .command('gate')
    .description('for CI: exit 1 if something is broken, 3 if a counter is above its baseline')
    .option('--baseline <file>', 'the counters to compare with', join('reports', 'baseline.json'))
    .option('--update', 'write the counters of this run to the baseline')
    .option('--budget <time>', 'for all of it', parseDuration, 120_000)
    .option('--shard <i/n>', 'only the i-th of n parts; merge joins the results', parseShard, WHOLE)
    .option(
      '--tolerance <counter=percent>',
      'let a counter grow so much; of one scenario with "scenario/counter=percent"; may be given again',
      addTolerance,
    )
    .addOption(
      new Option('--only <parts...>', 'of the gate').choices(GATE_PARTS).default(GATE_PARTS, 'all of it'),
    )
    .option('--corpus <folder>', `past failures (default: ${CORPUS_DEFAULT}, if there is one)`)
    .option(
      '--history <file>',
      `JSON lines of counters that each gate adds to and the page plots (default: ${HISTORY_FILE} in --out)`,
    )
    .option('--seed <n>', 'of the campaigns', parseSeed, 1)
    .option('--wasm <path>', 'the canister (default: the upload canister of this package)')
    .option('--out <folder>', 'where gate.json, the page and new counterexamples go', join('reports', 'out'))
    .option('--json', 'one JSON document on stdout and nothing else there')
    .option('--quiet', 'no progress')
    .action(async (options: GateOptions) => {
      process.exitCode = await gate(options, context);
    });
}

async function gate(options: GateOptions, { version }: CommandContext): Promise<number> {
  const { shard, only, update = false } = options;
  if (update && shard.count > 1)
    throw new InputError('--update needs the counters of the whole gate; leave out --shard');
  if (update && !only.includes('counters'))
    throw new InputError('--update needs the counters; name them with --only, or leave it out');
  const subject = await resolveSubject(options.wasm === undefined ? {} : { wasm: options.wasm });
  const old = await openBaseline(options, subject);
  const folder = openOutputFolder(options.out);
  try {
    const started = new Date();
    const work = shareOf(await allWork(options), shard);
    const job = jobOf(options, { subject, work, findingsFolder: join(folder.path, 'counterexamples') });
    const isMine = (scenario: string) =>
      only.includes('counters') &&
      (job.scenarios.includes(scenario) ||
        (shard.index === 1 && !SCENARIOS.some(({ name }) => name === scenario)));
    const terminal = createTerminal({ color: options.color, quiet: options.quiet === true });
    const isWhole = shard.count === 1;
    const historyFile = options.history ?? join(folder.path, HISTORY_FILE);
    const record = new GateRecord({
      ...{ job, version, shard, only, isMine, started },
      history: isWhole ? await pastOf(historyFile, terminal) : [],
      tolerances: options.tolerance ?? {},
      baseline: update ? undefined : { path: options.baseline, content: old! },
    });
    await superviseGate(job, record, terminal);
    const result = record.result(Date.now() - started.getTime());
    const updated = update ? await updateBaseline(options.baseline, { result, subject, old }) : undefined;
    const failure = await keep(result, { folder, historyFile });
    report(result, { ...options, folder, updated, failure });
    const code = GATE_EXIT[gateVerdictOf(result)];
    return code === EXIT.ok && failure !== undefined ? EXIT.couldNotRun : code;
  } finally {
    folder.release();
  }
}

/** Earlier gates; says what of the file could not be read. */
export async function pastOf(historyFile: string, terminal: Terminal): Promise<readonly HistoryEntry[]> {
  const { entries, unreadable } = await readHistory(historyFile);
  if (unreadable > 0)
    terminal.line(`history ${shownPath(historyFile)}: ${unreadable} lines cannot be read and are left out`);
  return entries;
}

interface Keeping {
  readonly folder: OutputFolder;
  readonly historyFile: string;
}

/** Reports, and a line of the history for a whole gate that has all of its counters. Answers why it could not, one line. */
export async function keep(
  result: GateReport,
  { folder, historyFile }: Keeping,
): Promise<string | undefined> {
  const failure = await writeOutputs(folder, result);
  if (failure !== undefined || result.shard.count > 1) return failure;
  const isCounted = result.only.includes('counters') && result.counters.length > 0;
  if (!isCounted || result.notDone.some((what) => what.startsWith('counters'))) return undefined;
  const entry = historyEntryOf(result, environmentCommit(process.env));
  return appendHistory(historyFile, entry).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** With --update a baseline that is missing or damaged is no obstacle. @throws InputError if it is of another canister */
async function openBaseline(
  { baseline: path, update = false }: GateOptions,
  { wasmLabel }: SubjectSpec,
): Promise<Baseline | undefined> {
  if (update) return readBaseline(path).catch(() => undefined);
  const baseline = await readBaseline(path);
  if (baseline.canister !== wasmLabel) {
    throw new InputError(
      `baseline ${path}: it is of ${baseline.canister}, not of ${wasmLabel}; name that module with --wasm, or another file with --baseline`,
    );
  }
  return baseline;
}

interface Work {
  readonly kind: 'scenario' | 'mutant' | 'corpus';
  readonly name: string;
}

/** In an order that is the same for every part. */
async function allWork({ corpus, wasm, only }: GateOptions): Promise<readonly Work[]> {
  const hasCorpus = only.includes('corpus') && (corpus !== undefined || existsSync(CORPUS_DEFAULT));
  const files = hasCorpus ? await listCorpus(corpus ?? CORPUS_DEFAULT) : [];
  const scenarios = only.includes('counters') ? SCENARIOS.map(({ name }) => name) : [];
  // The seeded faults are of the package's own canister.
  const mutants = only.includes('mutants') && wasm === undefined ? SMOKE_MUTANTS : [];
  return [
    ...scenarios.map((name): Work => ({ kind: 'scenario', name })),
    ...mutants.map((name): Work => ({ kind: 'mutant', name })),
    ...files.map((name): Work => ({ kind: 'corpus', name })),
  ];
}

function jobOf(
  { wasm, seed, budget, shard, only }: GateOptions,
  { subject, work, findingsFolder }: Pick<GateJob, 'subject' | 'findingsFolder'> & { work: readonly Work[] },
): GateJob {
  const named = (kind: Work['kind']) => work.filter((each) => each.kind === kind).map(({ name }) => name);
  const faultsWasm = wasm === undefined ? readInputFile(FAULTS_WASM, 'wasm') : undefined;
  return {
    ...{ subject, seed, findingsFolder },
    scenarios: named('scenario'),
    mutants: named('mutant'),
    corpus: named('corpus'),
    faults:
      faultsWasm === undefined
        ? undefined
        : { wasm: faultsWasm, sha256: createHash('sha256').update(faultsWasm).digest('hex') },
    ...runsOf(only.includes('campaign') ? PROFILES[GATE_PROFILE].runs : 0, shard),
    budgetMs: budget,
  };
}

/** @throws InputError for what could not be done */
async function superviseGate(job: GateJob, record: GateRecord, terminal: Terminal): Promise<void> {
  const onMessage = (message: GateMessage) => {
    record.take(message);
    if (message.type === 'progress')
      terminal.live(`${message.text}${terminal.colors.dim(` | ${message.secondsLeft} s left`)}`);
    else if (message.type === 'finding') terminal.line(terminal.colors.red(`found: ${message.rule}`));
  };
  const worker = supervise<GateJob, GateMessage>({ entry: workerEntry('gate-worker'), job, onMessage });
  const interrupt = () => {
    record.interrupted = true;
    worker.stop();
  };
  await withInterrupts(interrupt, async () => {
    const end = await worker.end;
    terminal.clear();
    if (record.unusable !== undefined) throw new InputError(record.unusable);
    if (end.kind === 'crashed') throw end.error;
  });
}

interface Updating {
  readonly result: GateReport;
  readonly subject: SubjectSpec;
  readonly old: Baseline | undefined;
}

/** What is broken or half done is no measure for others. Answers what happened, in words. */
async function updateBaseline(path: string, { result, subject, old }: Updating): Promise<string> {
  const verdict = gateVerdictOf(result);
  if (verdict !== 'held') return `${path} is left as it was.`;
  const header = { canister: subject.wasmLabel, wasmSha256: subject.wasmSha256, engine: result.engine };
  await writeBaseline(path, baselineOf(header, result.counters, old));
  return `${path} has the counters of this run: commit it, and let a reviewer read its diff.`;
}

interface Reporting extends Pick<GateOptions, 'json' | 'color' | 'baseline'> {
  readonly folder: OutputFolder;
  readonly updated: string | undefined;
  /** Why nothing could be saved. */
  readonly failure: string | undefined;
}

/** What is printed: the result, then what went wrong beside it. */
export function report(
  result: GateReport,
  { json, color, baseline, folder, updated, failure }: Reporting,
): void {
  const page = failure === undefined ? shownPath(join(folder.path, 'index.html')) : undefined;
  const next = nextStep(result, { baselinePath: baseline, page });
  const colors = pc.createColors(wantsColor(color, process.stdout));
  const isHeld = gateVerdictOf(result) === 'held';
  process.stdout.write(
    json === true
      ? `${JSON.stringify(result, null, 2)}\n`
      : renderGate(result, colors, updated !== undefined && isHeld ? updated : next),
  );
  const stream = json === true ? process.stderr : process.stdout;
  // Of parts only the whole is annotated, or everything would be said twice.
  const unannotated =
    result.shard.count > 1
      ? undefined
      : emitGateAnnotations(result, { env: process.env, stream, baselinePath: baseline });
  for (const line of [isHeld ? undefined : updated, failure, unannotated])
    if (line !== undefined) process.stderr.write(`upload-stress: ${line}\n`);
}
