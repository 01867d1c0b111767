/** `upload-stress run`: the campaign, from options to exit code. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import { InputError } from '../../harness/input-error.js';
import { emitRunAnnotations } from '../../reports/render/run-annotations.js';
import { renderRunSummary } from '../../reports/render/run-summary.js';
import type { RunReport } from '../../reports/documents/run-report.js';
import type { CommandContext } from '../context.js';
import { corpusLines, pastFailures } from '../corpus-option.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { withInterrupts } from '../interrupts.js';
import { openOutputFolder, type OutputFolder } from '../output-folder.js';
import { parseCount, parseDuration, parseSeed } from '../parse.js';
import { progressLine } from '../progress-line.js';
import { RunRecord } from '../../campaigns/campaign/run-record.js';
import { isServiceUrl } from '../../campaigns/subject/service.js';
import { resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { createTerminal, wantsColor, type Terminal } from '../terminal.js';
import { readUserFile, runsForFile } from '../user-file.js';
import type { ReplicaChoice, RunJob, RunMessage } from '../../campaigns/workers/protocol.js';
import { supervise } from '../../campaigns/workers/supervisor.js';
import { workerEntry } from '../../campaigns/workers/entry.js';
import { shownPath, writeOutputs } from '../write-outputs.js';

interface RunOptions extends SubjectOptions {
  readonly runs?: number;
  readonly budget?: number;
  readonly seed?: number;
  readonly replica: ReplicaChoice;
  readonly profile: ProfileName;
  readonly file?: string;
  readonly out: string;
  readonly maxFindings: number;
  readonly shrinkBudget?: number;
  readonly corpus?: string;
  readonly requireCoverage?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly strict?: boolean;
  readonly color: boolean;
}

export function addRunCommand(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description('draw schedules, run them, judge every call; shrink and save what fails')
    .option('--runs <n>', 'how many schedules (default: what the profile says)', parseCount)
    .option('--budget <time>', 'how long, e.g. 60s', parseDuration)
    .option('--seed <n>', 'the same seed draws the same schedules (default: a new one, printed)', parseSeed)
    .addOption(
      new Option('--profile <name>', 'how large and how wild schedules are')
        .choices(Object.keys(PROFILES))
        .default('default'),
    )
    .addOption(
      new Option('--replica <name>', 'where the canister runs')
        .choices(['auto', 'embedded', 'pocketic'])
        .default('auto'),
    )
    .option(
      '--file <path>',
      'upload this file in every run, beside generated uploads, and compare what is read back',
    )
    .option('--wasm <path>', 'the canister to test (default: the upload canister of this package)')
    .option('--init-arg <path>', 'its init argument: Candid bytes or their hex text')
    .option(
      '--target <module|URL>',
      'how to talk to it: a JavaScript or TypeScript module (docs/custom-target.md); or a service that speaks docs/http.md',
    )
    .option('--http-token <file>', 'with --target URL: a line "CAPSULE_ID TOKEN" for each caller')
    .option(
      '--fault <name>',
      'test the upload canister with a seeded fault (or a faults build given by --wasm)',
    )
    .option('--max-findings <n>', 'end after so many different findings', parseCount, 1)
    .option('--shrink-budget <time>', 'shrink a finding for so long at most (default: 30s)', parseDuration)
    .option('--corpus <folder>', 'past failures that are run first (default: corpus, if it is there)')
    .option('--require-coverage', 'exit 4 if a declared state was never reached')
    .option('--out <folder>', 'where reports and counterexamples go', join('reports', 'out'))
    .option('--strict', 'fail as well if a judgement ran out of budget')
    .option('--json', 'one JSON document on stdout and nothing else there')
    .option('--quiet', 'no progress')
    .action(async (options: RunOptions) => {
      process.exitCode = await run(options, context);
    });
}

async function run(options: RunOptions, { version }: CommandContext): Promise<number> {
  if (isServiceUrl(options.target) && options.file !== undefined)
    throw new InputError('--file is for a canister; with --target URL the uploads are generated');
  if (isServiceUrl(options.target) && options.replica === 'pocketic')
    throw new InputError('--replica pocketic is for a canister; --target URL names where it runs');
  const subject = await resolveSubject(options);
  const userFile = options.file === undefined ? undefined : await readUserFile(options.file);
  const folder = openOutputFolder(options.out);
  try {
    const { entries, note } = await pastFailures(options.corpus, subject);
    const parts = { subject, userFile, pastFailures: entries, toolVersion: version };
    const job = jobOf(options, { ...parts, corpusFolder: join(folder.path, 'counterexamples') });
    const terminal = createTerminal({ color: options.color, quiet: options.quiet === true });
    const record = new RunRecord(job, { version, started: new Date() });
    announce(terminal, job);
    if (note !== undefined) terminal.line(terminal.colors.dim(note));
    const end = await superviseRun(job, record, terminal);
    terminal.clear();
    await record.keepFailing();
    if (record.unusable !== undefined) throw new InputError(record.unusable);
    if (end.kind === 'crashed') throw end.error;
    return await finish(record.report(), { folder, options, terminal });
  } finally {
    folder.release();
  }
}

type JobParts = Pick<RunJob, 'subject' | 'userFile' | 'corpusFolder' | 'pastFailures' | 'toolVersion'>;

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
    findingsMax: maxFindings,
    shrinkMsMax: options.shrinkBudget,
  };
}

function announce(terminal: Terminal, { subject, seed, profile, userFile }: RunJob): void {
  const fault = subject.fault === undefined ? '' : ` with fault ${subject.fault}`;
  const what =
    userFile === undefined ? `profile ${profile}` : `your file ${userFile.name}, ${userFile.bytes} bytes`;
  terminal.line(terminal.colors.dim(`testing ${subject.wasmLabel}${fault}, ${what}, seed ${seed}`));
}

async function superviseRun(job: RunJob, record: RunRecord, terminal: Terminal) {
  const runsMax = job.runs ?? (job.budgetMs === undefined ? PROFILES[job.profile].runs : undefined);
  const onMessage = (message: RunMessage) => {
    record.take(message);
    if (message.type === 'progress') {
      terminal.live(
        progressLine(message.progress, { runsMax, budgetMs: job.budgetMs, colors: terminal.colors }),
      );
    } else if (message.type === 'corpus') {
      for (const line of corpusLines(message.corpus)) terminal.line(terminal.colors.dim(line));
    } else if (message.type === 'finding') {
      terminal.line(terminal.colors.red(`found: ${message.finding.counterexample.rule}`));
    } else if (message.type === 'confirming') {
      terminal.live(`confirming on ${message.replica.name} ${message.replica.version}`);
    }
  };
  const worker = supervise<RunJob, RunMessage>({ entry: workerEntry('run-worker'), job, onMessage });
  const interrupt = () => {
    record.interrupted = true;
    worker.stop();
  };
  return withInterrupts(interrupt, () => worker.end);
}

interface Ending {
  readonly folder: OutputFolder;
  readonly options: RunOptions;
  readonly terminal: Terminal;
}

/** Reports, the summary, the exit code. What was found is printed even if nothing can be written. */
async function finish(report: RunReport, { folder, options, terminal }: Ending): Promise<number> {
  const failure = await writeOutputs(folder, report);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const shown = shownPath(folder.path);
    const color = wantsColor(options.color, process.stdout);
    process.stdout.write(
      renderRunSummary(report, { color, folder: failure === undefined ? shown : undefined }),
    );
  }
  const stream = options.json === true ? process.stderr : process.stdout;
  const unannotated = emitRunAnnotations(report, { env: process.env, stream });
  for (const line of [failure, unannotated]) if (line !== undefined) terminal.line(`upload-stress: ${line}`);
  if (report.verdict === 'invalid') return EXIT.violated;
  if (failure !== undefined) return EXIT.couldNotRun;
  if (report.interrupted) return EXIT.interrupted;
  if (options.requireCoverage === true && unreached(report, terminal)) return EXIT.statesMissing;
  return report.verdict === 'unknown' && options.strict === true ? EXIT.violated : EXIT.ok;
}

/** Whether a declared state was never reached; says which. */
function unreached({ states }: RunReport, terminal: Terminal): boolean {
  const missing = Object.entries(states).flatMap(([state, runs]) => (runs === 0 ? [state] : []));
  if (missing.length > 0) terminal.line(`upload-stress: never reached: ${missing.join(', ')}`);
  return missing.length > 0;
}
