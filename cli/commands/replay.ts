/** `upload-stress replay FILE`: options, terminal, and exit code. `campaigns/replay/` runs the counterexample. */
import { Option, type Command } from 'commander';
import { startReplay } from '../../campaigns/replay/replay.js';
import type { ReplayReport } from '../../campaigns/replay/replay-report.js';
import type { ReplicaName } from '../../campaigns/subject/replicas.js';
import { resolveSubject, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { readCounterexample, type Counterexample } from '../../harness/counterexamples/counterexample.js';
import { InputError } from '../../harness/input-error.js';
import { EXIT } from '../exit-codes.js';
import { parseCount } from '../options/parse.js';
import {
  addExamples,
  addOutputOptions,
  addSubjectOptions,
  replicaOption,
  rulesOption,
  type OutputOptions,
} from '../options/shared-options.js';
import { printResult } from '../print-result.js';
import { renderReplay } from '../render/render-replay.js';
import { withInterrupts } from '../terminal/interrupts.js';
import { createTerminal } from '../terminal/terminal.js';

interface ReplayOptions extends Omit<SubjectOptions, 'fault'>, Omit<OutputOptions, 'out'> {
  readonly replica: ReplicaName;
  readonly times: number;
  readonly rules?: readonly string[];
  readonly until?: number;
}

export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .summary('run a saved counterexample again and explain it')
    .description(
      'Run a saved counterexample again and explain it. Exit with 1 if it still fails, and with 0 if it passes.',
    )
    .argument('<file>', 'counterexample that "run" saved')
    .addOption(
      new Option('--times <n>', 'number of runs; on the embedded engine all have the same trace')
        .argParser(parseCount)
        .default(1),
    )
    .addOption(
      new Option(
        '--until <step>',
        'number of the step to stop before, from 1, and to print the state at',
      ).argParser(parseCount),
    );
  addSubjectOptions(command, ['wasm', 'initArg', 'targetOrUrl', 'httpToken', 'messageTime'])
    .addOption(rulesOption())
    .addOption(replicaOption('--replica <name>', 'replica to run on', 'embedded'));
  addOutputOptions(command, { isQuiet: false }).action(async (file: string, options: ReplayOptions) => {
    process.exitCode = await replayFile(file, options);
  });
  addExamples(command, [
    'replay reports/out/counterexamples/outcome-14a413e6c5f6.json',
    'replay outcome-14a413e6c5f6.json --until 3',
    'replay outcome-14a413e6c5f6.json --wasm fixed.wasm',
  ]);
}

async function replayFile(file: string, options: ReplayOptions): Promise<number> {
  const counterexample = await readCounterexample(file);
  const { fault } = counterexample;
  const subject = await resolveSubject({ ...options, ...(fault !== null && { fault }) });
  const terminal = createTerminal({ color: options.color, quiet: options.json });
  if (subject.wasmSha256 !== counterexample.wasmSha256)
    terminal.line(`note: ${subject.wasmLabel} is not the build that this counterexample was found on`);
  const { replica, times, rules } = options;
  const until = stepIndex(options.until, counterexample);
  const running = startReplay({ subject, replica, counterexample, times, until, rules }, (done) => {
    if (times > 1) terminal.live(`${done} of ${times} runs`);
  });
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    running.stop();
  };
  const report = await withInterrupts(interrupt, () => running.report).finally(() => terminal.clear());
  printResult(options, report, (colors) => renderReplay(report, counterexample, colors));
  return exitCodeOf(report, { isPartial: until !== undefined, isInterrupted });
}

/** Index of the step with this number. @throws InputError if there is no such step */
function stepIndex(until: number | undefined, { schedule }: Counterexample): number | undefined {
  if (until === undefined) return undefined;
  const steps = schedule.steps.length;
  if (until <= steps + 1) return until - 1;
  throw new InputError(
    `--until ${until}: the schedule has ${steps} steps; pass at most ${steps + 1}, which is its end`,
  );
}

function exitCodeOf(
  { verdict, runs }: ReplayReport,
  { isPartial, isInterrupted }: { readonly isPartial: boolean; readonly isInterrupted: boolean },
): number {
  // With --until the rest of the schedule does not matter.
  if (isPartial && runs > 0) return EXIT.ok;
  if (verdict === 'same' || verdict === 'different') return EXIT.violated;
  return isInterrupted ? EXIT.interrupted : EXIT.ok;
}
