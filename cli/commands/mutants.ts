/** `upload-stress mutants`: how many seeded faults campaigns find, and how fast. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import { InputError } from '../../harness/input-error.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { CANARY, MUTANTS_FORMAT_VERSION, type MutantsReport } from '../../reports/documents/mutants-report.js';
import type { CommandContext } from '../context.js';
import { environmentNow } from '../../campaigns/environment.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { withInterrupts } from '../interrupts.js';
import { readInputFile } from '../../campaigns/subject/inputs.js';
import type { ExamplesTrial, MutantsJob, MutantsMessage, Task, Trial } from '../../campaigns/mutants/job.js';
import { nextStep, renderMutants } from '../render-mutants.js';
import { mutantResults, totalsOf } from '../../campaigns/mutants/report.js';
import { openOutputFolder, type OutputFolder } from '../output-folder.js';
import { parseCount, parseDuration, parseSeed } from '../parse.js';
import {
  BUILT_IN_WASM,
  FAULTS_WASM,
  checkFault,
  knownFaults,
  type FaultDescription,
} from '../../campaigns/subject/subject.js';
import { createTerminal, wantsColor, type Terminal } from '../terminal.js';
import { workerEntry } from '../../campaigns/workers/entry.js';
import { supervise } from '../../campaigns/workers/supervisor.js';
import { shownPath, writeOutputs } from '../write-outputs.js';

interface MutantsOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly faults?: string;
  readonly profile: ProfileName;
  readonly budgetPerMutant?: number;
  readonly baseline: boolean;
  readonly json?: boolean;
  readonly out: string;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** More do not help: a thread keeps a core busy, and every one has canisters of its own in memory. */
const THREADS_MAX = 2;

export function addMutantsCommand(program: Command, { version }: CommandContext): void {
  program
    .command('mutants')
    .description('run campaigns on the seeded faults of the upload canister; exit 1 if one survives')
    .option('--seeds <n>', 'campaigns for each fault, from seeds in a row', parseCount, 1)
    .option('--first-seed <n>', 'the first of them', parseSeed, 1)
    .option('--faults <names>', 'only these, separated by commas (default: all of canister/faults.json)')
    .addOption(
      new Option('--profile <name>', 'how large and how wild schedules are')
        .choices(Object.keys(PROFILES))
        .default('default'),
    )
    .option(
      '--budget-per-mutant <time>',
      'end a campaign after so long, e.g. 60s (default: after the runs that the profile says)',
      parseDuration,
    )
    .option('--no-baseline', 'leave out the example-based suite')
    .option('--json', 'one JSON document on stdout and nothing else there')
    .option(
      '--out <folder>',
      'where mutants.json, the page and the counterexamples go',
      join('reports', 'out'),
    )
    .option('--quiet', 'no progress')
    .action(async (options: MutantsOptions) => {
      process.exitCode = await mutants(options, version);
    });
}

