/** `upload-stress replay FILE`: repeats a counterexample and says whether it still fails in the same way. */
import { Option, type Command } from 'commander';
import { readCounterexample, type Counterexample } from '../../harness/counterexample.js';
import { describeSchedule } from '../../harness/describe-schedule.js';
import { InputError } from '../../harness/input-error.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { parseCount } from '../parse.js';
import { resolveSubject, type SubjectSpec, type SubjectOptions } from '../subject.js';
import { createTerminal, wantsColor } from '../terminal.js';
import { workerEntry } from '../worker/entry.js';
import type { ReplayJob, ReplayMessage, ReplayResult } from '../worker/protocol.js';
import { supervise } from '../worker/supervisor.js';
import pc from 'picocolors';

interface ReplayOptions extends Omit<SubjectOptions, 'fault'> {
  readonly replica: 'embedded' | 'pocketic';
  readonly times: number;
  readonly json?: boolean;
  readonly color: boolean;
}

export function addReplayCommand(program: Command, _context: CommandContext): void {
  program
    .command('replay')
    .description('repeat a counterexample by its steps; exit 1 if it still fails, 0 if it passes')
    .argument('<file>', 'a counterexample that run has saved')
    .addOption(
      new Option('--replica <name>', 'where the canister runs')
        .choices(['embedded', 'pocketic'])
        .default('embedded'),
    )
    .option('--wasm <path>', 'the canister to test (default: the one of this package)')
    .option('--init-arg <path>', 'its init argument: Candid bytes or their hex text')
    .option('--target <module>', 'how to talk to it: a JavaScript or TypeScript module')
    .option('--times <n>', 'how many times', parseCount, 1)
    .option('--json', 'one JSON document on stdout and nothing else there')
    .action(async (file: string, options: ReplayOptions) => {
      process.exitCode = await replayFile(file, options);
    });
}

async function replayFile(file: string, options: ReplayOptions): Promise<number> {
  const counterexample = await readCounterexample(file);
  const subject = await resolveSubject({ ...options, fault: counterexample.fault ?? undefined });
  const terminal = createTerminal({ color: options.color, quiet: options.json === true });
  if (subject.wasmSha256 !== counterexample.wasmSha256) {
    terminal.line(`note: ${subject.wasmLabel} is another build than the one this was found on`);
  }
  const job: ReplayJob = { subject, replica: options.replica, counterexample, times: options.times };
  const results: ReplayResult[] = [];
  let unusable: string | undefined;
  const onMessage = (message: ReplayMessage) => {
    if (message.type === 'unusable') unusable = message.line;
    if (message.type === 'replayed') {
      results.push(message);
      if (options.times > 1) terminal.live(`${results.length} of ${options.times}`);
    }
  };
  const worker = supervise<ReplayJob, ReplayMessage>({ entry: workerEntry('replay-worker'), job, onMessage });
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    worker.stop();
  };
  process.on('SIGINT', interrupt);
  const end = await worker.end;
  process.off('SIGINT', interrupt);
  terminal.clear();
  if (unusable !== undefined) throw new InputError(unusable);
  if (end.kind === 'crashed') throw end.error;
  const report = summarise(counterexample, subject, results);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : render(report, counterexample, wantsColor(options.color, process.stdout)),
  );
  if (results.some(({ outcome }) => outcome === 'same' || outcome === 'different')) return EXIT.violated;
  return interrupted ? EXIT.interrupted : EXIT.ok;
}

interface ReplayReport {
  readonly verdict: ReplayResult['outcome'] | 'not-run';
  readonly runs: number;
  readonly sameTrace: number;
  readonly wasm: string;
  readonly checker: string;
  readonly rule: string;
  readonly expected: string;
  readonly seen: string;
}

function summarise(
  counterexample: Counterexample,
  { wasmLabel }: SubjectSpec,
  results: readonly ReplayResult[],
): ReplayReport {
  const worst = (['same', 'different', 'unknown', 'passes'] as const).find((kind) =>
    results.some(({ outcome }) => outcome === kind),
  );
  const violation = results.find(({ outcome }) => outcome === worst)?.violation ?? counterexample;
  return {
    verdict: worst ?? 'not-run',
    runs: results.length,
    sameTrace: results.filter(({ isSameTrace }) => isSameTrace).length,
    wasm: wasmLabel,
    checker: violation.checker,
    rule: violation.rule,
    expected: violation.expected,
    seen: violation.seen,
  };
}

const HEADLINES: Readonly<Record<ReplayReport['verdict'], string>> = {
  same: 'it fails in the same way',
  different: 'it fails, but in another way',
  passes: 'it passes: nothing is broken any more',
  unknown: 'it could not be judged within its budget',
  'not-run': 'it was not run',
};

function render(report: ReplayReport, { schedule }: Counterexample, color: boolean): string {
  const colors = pc.createColors(color);
  const isFailing = report.verdict === 'same' || report.verdict === 'different';
  const traces =
    report.runs === report.sameTrace
      ? 'event for event as when it was found'
      : `${report.sameTrace} of ${report.runs} runs event for event as when it was found`;
  const lines = [
    ...describeSchedule(schedule).map((line) => `  ${line}`),
    '',
    (isFailing ? colors.red : colors.green)(HEADLINES[report.verdict]),
    `${report.rule} (${report.checker})`,
    ...(isFailing ? [`  expected: ${report.expected}`, `  seen:     ${report.seen}`] : []),
    ...(report.runs > 0
      ? [`${report.runs} ${report.runs === 1 ? 'run' : 'runs'} on ${report.wasm}, ${traces}`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
