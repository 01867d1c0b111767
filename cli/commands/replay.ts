/** `upload-stress replay FILE`: repeats a counterexample and says whether it still fails in the same way. */
import { Option, type Command } from 'commander';
import { readCounterexample, type Counterexample } from '../../harness/counterexamples/counterexample.js';
import { InputError } from '../../harness/input-error.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../../campaigns/exit-codes.js';
import { parseCount } from '../parse.js';
import { renderReplay, type ReplayReport } from '../render-replay.js';
import { resolveSubject, type SubjectSpec, type SubjectOptions } from '../../campaigns/subject/subject.js';
import { createTerminal, wantsColor } from '../terminal.js';
import { workerEntry } from '../../campaigns/workers/entry.js';
import type { ReplayJob, ReplayMessage, ReplayResult } from '../../campaigns/workers/protocol.js';
import { supervise } from '../../campaigns/workers/supervisor.js';
import pc from 'picocolors';

interface ReplayOptions extends Omit<SubjectOptions, 'fault'> {
  readonly replica: 'embedded' | 'pocketic';
  readonly times: number;
  readonly until?: number;
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
    .option('--target <module|URL>', 'how to talk to it: a JavaScript or TypeScript module; or a service')
    .option('--http-token <file>', 'with --target URL: a line "CAPSULE_ID TOKEN" for each caller')
    .option('--times <n>', 'how many times: every run must have the same trace', parseCount, 1)
    .option('--until <step>', 'stop before this step, from 1, and print the state', parseCount)
    .option('--json', 'one JSON document on stdout and nothing else there')
    .action(async (file: string, options: ReplayOptions) => {
      process.exitCode = await replayFile(file, options);
    });
}

async function replayFile(file: string, options: ReplayOptions): Promise<number> {
  const counterexample = await readCounterexample(file);
  const subject = await resolveSubject({
    ...options,
    ...(counterexample.fault === null ? {} : { fault: counterexample.fault }),
  });
  const terminal = createTerminal({ color: options.color, quiet: options.json === true });
  if (subject.wasmSha256 !== counterexample.wasmSha256) {
    terminal.line(`note: ${subject.wasmLabel} is another build than the one this was found on`);
  }
  const { replica, times } = options;
  const until = untilStep(options.until, counterexample);
  const job: ReplayJob = { subject, replica, counterexample, times, until };
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
  const colors = pc.createColors(wantsColor(options.color, process.stdout));
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderReplay(report, counterexample, colors),
  );
  // Stopped on purpose: what comes after is not this call's question.
  if (until !== undefined && results.length > 0) return EXIT.ok;
  if (results.some(({ outcome }) => outcome === 'same' || outcome === 'different')) return EXIT.violated;
  return interrupted ? EXIT.interrupted : EXIT.ok;
}

/** Index of the step. @throws InputError, one line, if there is no such step. */
function untilStep(until: number | undefined, { schedule }: Counterexample): number | undefined {
  const steps = schedule.steps.length;
  if (until !== undefined && until > steps + 1) {
    throw new InputError(`--until ${until}: the schedule has ${steps} steps; ${steps + 1} is its end`);
  }
  return until === undefined ? undefined : until - 1;
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
    traceHashes: [...new Set(results.map(({ traceHash }) => traceHash))],
    wasm: wasmLabel,
    checker: violation.checker,
    rule: violation.rule,
    expected: violation.expected,
    seen: violation.seen,
    explanation: results.findLast(({ explanation }) => explanation !== undefined)?.explanation ?? null,
    moment: results[0]?.moment ?? null,
  };
}