async function mutants(options: MutantsOptions, version: string): Promise<number> {
  const faults = chosenFaults(options.faults);
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal({ color: options.color, quiet: options.quiet === true });
    const started = new Date();
    const job = jobOf(options, faults);
    const gathered = await runThreads(job, terminal);
    const run = { mutants: faults, ...gathered };
    const results = mutantResults(run);
    const durationMs = Date.now() - started.getTime();
    const report: MutantsReport = {
      formatVersion: MUTANTS_FORMAT_VERSION,
      kind: 'mutants',
      tool: { name: 'upload-stress', version },
      wasm: { file: 'canister/wasm/upload-faults.wasm', sha256: job.faultsWasmSha256 },
      startedAt: started.toISOString(),
      durationMs,
      profile: options.profile,
      seeds: seedsOf(options),
      budgetMsPerMutant: options.budgetPerMutant ?? null,
      interrupted: gathered.interrupted,
      mutants: results,
      totals: totalsOf(run, results, durationMs),
      environment: environmentNow(),
    };
    const failure =
      results.length === 0 ? undefined : await save(folder, { report, trials: gathered.trials });
    const colors = pc.createColors(wantsColor(options.color, process.stdout));
    const savedIn = failure === undefined && results.length > 0 ? shownPath(folder.path) : undefined;
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(report, null, 2)}\n`
        : renderMutants(report, colors, nextStep(report, savedIn)),
    );
    if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
    const code = exitCode(report, terminal);
    return code === EXIT.ok && failure !== undefined ? EXIT.couldNotRun : code;
  } finally {
    folder.release();
  }
}

function chosenFaults(names: string | undefined): readonly FaultDescription[] {
  const known = knownFaults();
  if (names === undefined) return known;
  const asked = new Set(names.split(',').map((name) => name.trim()));
  for (const name of asked) checkFault(name, known);
  return known.filter(({ name }) => asked.has(name));
}

function seedsOf({ seeds, firstSeed }: MutantsOptions) {
  return Array.from({ length: seeds }, (_, index) => firstSeed + index);
}

function jobOf(options: MutantsOptions, faults: readonly FaultDescription[]): MutantsJob {
  const faultsWasm = readInputFile(FAULTS_WASM, 'wasm');
  // A seed of every mutant before the next seed: what Ctrl-C leaves is about all of them. The canary is the first of the faults.
  const campaigns = seedsOf(options).flatMap((seed) =>
    faults.map(({ name }): Task => ({ kind: 'campaign', mutant: name, seed })),
  );
  const examples = options.baseline
    ? faults.map(({ name }): Task => ({ kind: 'examples', mutant: name }))
    : [];
  return {
    tasks: [...campaigns, ...examples],
    next: new SharedArrayBuffer(4),
    faultsWasm,
    faultsWasmSha256: createHash('sha256').update(faultsWasm).digest('hex'),
    correctWasm: readInputFile(BUILT_IN_WASM, 'wasm'),
    profile: options.profile,
    budgetMs: options.budgetPerMutant,
  };
}

interface Gathered {
  readonly trials: readonly Trial[];
  readonly examples: readonly ExamplesTrial[];
  readonly interrupted: boolean;
}

/** @throws InputError for what a thread could not do, unless the user stopped it */
async function runThreads(job: MutantsJob, terminal: Terminal): Promise<Gathered> {
  const trials: Trial[] = [];
  const examples: ExamplesTrial[] = [];
  let unusable: string | undefined;
  let interrupted = false;
  const started = performance.now();
  const onMessage = (message: MutantsMessage) => {
    if (message.type === 'unusable') {
      unusable ??= message.line;
      for (const worker of workers) worker.stop();
      return;
    }
    if (message.type === 'trial') trials.push(message.trial);
    else examples.push(message.trial);
    terminal.live(progressText(job, { trials, examples, elapsedMs: performance.now() - started }));
  };
  const count = Math.min(THREADS_MAX, availableParallelism(), job.tasks.length);
  const workers = Array.from({ length: count }, () =>
    supervise<MutantsJob, MutantsMessage>({ entry: workerEntry('mutants-worker'), job, onMessage }),
  );
  const interrupt = () => {
    interrupted = true;
    for (const worker of workers) worker.stop();
  };
  await withInterrupts(interrupt, async () => {
    const ends = await Promise.all(workers.map(({ end }) => end));
    terminal.clear();
    if (unusable !== undefined && !interrupted) throw new InputError(unusable);
    for (const end of ends) if (end.kind === 'crashed') throw end.error;
  });
  return { trials, examples, interrupted };
}

interface Progress extends Pick<Gathered, 'trials' | 'examples'> {
  readonly elapsedMs: number;
}

/** Campaigns differ, so the time left is a guess from those done. */
function progressText({ tasks }: MutantsJob, { trials, examples, elapsedMs }: Progress) {
  const survived = trials.filter(({ kill }) => kill === undefined);
  const last = survived.at(-1);
  const missed = last === undefined ? '' : ` | not killed: ${last.mutant} (seed ${last.seed})`;
  const killed = trials.length - survived.length;
  const done = trials.length + examples.length;
  const schedules = trials.reduce((sum, { runs }) => sum + runs, 0);
  const rate = elapsedMs > 0 ? ` | ${((schedules / elapsedMs) * 1_000).toFixed(0)} schedules/s` : '';
  const left = Math.ceil(((elapsedMs / done) * (tasks.length - done)) / 1_000);
  return `${done} of ${tasks.length} | ${killed} of ${trials.length} campaigns killed${missed}${rate} | about ${left} s left`;
}

interface Saving {
  readonly report: MutantsReport;
  readonly trials: readonly Trial[];
}

/** Undefined if all was written; else why not, one line. */
async function save(folder: OutputFolder, { report, trials }: Saving): Promise<string | undefined> {
  const failure = await writeOutputs(folder, report);
  if (failure !== undefined) return failure;
  try {
    for (const { kill } of trials)
      if (kill !== undefined)
        await saveCounterexample(join(folder.path, 'mutants-counterexamples'), kill.counterexample);
    return undefined;
  } catch (error) {
    return `cannot write the counterexamples to ${folder.path}: ${reasonOf(error)}; pass --out with another folder`;
  }
}

function exitCode({ totals, interrupted }: MutantsReport, terminal: Terminal): number {
  if (totals.canaryKilled === false) {
    terminal.line(
      `upload-stress: the ${CANARY} survived: every campaign must find it, so the suite itself is broken`,
    );
  }
  if (totals.survived > 0) return EXIT.violated;
  return interrupted ? EXIT.interrupted : EXIT.ok;
}
