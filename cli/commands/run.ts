/** `upload-stress run`: options, terminal, and exit code. `campaigns/run/` runs the campaign. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { loadAcceptedDeviations } from '../../campaigns/campaign/accepted-deviations.js';
import { openOutputFolder } from '../../campaigns/output/output-folder.js';
import type { RunJob, RunMessage } from '../../campaigns/run/job.js';
import type { WorkerCount } from '../../campaigns/parallel/parallel-runs.js';
import { loadPastFailures } from '../../campaigns/run/past-failures.js';
import { startRun } from '../../campaigns/run/run.js';
import type { ReplicaChoice } from '../../campaigns/subject/replicas.js';
import { serviceUrl } from '../../campaigns/subject/service.js';
import {
  openSubject,
  resolveSubject,
  type SubjectOptions,
  type SubjectSpec,
} from '../../campaigns/subject/subject.js';
import { readUserFile, runsForFile } from '../../campaigns/subject/user-file.js';
import { readDocumentOf } from '../../reports/documents/documents.js';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { hasStates } from '../../harness/state-coverage/states-reached.js';
import { InputError } from '../../harness/input-error.js';
import type { CommandContext } from '../context.js';
import { finishRun } from '../finish-run.js';
import { parsePercent } from '../options/parse.js';
import {
  acceptOption,
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  commitOption,
  corpusOption,
  countOption,
  durationOption,
  GROUPS,
  profileOption,
  rulesOption,
  seedOption,
  shrinkBudgetOption,
  storeOption,
  workersOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { openRecorder } from '../open-recorder.js';
import { corpusLines, omittedLine } from '../render/render-corpus.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { progressLine } from '../terminal/progress-line.js';
import { createTerminal, type Terminal } from '../terminal/terminal.js';

interface RunOptions extends SubjectOptions, OutputOptions {
  readonly runs?: number;
  readonly budget?: number;
  readonly seed?: number;
  readonly replica: ReplicaChoice;
  readonly profile: ProfileName;
  readonly file?: string;
  readonly rules?: readonly string[];
  readonly maxFindings: number;
  readonly accept?: string;
  readonly shrinkBudget?: number;
  readonly workers?: number;
  readonly corpus?: string;
  readonly requireCoverage?: boolean;
  readonly coverage?: boolean;
  /** Percent. */
  readonly minCoverage?: number;
  readonly coverageBaseline?: string;
  readonly guided?: boolean;
  readonly strict?: boolean;
  readonly store?: string | false;
  readonly commit?: string;
}

