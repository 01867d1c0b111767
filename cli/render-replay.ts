/** A replay as text: the steps, what each lane did, the first wrong event, and what lies around it. */
import type { Counterexample } from '../harness/counterexamples/counterexample.js';
import type { CounterexampleContext } from '../harness/counterexamples/counterexample-context.js';
import { describeSchedule } from '../harness/counterexamples/describe-schedule.js';
import type { Explanation } from '../harness/counterexamples/explain-failure.js';
import type { PointInHistory } from '../harness/counterexamples/point-in-history.js';
import type { ReplayOutcome } from '../harness/counterexamples/replay.js';
import type { Colors } from './terminal.js';

/** What `replay --json` prints. */
export interface ReplayReport {
  readonly verdict: ReplayOutcome | 'not-run';
  readonly runs: number;
  /** Runs that were event for event as when it was found. */
  readonly sameTrace: number;
  /** The different trace hashes of the runs: one, on a replica that repeats exactly. */
  readonly traceHashes: readonly string[];
  readonly wasm: string;
  readonly checker: string;
  readonly rule: string;
  readonly expected: string;
  readonly seen: string;
  readonly explanation: Explanation | null;
  /** With `--until`: what is the case before that step. */
  readonly moment: PointInHistory | null;
}

const HEADLINES: Readonly<Record<ReplayReport['verdict'], string>> = {
  same: 'it fails in the same way',
  different: 'it fails, but in another way',
  passes: 'it passes: nothing is broken any more',
  unknown: 'it could not be judged within its budget',
  'not-run': 'it was not run',
};

export function renderReplay(
  report: ReplayReport,
  { schedule }: Pick<Counterexample, 'schedule'>,
  colors: Colors,
): string {
  const steps = describeSchedule(schedule);
  const { moment } = report;
  const lines =
    moment === null
      ? [...indented([...steps, ...epilogueLines(schedule)]), '', ...verdictLines(report, colors)]
      : momentLines(steps, moment, colors);
  return `${lines.join('\n')}\n`;
}

function epilogueLines({ epilogue }: Counterexample['schedule']): string[] {
  return epilogue === undefined ? [] : ['after the schedule: finish what may be finished'];
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...indented(lines)];
}

function verdictLines(report: ReplayReport, colors: Colors): string[] {
  const { verdict, rule, checker, expected, seen, explanation } = report;
  const isFailing = verdict === 'same' || verdict === 'different';
  return [
    (isFailing ? colors.red : colors.green)(HEADLINES[verdict]),
    `${rule} (${checker})`,
    ...(isFailing ? [`  expected: ${expected}`, `  seen:     ${seen}`] : []),
    ...(isFailing && explanation !== null ? explanationLines(explanation) : []),
    ...(report.runs > 0 ? [tracesText(report)] : []),
  ];
}

function explanationLines({ lanes, environment, firstWrong, context }: Explanation): string[] {
  return [
    '',
    ...lanes.flatMap(({ lane, lines }) => section(`lane ${lane}`, lines)),
    ...section('to all of them', environment),
    ...(firstWrong === undefined
      ? ['no single event is wrong: the whole is']
      : [`the first wrong event is ${firstWrong}`]),
    ...section('the sessions just before it, by the model', context.sessions.map(sessionText)),
    ...section(
      'rejected',
      context.rejects.map(({ what, text }) => `${what}: ${text}`),
    ),
    ...section(
      'the log of the canister',
      context.logs.map(({ text }) => text),
    ),
    '',
  ];
}

function tracesText({ runs, sameTrace, traceHashes, wasm }: ReplayReport): string {
  const [hash = ''] = traceHashes;
  const same =
    traceHashes.length === 1 ? `trace ${hash.slice(0, 12)}` : `${traceHashes.length} different traces`;
  const found =
    sameTrace === runs
      ? 'event for event as when it was found'
      : `${sameTrace} of ${runs} runs event for event as when it was found`;
  return `${runs} ${runs === 1 ? 'run' : 'runs'} on ${wasm}, ${same}, ${found}`;
}

function sessionText(session: CounterexampleContext['sessions'][number]): string {
  const { labels, caller, asset, state, chunksReceived, chunksExpected, bytesReceived, bytes, missing } =
    session;
  const label = labels.length === 0 ? '(its begin was not answered yet)' : labels.join(' = ');
  return (
    `${label}: ${state}, ${chunksReceived} of ${chunksExpected} chunks, ${bytesReceived} of ${bytes} B, ` +
    `missing ${missing} (caller ${caller}, asset ${asset})`
  );
}

function momentLines(steps: readonly string[], moment: PointInHistory, colors: Colors): string[] {
  const { sessions, inFlight, logs, step, timeNs } = moment;
  return [
    ...steps.map((line, i) => (i === step ? colors.bold(`> ${line}`) : `  ${line}`)),
    ...(step >= steps.length ? [colors.bold('> the end: what is in flight is delivered')] : []),
    '',
    `replica time ${new Date(Number(BigInt(timeNs) / 1_000_000n)).toISOString()}`,
    ...(sessions.length === 0
      ? ['no session']
      : section('sessions, by the model', sessions.map(sessionText))),
    ...(inFlight.length === 0
      ? ['nothing in flight']
      : section(
          'in flight',
          inFlight.map(({ lane, operation, phase }) =>
            phase === 'waiting'
              ? `lane ${lane}: ${operation}: no message of it was executed yet`
              : `lane ${lane}: ${operation}: executed in part, not answered`,
          ),
        )),
    ...section('the last lines of the log', logs),
  ];
}
