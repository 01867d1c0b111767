/** Explains a run of a counterexample: the calls of each lane, the first wrong event, and its context. */
import { describeOperation, type ShownParts } from '../../model/operations.js';
import type { FileReader } from '../../model/content.js';
import { resultText } from '../../model/explain.js';
import type { Schedule } from '../../model/schedule.js';
import { contextOf, type CounterexampleContext } from './counterexample-context.js';
import { shownParts, type DescribedTarget } from '../evidence/shown-parts.js';
import type { History, HistoryEvent } from '../history/history.js';
import type { Violation } from '../evidence/verdict.js';

export interface LaneAccount {
  readonly lane: number;
  /** Lines such as `in step 4: finish A: ChecksumMismatch (…)`, in the order of the events. */
  readonly lines: readonly string[];
}

export interface Explanation {
  readonly lanes: readonly LaneAccount[];
  /** Events that affect all lanes: time, upgrades, restarts. */
  readonly environment: readonly string[];
  /**
   * `event 12, in step 4: finish A: …`; `undefined` if no single event is wrong. If the variant of a relation shows the wrong answer
   * (`context.comparison.wrong`), this is the right one.
   */
  readonly firstWrong: string | undefined;
  readonly context: CounterexampleContext;
}

/**
 * The time of an event, for use in a sentence.
 * @param epilogue index of the first event of the epilogue
 */
function stepText({ step, index }: HistoryEvent, stepsTotal: number, epilogue: number): string {
  if (index >= epilogue) return 'after the schedule';
  return step < 0 ? 'in set-up' : step >= stepsTotal ? 'after the last step' : `in step ${step + 1}`;
}

/** The end of a call; `undefined` if the event does not end one. */
export function endText(event: HistoryEvent): string | undefined {
  if (event.type === 'ok' || event.type === 'fail') return resultText(event.result);
  if (event.type === 'info') return `no answer: ${event.reason}`;
  return event.type === 'skipped' ? `not issued: ${event.reason}` : undefined;
}

/** A text for the event. */
function eventText(event: HistoryEvent, shown: ShownParts): string {
  const end = endText(event);
  if ('operation' in event) {
    const operation = describeOperation(event.operation, shown);
    return end === undefined ? `${operation}: ${event.type}` : `${operation}: ${end}`;
  }
  switch (event.type) {
    case 'advanced':
      return `${event.seconds} s pass`;
    case 'stopping':
      return 'the canister is asked to stop';
    case 'restarted':
      return event.failure === undefined
        ? 'the canister is started again'
        : `the restart fails: ${event.failure}`;
    case 'upgraded':
      return event.failure === undefined ? 'the canister is upgraded' : `the upgrade fails: ${event.failure}`;
    case 'lost':
      return `the ${event.kind} ${event.method} is lost`;
    case 'outage':
      return `${event.canister ?? 'the canister'} is ${event.condition}`;
    case 'recovered':
      return event.failure === undefined
        ? `${event.canister ?? 'the canister'} recovers`
        : `${event.canister ?? 'the canister'} does not recover: ${event.failure}`;
    case 'message':
      return `${event.kind} ${event.method}${event.failure === undefined ? '' : ` fails: ${event.failure}`}`;
    case 'metrics':
      return `${event.at}: heap ${event.heapBytes} B, stable memory ${event.stableBytes} B`;
    case 'log':
      return `log: ${event.text}`;
    case 'epilogue':
      return 'the schedule has ended, the epilogue starts';
  }
}

export function explainFailure(
  history: History,
  violation: Pick<Violation, 'event' | 'comparison'> | undefined,
  schedule: Schedule,
  target: DescribedTarget,
  reader?: FileReader,
): Explanation {
  const { events } = history;
  const shown = shownParts(schedule, target);
  const wrong = violation?.event === undefined ? undefined : events[violation.event];
  const epilogue = events.find(({ type }) => type === 'epilogue')?.index ?? Infinity;
  const when = (event: HistoryEvent) => stepText(event, schedule.steps.length, epilogue);
  // The answer here is right if the variant of a relation shows the wrong one.
  const isWrongHere = violation?.comparison?.wrong !== 'variant';
  const mark = (event: HistoryEvent) => (event === wrong && isWrongHere ? '   <- the first wrong event' : '');
  const lanes = new Map<number, string[]>();
  const environment: string[] = [];
  const issuedIn = new Map<number, string>();
  for (const event of events) {
    if (event.type === 'invoke') issuedIn.set(event.call, when(event));
    const end = endText(event);
    if (end !== undefined && 'operation' in event) {
      const lines = lanes.get(event.lane) ?? [];
      lanes.set(event.lane, lines);
      const answered = when(event);
      const issued = issuedIn.get(event.call) ?? answered;
      const span = answered === issued ? issued : `${issued}, answered ${answered}`;
      lines.push(`${span}: ${describeOperation(event.operation, shown)}: ${end}${mark(event)}`);
    } else if (ENVIRONMENT_EVENTS.has(event.type) || isFailedMessage(event)) {
      environment.push(`${when(event)}: ${eventText(event, shown)}${mark(event)}`);
    }
  }
  return {
    lanes: [...lanes].sort(([a], [b]) => a - b).map(([lane, lines]) => ({ lane, lines })),
    environment,
    firstWrong:
      wrong === undefined ? undefined : `event ${wrong.index}, ${when(wrong)}: ${eventText(wrong, shown)}`,
    context: contextOf(history, violation ?? { event: undefined }, schedule, target, reader),
  };
}

const ENVIRONMENT_EVENTS: ReadonlySet<HistoryEvent['type']> = new Set([
  'advanced',
  'upgraded',
  'stopping',
  'restarted',
  'lost',
  'outage',
  'recovered',
] as const);

function isFailedMessage(event: HistoryEvent): boolean {
  return event.type === 'message' && event.failure !== undefined;
}