export function addRunCommand(program: Command, { version }: CommandContext): void {
  const command = program
    .command('run')
    .summary('run generated schedules and save shrunk counterexamples')
    .description(
      'Run generated schedules of uploads on a canister, check every result, and shrink and save each failure.',
    );
  addSubjectOptions(command, [
    'wasm',
    'initArg',
    'targetOrUrl',
    'httpToken',
    'fault',
    'messageTime',
    'sourceMap',
  ])
    .addOption(
      new Option(
        '--file <path>',
        'file to upload in every schedule, among generated uploads, and to compare after reading it back',
      ).helpGroup(GROUPS.subject),
    )
    .addOption(countOption('--runs <n>', 'number of schedules to run (default: set by the profile)'))
    .addOption(durationOption('--budget <time>', 'time limit, e.g. 60s'))
    .addOption(workersOption())
    .addOption(seedOption(undefined))
    .addOption(profileOption('default'))
    .addOption(rulesOption())
    .addOption(corpusOption())
    .addOption(countOption('--max-findings <n>', 'number of findings after which the run ends', 20))
    .addOption(acceptOption())
    .addOption(shrinkBudgetOption())
    .addOption(
      new Option('--require-coverage', 'exit with 4 if a declared state is never reached').helpGroup(
        GROUPS.campaign,
      ),
    )
    .addOption(
      new Option(
        '--coverage',
        'measure which functions, basic blocks, and branches of the module the schedules reach; write coverage.json',
      ).helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option(
        '--min-coverage <percent>',
        'exit with 4 if the schedules reach fewer of the basic blocks of the module (implies --coverage)',
      )
        .argParser(parsePercent)
        .helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option(
        '--coverage-baseline <file>',
        'exit with 4 if a function that is reached in this earlier coverage.json is no longer reached (implies --coverage)',
      ).helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option(
        '--guided',
        'keep schedules that reach new code, and mutate them beside fresh ones (implies --coverage)',
      ).helpGroup(GROUPS.campaign),
    )
    .addOption(
      new Option('--no-guided', 'generate every schedule, whatever the configuration says').helpGroup(
        GROUPS.campaign,
      ),
    )
    .addOption(new Option('--strict', 'exit with 1 also if a verdict is unknown').helpGroup(GROUPS.campaign))
    .addOption(
      new Option(
        '--replica <name>',
        'replica to run on; auto uses the embedded engine, and confirms findings on PocketIC if its server is found',
      )
        .choices(['auto', 'embedded', 'pocketic'] satisfies readonly ReplicaChoice[])
        .default('auto')
        .helpGroup(GROUPS.replica),
    );
  addOutputOptions(command, { out: 'folder for reports and counterexamples' })
    .addOption(storeOption())
    .addOption(new Option('--no-store', 'do not record the findings in the store').helpGroup(GROUPS.output))
    .addOption(commitOption());
  command.action(async (options: RunOptions) => {
    process.exitCode = await run(options, version);
  });
  addExamples(command, [
    'run --runs 200 --seed 7',
    'run --fault hash-in-arrival-order',
    'run --rules facts,relations',
    'run --coverage --budget 60s',
    'run --guided --runs 500 --seed 7',
    'run --file holiday.mp4 --budget 60s',
    'run --wasm mine.wasm --target my-target.ts',
  ]);
}

async function run(given: RunOptions, toolVersion: string): Promise<number> {
  const { minCoverage: minPercent, coverageBaseline } = given;
  const isMeasured =
    given.coverage === true ||
    given.guided === true ||
    minPercent !== undefined ||
    coverageBaseline !== undefined;
  const options = { ...given, coverage: isMeasured };
  checkServiceOptions(options);
  const baseline =
    coverageBaseline === undefined ? undefined : await readDocumentOf('coverage', coverageBaseline);
  const subject = await resolveSubject(options);
  if (options.requireCoverage === true) await checkStates(subject);
  const userFile =
    options.file === undefined ? undefined : await readUserFile(options.file, await openSubject(subject));
  const folder = openOutputFolder(options.out);
  try {
    const accepted = await loadAcceptedDeviations(options.accept);
    const terminal = createTerminal(options);
    const recorder = await openRecorder(options, subject, terminal);
    const { entries, omitted } = await loadPastFailures(options.corpus, subject, recorder?.fixed);
    const corpusFolder = join(folder.path, 'counterexamples');
    const job = jobOf(options, {
      subject,
      userFile,
      pastFailures: entries,
      accepted,
      toolVersion,
      corpusFolder,
    });
    announce(terminal, job);
    if (omitted !== undefined) terminal.note(terminal.colors.dim(omittedLine(omitted)));
    const running = startRun(job, (message) => showMessage(terminal, job, message));
    const outcome = await withInterrupts(running.stop, () => running.report).finally(() => terminal.clear());
    const trend = recorder?.record(outcome.run, running.findings()) ?? null;
    return await finishRun(
      { ...outcome, run: { ...outcome.run, trend } },
      { folder, options, terminal, coverageLimits: { minPercent, baseline } },
    );
  } finally {
    folder.release();
  }
}

