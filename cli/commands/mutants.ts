/** `upload-stress mutants`: how many seeded faults campaigns find, and how fast. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { Option, type Command } from 'commander';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { saveCounterexample } from '../../harness/corpus.js';
import { InputError } from '../../harness/input-error.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { withInterrupts } from '../interrupts.js';
import { readInputFile } from '../inputs.js';
import type { ExamplesTrial, MutantsJob, MutantsMessage, Task, Trial } from '../mutants/job.js';
import { renderMutants } from '../mutants/render.js';
import { CANARY, mutantResults, totalsOf, type MutantsReport } from '../mutants/report.js';
import { openOutputFolder, reason } from '../output-folder.js';
import { parseCount, parseDuration, parseSeed } from '../parse.js';
import { BUILT_IN_WASM, FAULTS_WASM, knownFaults, type FaultDescription } from '../subject.js';
import { createTerminal, wantsColor, type Terminal } from '../terminal.js';
import { workerEntry } from '../worker/entry.js';
import { supervise } from '../worker/supervisor.js';
import pc from 'picocolors';

interface MutantsOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly faults?: string;
  readonly profile: ProfileName;
  readonly budgetPerMutant?: number;
  readonly baseline: boolean;
  readonly json?: boolean;
  readonly out?: string;
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
    .option('--out <folder>', 'where mutants.json and the counterexamples go (default: nowhere)')
    .action(async (options: MutantsOptions) => {
      process.exitCode = await mutants(options, version);
    });
}

async function mutants(options: MutantsOptions, version: string): Promise<number> {
  const faults = chosenFaults(options.faults);
  const folder = options.out === undefined ? undefined : openOutputFolder(options.out);
  try {
    const terminal = createTerminal({ color: options.color, quiet: false });
    const started = performance.now();
    const job = jobOf(options, faults);
    const gathered = await runThreads(job, terminal);
    const run = { mutants: faults, ...gathered };
    const results = mutantResults(run);
    const report: MutantsReport = {
      tool: { name: 'upload-stress', version },
      wasm: { file: 'canister/wasm/upload-faults.wasm', sha256: job.faultsWasmSha256 },
      profile: options.profile,
      seeds: seedsOf(options),
      budgetMsPerMutant: options.budgetPerMutant ?? null,
      interrupted: gathered.interrupted,
      mutants: results,
      totals: totalsOf(run, results, performance.now() - started),
    };
    const colors = pc.createColors(wantsColor(options.color, process.stdout));
    process.stdout.write(
      options.json === true ? `${JSON.stringify(report, null, 2)}\n` : renderMutants(report, colors),
    );
    if (folder !== undefined) await save(folder.path, report, gathered.trials, terminal);
    return exitCode(report, terminal);
  } finally {
    folder?.release();
  }
}

function chosenFaults(names: string | undefined): readonly FaultDescription[] {
  const known = knownFaults();
  if (names === undefined) return known;
  const asked = new Set(names.split(',').map((name) => name.trim()));
  for (const name of asked) {
    if (!known.some((fault) => fault.name === name)) {
      throw new InputError(
        `no fault is called "${name}"; known: ${known.map((fault) => fault.name).join(', ')}`,
      );
    }
  }
  return known.filter(({ name }) => asked.has(name));
}

const seedsOf = ({ seeds, firstSeed }: MutantsOptions) =>
  Array.from({ length: seeds }, (_, index) => firstSeed + index);

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
  const onMessage = (message: MutantsMessage) => {
    if (message.type === 'unusable') {
      unusable ??= message.line;
      for (const worker of workers) worker.stop();
      return;
    }
    if (message.type === 'trial') trials.push(message.trial);
    else examples.push(message.trial);
    terminal.live(progressText(job, trials, examples));
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

function progressText({ tasks }: MutantsJob, trials: readonly Trial[], examples: readonly ExamplesTrial[]) {
  const survived = trials.filter(({ kill }) => kill === undefined);
  const last = survived.at(-1);
  const missed = last === undefined ? '' : ` | not killed: ${last.mutant} (seed ${last.seed})`;
  const killed = trials.length - survived.length;
  return `${trials.length + examples.length} of ${tasks.length} | ${killed} of ${trials.length} campaigns killed${missed}`;
}

async function save(
  folder: string,
  report: MutantsReport,
  trials: readonly Trial[],
  terminal: Terminal,
): Promise<void> {
  try {
    writeFileSync(join(folder, 'mutants.json'), `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw new InputError(`cannot write to ${folder}: ${reason(error)}; pass --out with another folder`);
  }
  for (const { kill } of trials) {
    if (kill !== undefined) await saveCounterexample(join(folder, 'counterexamples'), kill.counterexample);
  }
  terminal.line(`saved in ${relative(process.cwd(), folder) || '.'}`);
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
