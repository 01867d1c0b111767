/** `upload-stress explore`: options, terminal, and exit code. `campaigns/explore/` runs the orders. */
import { join } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import { startExploration } from '../../campaigns/explore/explore.js';
import type { ExploreJob, ExploreMessage } from '../../campaigns/explore/job.js';
import {
  STRATEGY_NAMES,
  type StrategyName,
  type WorkloadSource,
} from '../../campaigns/workloads/workloads-job.js';
import { workloadSource } from '../../campaigns/explore/workload-source.js';
import { openOutputFolder, type OutputFolder } from '../../campaigns/output/output-folder.js';
import { writeOutputs } from '../../campaigns/output/write-outputs.js';
import { serviceUrl } from '../../campaigns/subject/service.js';
import { workersDefault } from '../../campaigns/parallel/parallel-runs.js';
import { resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { NAMED_WORKLOADS } from '../../explore/named-workloads.js';
import { InputError } from '../../harness/input-error.js';
import type { ExploreReport } from '../../reports/documents/explore-report.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { parseSize } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  countOption,
  durationOption,
  GROUPS,
  rulesOption,
  seedOption,
  shrinkBudgetOption,
  workersOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { printResult } from '../print-result.js';
import { exploreProgress, renderExplore } from '../render/render-explore.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { shownPath } from '../terminal/shown-path.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface ExploreOptions extends SubjectOptions, OutputOptions {
  readonly replica: ExploreJob['replica'];
  readonly strategy: StrategyName;
  readonly depth: number;
  readonly generated?: number;
  readonly workers?: number;
  readonly orders?: number;
  readonly budget?: number;
  readonly memory?: number;
  readonly seed: number;
  readonly reduction: boolean;
  readonly states: boolean;
  readonly rules?: readonly string[];
  readonly maxFindings: number;
  readonly shrinkBudget?: number;
}

/** Without a time limit, strategies that draw orders would never end. */
const DRAWN_ORDERS_DEFAULT = 1_000;
const WORKLOAD_DEFAULT = 'two-uploads';

export function addExploreCommand(program: Command, { version }: CommandContext): void {
  const names = Object.entries(NAMED_WORKLOADS).map(([name, { about }]) => `  ${name.padEnd(20)}${about}`);
  const command = program
    .command('explore')
    .summary('run the orders in which the messages of a workload can be delivered')
    .description(
      'Run every order in which the messages of a small workload can be delivered, or a sample of them, check each, and say what was covered.',
    )
    .addArgument(
      new Argument(
        '[workload]',
        'a workload that ships with the package, or the path of a workload or counterexample',
      ).default(undefined, WORKLOAD_DEFAULT),
    );
  addSubjectOptions(command, ['wasm', 'initArg', 'target', 'fault'])
    .addOption(
      new Option('--strategy <name>', 'which orders to run')
        .choices(STRATEGY_NAMES)
        .default('depth-first')
        .helpGroup(GROUPS.campaign),
    )
    .addOption(countOption('--depth <n>', 'ordering constraints of the defects that pct looks for', 3))
    .addOption(countOption('--generated <n>', 'explore this many small generated workloads instead'))
    .addOption(workersOption('generated workloads, each on one thread'))
    .addOption(
      countOption(
        '--orders <n>',
        `number of orders of each workload (default: all, or ${DRAWN_ORDERS_DEFAULT} drawn ones)`,
      ),
    )
    .addOption(durationOption('--budget <time>', 'time limit, e.g. 60s'))
    .addOption(
      new Option('--memory <size>', 'bound of the memory for visited states (default: 1 GiB)')
        .argParser(parseSize)
        .helpGroup(GROUPS.campaign),
    )
    .addOption(seedOption(1))
    .addOption(rulesOption())
    .addOption(countOption('--max-findings <n>', 'number of findings after which the exploration ends', 20))
    .addOption(shrinkBudgetOption())
    .addOption(
      new Option('--no-reduction', 'also run orders that only exchange independent messages').helpGroup(
        GROUPS.campaign,
      ),
    )
    .addOption(
      new Option(
        '--replica <name>',
        'auto confirms findings on PocketIC if its server is found; orders always run on the embedded engine',
      )
        .choices(['auto', 'embedded'])
        .default('auto')
        .helpGroup(GROUPS.replica),
    )
    .addOption(new Option('--no-states', 'do not recognise visited states').helpGroup(GROUPS.campaign));
  addOutputOptions(command, { out: 'folder for explore.json, the page, and counterexamples' }).action(
    async (workload: string | undefined, options: ExploreOptions) => {
      process.exitCode = await explore(workload, options, version);
    },
  );
  command.addHelpText('after', `\nWorkloads:\n${names.join('\n')}`);
  addExamples(command, [
    'explore',
    'explore two-finishes --fault NAME',
    'explore my-workload.json --wasm mine.wasm --target my-target.ts',
    'explore --generated 100 --budget 60s',
    'explore two-uploads --strategy pct --depth 3 --orders 500',
  ]);
}

async function explore(
  workload: string | undefined,
  options: ExploreOptions,
  toolVersion: string,
): Promise<number> {
  const source = await sourceOf(workload, options);
  const subject = await resolveSubject(options);
  const folder = openOutputFolder(options.out);
  try {
    const terminal = createTerminal(options);
    const isDrawn = options.strategy !== 'depth-first';
    const job: ExploreJob = {
      subject,
      replica: options.replica,
      source,
      strategy: options.strategy,
      depth: options.depth,
      seed: options.seed,
      ordersMax:
        options.orders ?? (isDrawn && options.budget === undefined ? DRAWN_ORDERS_DEFAULT : undefined),
      budgetMs: options.budget,
      memoryBytes: options.memory,
      reduces: options.reduction,
      recognisesStates: options.states,
      rules: options.rules,
      findingsMax: options.maxFindings,
      workers: options.workers ?? workersDefault(),
      shrinkMsMax: options.shrinkBudget,
      corpusFolder: join(folder.path, 'counterexamples'),
      toolVersion,
    };
    const running = startExploration(job, (message) => showMessage(terminal, job, message));
    const report = await withInterrupts(running.stop, () => running.report).finally(() => terminal.clear());
    return await finish(report, folder, options, terminal);
  } finally {
    folder.release();
  }
}

async function sourceOf(
  workload: string | undefined,
  { target, generated, depth }: ExploreOptions,
): Promise<WorkloadSource> {
  if (serviceUrl(target) !== undefined)
    throw new InputError('--target: explore needs a canister; HTTP services are not supported');
  if (depth < 1) throw new InputError('--depth: it must be at least 1');
  if (generated !== undefined && workload !== undefined)
    throw new InputError('--generated: it replaces the workload; leave one of them out');
  if (generated === 0) throw new InputError('--generated: it must be at least 1');
  if (generated !== undefined) return { kind: 'generated', count: generated };
  return workloadSource(workload ?? WORKLOAD_DEFAULT);
}

function showMessage(terminal: Terminal, job: ExploreJob, message: ExploreMessage): void {
  if (message.type === 'progress') terminal.live(exploreProgress(message, job.budgetMs));
  else if (message.type === 'finding') {
    const { fingerprint, severity } = message.found.finding;
    terminal.note(terminal.colors.red(`found: ${fingerprint} (${severity})`));
  } else if (message.type === 'confirming') {
    terminal.live(`confirming on ${message.replica.name} ${message.replica.version}`);
  }
}

async function finish(
  report: ExploreReport,
  folder: OutputFolder,
  options: ExploreOptions,
  terminal: Terminal,
): Promise<number> {
  const failure = await writeOutputs(folder, report);
  printResult(options, report, (colors) => renderExplore(report, colors));
  if (failure !== undefined) terminal.line(`upload-stress: ${failure}`);
  else if (options.json !== true)
    terminal.line(terminal.colors.dim(`page: ${shownPath(folder.path)}/index.html`));
  if (report.verdict === 'invalid') return EXIT.violated;
  if (failure !== undefined) return EXIT.couldNotRun;
  return report.interrupted ? EXIT.interrupted : EXIT.ok;
}
