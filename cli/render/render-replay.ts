/** The result of `replay` as text: the steps, the events of each lane, the first wrong event, and its context. */
import type { ReplayReport } from '../../campaigns/replay/replay-report.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { CounterexampleContext } from '../../harness/counterexamples/counterexample-context.js';
import { describeCounterexample, describeSchedule } from '../../harness/counterexamples/describe-schedule.js';
import type { Explanation } from '../../harness/counterexamples/explain-failure.js';
import type { PointInHistory } from '../../harness/counterexamples/point-in-history.js';
import type { Colors } from '../terminal/terminal.js';

const HEADLINES: Readonly<Record<ReplayReport['verdict'], string>> = {
  same: 'it fails in the same way',
  different: 'it fails, but in a different way',
  passes: 'it passes: it no longer fails',
  unknown: 'the verdict is unknown: the check ran out of its budget',
  'not-run': 'it was not run',
};

export function renderReplay(
  report: ReplayReport,
  { schedule, keys, context }: Pick<Counterexample, 'schedule' | 'keys' | 'context'>,
  colors: Colors,
): string {
  const { moment, explanation } = report;
  const shown = { schedule, keys, context: explanation?.context ?? context };
  const lines =
    moment === null
      ? [
          ...indented([...describeCounterexample(shown), ...epilogueLines(schedule)]),
          '',
          ...verdictLines(report, colors),
        ]
      : pointLines(describeSchedule(schedule, { keys, inFlight: shown.context?.inFlight }), moment, colors);
  return `${lines.join('\n')}\n`;
}

function epilogueLines({ epilogue }: Counterexample['schedule']): string[] {
  return epilogue === undefined ? [] : ['after the schedule: finish all sessions that can be finished'];
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

/** A wrong answer of the variant of a relation is not in the history of the schedule. */
const WRONG_TEXTS = {
  base: 'the first wrong event is',
  variant: 'the variant, shown below, has a wrong answer in place of',
} as const;

function explanationLines({ lanes, environment, firstWrong, context }: Explanation): string[] {
  return [
    '',
    ...lanes.flatMap(({ lane, lines }) => section(`lane ${lane}`, lines)),
    ...section('environment', environment),
    ...(firstWrong === undefined
      ? ['no single event is wrong, but the history as a whole']
      : [`${WRONG_TEXTS[context.comparison?.wrong ?? 'base']} ${firstWrong}`]),
    ...section('sessions just before it, according to the model', context.sessions.map(sessionText)),
    ...comparisonLines(context.comparison),
    ...section(
      'rejects',
      context.rejects.map(({ what, text }) => `${what}: ${text}`),
    ),
    ...section(
      'log of the canister',
      context.logs.map(({ text }) => text),
    ),
    '',
  ];
}

/** Both executions of a broken relation, in two columns. */
function comparisonLines(comparison: CounterexampleContext['comparison']): string[] {
  if (comparison === undefined) return [];
  const { base, variant, calls } = comparison;
  const rows = [{ base, variant }, ...calls].map((row) => [row.base ?? '–', row.variant ?? '–'] as const);
  const width = Math.min(COLUMN_CHARACTERS_MAX, Math.max(...rows.map(([left]) => left.length)));
  const mark = (place: number) =>
    comparison.wrong === 'variant' && place === rows.length - 1 ? WRONG_MARK : '';
  const lines = rows.map(([left, right], place) => `${left.padEnd(width)}  |  ${right}${mark(place)}`);
  return section('this schedule  |  the variant, up to the first answer that differs', lines);
}

const WRONG_MARK = '   <- the first wrong answer';
const COLUMN_CHARACTERS_MAX = 80;

function tracesText({ runs, sameTrace, traceHashes, wasm }: ReplayReport): string {
  const [hash = ''] = traceHashes;
  const same =
    traceHashes.length === 1 ? `trace ${hash.slice(0, 12)}` : `${traceHashes.length} different traces`;
  const found =
    sameTrace === runs
      ? 'exactly the recorded events'
      : `${sameTrace} of ${runs} runs with exactly the recorded events`;
  return `${runs} ${runs === 1 ? 'run' : 'runs'} on ${wasm}, ${same}, ${found}`;
}

function sessionText(session: CounterexampleContext['sessions'][number]): string {
  const { labels, caller, asset, state, chunksReceived, chunksExpected, bytesReceived, bytes, missing } =
    session;
  const label = labels.length === 0 ? '(begin not answered yet)' : labels.join(' = ');
  return (
    `${label}: ${state}, ${chunksReceived} of ${chunksExpected} chunks, ${bytesReceived} of ${bytes} B, ` +
    `missing ${missing} (caller ${caller}, asset ${asset})`
  );
}

function pointLines(steps: readonly string[], point: PointInHistory, colors: Colors): string[] {
  const { sessions, inFlight, logs, step, timeNs } = point;
  return [
    ...steps.map((line, i) => (i === step ? colors.bold(`> ${line}`) : `  ${line}`)),
    ...(step >= steps.length ? [colors.bold('> end: messages in flight are delivered')] : []),
    '',
    `replica time ${new Date(Number(BigInt(timeNs) / 1_000_000n)).toISOString()}`,
    ...(sessions.length === 0
      ? ['no sessions']
      : section('sessions, according to the model', sessions.map(sessionText))),
    ...(inFlight.length === 0
      ? ['nothing in flight']
      : section(
          'in flight',
          inFlight.map(({ lane, operation, phase }) =>
            phase === 'waiting'
              ? `lane ${lane}: ${operation}: no message executed yet`
              : `lane ${lane}: ${operation}: partly executed, not answered`,
          ),
        )),
    ...section('last lines of the log', logs),
  ];
}
