/** A run of a counterexample in words: what each lane did, where the first wrong event is, what lies around it. */
import { describeOperation } from '../../model/operations.js';
import type { FileReader } from '../../model/content.js';
import { resultText } from '../../model/explain.js';
import type { Schedule } from '../../model/schedule.js';
import { contextOf, type CounterexampleContext } from './counterexample-context.js';
import type { History, HistoryEvent } from '../history/history.js';
import type { Violation } from '../judgement/verdict.js';

export interface LaneStory {
  readonly lane: number;
  /** `in step 4: finish A: ChecksumMismatch (…)`, in the order in which the calls were issued. */
  readonly lines: readonly string[];
}

export interface Explanation {
  readonly lanes: readonly LaneStory[];
  /** What happened to all lanes: time, upgrades. */
  readonly world: readonly string[];
  /** `event 12, in step 4: finish A: …`; undefined if nothing is wrong, or only the whole is. */
  readonly firstWrong: string | undefined;
  readonly context: CounterexampleContext;
}

/** When, in words that go on a sentence. `epilogue`: index of the event with which it begins. */
function stepText({ step, index }: HistoryEvent, stepsTotal: number, epilogue: number): string {
  if (index >= epilogue) return 'after the schedule';
  return step < 0 ? 'in set-up' : step >= stepsTotal ? 'after the last step' : `in step ${step + 1}`;
}

/** What an event says of its call, if it ends it. */
export function endText(event: HistoryEvent): string | undefined {
  if (event.type === 'ok' || event.type === 'fail') return resultText(event.result);
  if (event.type === 'info') return `no answer: ${event.reason}`;
  return event.type === 'skipped' ? `not issued: ${event.reason}` : undefined;
}

/** The event in words. */
export function eventText(event: HistoryEvent): string {
  const end = endText(event);
  if ('operation' in event) {
    const operation = describeOperation(event.operation);
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
    case 'message':
      return `${event.kind} ${event.method}${event.failure === undefined ? '' : ` fails: ${event.failure}`}`;
    case 'metrics':
      return `${event.at}: heap ${event.heapBytes} B, stable memory ${event.stableBytes} B`;
    case 'log':
      return `log: ${event.text}`;
    case 'epilogue':
      return 'the schedule is over: what may be finished is finished';
  }
}

export function explainFailure(
  history: History,
  violation: Pick<Violation, 'event'> | undefined,
  schedule: Schedule,
  target: { readonly defaultChunkSize: number },
  reader?: FileReader,
): Explanation {
  const { events } = history;
  const wrong = violation?.event === undefined ? undefined : events[violation.event];
  const epilogue = events.find(({ type }) => type === 'epilogue')?.index ?? Infinity;
  const when = (event: HistoryEvent) => stepText(event, schedule.steps.length, epilogue);
  const mark = (event: HistoryEvent) => (event === wrong ? '   <- the first wrong event' : '');
  const lanes = new Map<number, string[]>();
  const world: string[] = [];
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
      lines.push(`${span}: ${describeOperation(event.operation)}: ${end}${mark(event)}`);
    } else if (OF_ALL.has(event.type) || isFailedMessage(event)) {
      world.push(`${when(event)}: ${eventText(event)}${mark(event)}`);
    }
  }
  return {
    lanes: [...lanes].sort(([a], [b]) => a - b).map(([lane, lines]) => ({ lane, lines })),
    world,
    firstWrong: wrong === undefined ? undefined : `event ${wrong.index}, ${when(wrong)}: ${eventText(wrong)}`,
    context: contextOf(history, { event: violation?.event }, schedule, target, reader),
  };
}

const OF_ALL: ReadonlySet<HistoryEvent['type']> = new Set([
  'advanced',
  'upgraded',
  'stopping',
  'restarted',
] as const);

const isFailedMessage = (event: HistoryEvent) => event.type === 'message' && event.failure !== undefined;