function checkServiceOptions({ target, file, replica, coverage, guided, workers = 1 }: RunOptions): void {
  const measured = guided === true ? '--guided' : '--coverage';
  if (coverage === true && replica === 'pocketic')
    throw new InputError(`${measured} requires the embedded engine; leave out --replica pocketic`);
  if (replica === 'pocketic' && workers > 1)
    throw new InputError('--replica pocketic runs one schedule after the other; leave --workers out');
  if (guided === true && workers > 1)
    throw new InputError(
      '--guided has one worker, because each run depends on the earlier ones; leave --workers out',
    );
  if (guided === true && file !== undefined)
    throw new InputError(
      '--guided mutates generated schedules, and --file has schedules of its own; leave out --file, or add --no-guided',
    );
  if (serviceUrl(target) === undefined) return;
  if (coverage === true)
    throw new InputError(`${measured} is not supported for HTTP services (--target URL)`);
  if (file !== undefined) throw new InputError('--file is not supported for HTTP services (--target URL)');
  if (workers > 1) throw new InputError('--workers is not supported for HTTP services (--target URL)');
  if (replica === 'pocketic')
    throw new InputError('--replica pocketic is not supported for HTTP services (--target URL)');
}

async function checkStates(subject: SubjectSpec): Promise<void> {
  const { target } = await openSubject(subject);
  if (!hasStates(target.promises))
    throw new InputError(
      '--require-coverage requires a target that promises specification: "upload.did", because the states are those of that interface',
    );
}

type JobParts = Pick<
  RunJob,
  'subject' | 'userFile' | 'corpusFolder' | 'pastFailures' | 'accepted' | 'toolVersion'
>;

function jobOf(options: RunOptions, parts: JobParts): RunJob {
  const { replica, profile, seed = randomInt(0x7fff_ffff), budget, maxFindings } = options;
  const forFile =
    parts.userFile === undefined || budget !== undefined ? undefined : runsForFile(parts.userFile.bytes);
  return {
    ...parts,
    replica,
    profile,
    seed,
    runs: options.runs ?? forFile,
    budgetMs: budget,
    rules: options.rules,
    findingsMax: maxFindings,
    shrinkMsMax: options.shrinkBudget,
    hasCoverage: options.coverage === true,
    isGuided: options.guided === true,
    workers: workersFor(options),
  };
}

/** A PocketIC server chooses the order of messages itself, a service is not ours to load, and guided runs depend on earlier ones. */
function workersFor({ workers, replica, target, guided }: RunOptions): WorkerCount {
  const isSingle = replica === 'pocketic' || serviceUrl(target) !== undefined || guided === true;
  return workers ?? (isSingle ? 1 : 'auto');
}

function announce(terminal: Terminal, { subject, seed, profile, userFile }: RunJob): void {
  const fault = subject.fault === undefined ? '' : ` with fault ${subject.fault}`;
  const what =
    userFile === undefined ? `profile ${profile}` : `file ${userFile.name}, ${userFile.bytes} bytes`;
  terminal.note(terminal.colors.dim(`testing ${subject.wasmLabel}${fault}, ${what}, seed ${seed}`));
}

function showMessage(terminal: Terminal, job: RunJob, message: RunMessage): void {
  const { colors } = terminal;
  if (message.type === 'progress') {
    const runsMax = job.runs ?? (job.budgetMs === undefined ? PROFILES[job.profile].runs : undefined);
    terminal.live(progressLine(message.progress, { runsMax, budgetMs: job.budgetMs, colors }));
  } else if (message.type === 'corpus') {
    for (const line of corpusLines(message.corpus)) terminal.note(colors.dim(line));
  } else if (message.type === 'unused-rules') {
    terminal.note(colors.yellow(message.line));
  } else if (message.type === 'finding') {
    const { fingerprint, severity } = message.finding;
    terminal.note(colors.red(`found: ${fingerprint} (${severity})`));
  } else if (message.type === 'confirming') {
    terminal.live(`confirming on ${message.replica.name} ${message.replica.version}`);
  }
}
