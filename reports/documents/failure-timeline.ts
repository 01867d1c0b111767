/**
 * The failure timeline of a finding: the history of the shrunk schedule in words, bounded in size. The campaign records it while the
 * canister is still running; reports are rendered from it later. `run.json` stores it under the key `course`.
 */
import { describeOperation, type ShownParts } from '../../model/operations.js';
import { z } from 'zod';
import { shownParts, type DescribedTarget } from '../../harness/evidence/shown-parts.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { statesAt } from '../../harness/judgement/states-at.js';
import { comparisonSchema } from '../../harness/evidence/comparison.js';
import type { Violation } from '../../harness/evidence/verdict.js';
import type { FileReader } from '../../model/content.js';
import { rangesText, resultText } from '../../model/explain.js';
import type { Result } from '../../model/result.js';
import { clip } from '../text/visible-text.js';
import { count, type Immutable } from './schema-parts.js';

const timelineEvent = z.object({
  index: count.describe('Position in the history, from 0'),
  step: z
    .number()
    .int()
    .describe(
      'Index of the step that caused the event; -1 for the set-up, the number of steps for the final drain',
    ),
  type: z.enum([
    'invoke',
    'delivered',
    'ok',
    'fail',
    'info',
    'skipped',
    'advanced',
    'upgraded',
    'message',
    'metrics',
    'log',
    'stopping',
    'restarted',
    'lost',
    'outage',
    'recovered',
    'epilogue',
  ]),
  lane: count.nullable(),
  call: count.nullable().describe('Number of the call; all events of one call have the same number'),
  operation: z.string().nullable().describe('The operation of a call, in words'),
  outcome: z.string().nullable().describe('The result of a call, in one or two words'),
  text: z.string().describe('Details of the event: the answer, the reason, or the log record'),
  isReject: z.boolean().describe('true if the replica rejected the call'),
  instructions: count.nullable(),
});

const session = z.object({
  labels: z.array(z.string()),
  caller: count,
  asset: z.string(),
  state: z.string(),
  chunksReceived: count,
  chunksExpected: count,
  bytesReceived: count,
  bytes: count,
  missing: z.string().describe('Indices of the missing chunks, as ranges'),
});

export const failureTimelineSchema = z
  .object({
    events: z.array(timelineEvent),
    eventsTotal: count.describe(
      'Number of events of the history; events far from the first wrong event may be omitted',
    ),
    firstWrong: count.nullable().describe('Index of the first wrong event; null if no single event is wrong'),
    isSameTrace: z
      .boolean()
      .describe('true if this history equals the history of the finding, event for event'),
    isFailing: z
      .boolean()
      .describe('true if this run failed as well; always true on a deterministic replica'),
    sessions: z
      .array(session)
      .describe('State of the sessions just before the first wrong event, according to the model'),
    comparison: comparisonSchema.optional(),
  })
  .describe('What happened when the shrunk schedule ran');

export type FailureTimeline = Immutable<z.infer<typeof failureTimelineSchema>>;
export type FailureTimelineEvent = Immutable<z.infer<typeof timelineEvent>>;

/** Limits of the events kept around the first wrong event. A shrunk schedule has a few dozen events; one that was not shrunk may have thousands. */
const EVENTS_BEFORE_MAX = 300;
const EVENTS_AFTER_MAX = 60;
const SESSIONS_MAX = 40;
/** Large enough for a backtrace of the embedded engine or of PocketIC. */
const REJECT_CHARACTERS_MAX = 4_000;
const TEXT_CHARACTERS_MAX = 500;

export interface FailureTimelineOptions {
  readonly history: History;
  /** The violation in this history; `undefined` if this run did not fail. */
  readonly violation: Pick<Violation, 'event' | 'comparison'> | undefined;
  readonly isSameTrace: boolean;
  readonly target: DescribedTarget;
  readonly reader?: FileReader | undefined;
}

export function failureTimelineOf(
  { schedule }: Pick<Counterexample, 'schedule'>,
  options: FailureTimelineOptions,
): FailureTimeline {
  const { history, violation, isSameTrace, target, reader } = options;
  const { events } = history;
  const firstWrong = violation?.event ?? null;
  const pivot = firstWrong ?? EVENTS_BEFORE_MAX;
  const kept = events
    .filter(({ type, index }) => type !== 'metrics' || index === firstWrong)
    .filter(({ index }) => index >= pivot - EVENTS_BEFORE_MAX && index <= pivot + EVENTS_AFTER_MAX);
  const shown = shownParts(schedule, target);
  const before = (firstWrong ?? events.length) - 1;
  return {
    events: kept.map((event) => timelineEventOf(event, shown)),
    eventsTotal: events.length,
    firstWrong,
    isSameTrace,
    isFailing: violation !== undefined,
    sessions: statesAt(history, before, schedule, target, reader)
      .filter(({ isGone }) => !isGone)
      .slice(0, SESSIONS_MAX)
      .map(({ labels, owner, name, missing, state, ...counts }) => ({
        labels: [...labels],
        caller: owner,
        asset: clip(name, TEXT_CHARACTERS_MAX),
        state,
        chunksReceived: counts.chunksReceived,
        chunksExpected: counts.chunksExpected,
        bytesReceived: counts.bytesReceived,
        bytes: counts.bytes,
        missing: rangesText(missing),
      })),
    ...(violation?.comparison === undefined ? {} : { comparison: violation.comparison }),
  };
}

function timelineEventOf(event: HistoryEvent, shown: ShownParts): FailureTimelineEvent {
  const { index, step, type } = event;
  const isCall = 'operation' in event;
  const isReject = type === 'fail' && event.result.kind === 'rejected';
  return {
    index,
    step,
    type,
    lane: isCall ? event.lane : null,
    call: 'call' in event ? (event.call ?? null) : null,
    operation: isCall ? clip(describeOperation(event.operation, shown), TEXT_CHARACTERS_MAX) : null,
    outcome: 'result' in event ? outcomeOf(event.result) : null,
    text: clip(textOf(event), isReject || type === 'log' ? REJECT_CHARACTERS_MAX : TEXT_CHARACTERS_MAX),
    isReject,
    instructions: 'instructions' in event ? event.instructions : null,
  };
}

function outcomeOf(result: Result): string {
  switch (result.kind) {
    case 'error':
      return result.error;
    case 'rejected':
      return `reject ${result.errorCode}`;
    case 'status':
      return result.state;
    case 'undecodable':
      return 'undecodable';
    case 'blob':
      return `${result.size} B`;
    default:
      return 'Ok';
  }
}

function textOf(event: HistoryEvent): string {
  switch (event.type) {
    case 'invoke':
      return 'submitted to the replica';
    case 'delivered':
      return 'message executed';
    case 'ok':
    case 'fail':
      return resultText(event.result);
    case 'info':
    case 'skipped':
      return event.reason;
    case 'advanced':
      return `time advances by ${event.seconds} s`;
    case 'upgraded':
      return event.failure === undefined ? 'canister upgraded' : `upgrade failed: ${event.failure}`;
    case 'stopping':
      return 'canister stopping';
    case 'restarted':
      return event.failure === undefined ? 'canister restarted' : `restart failed: ${event.failure}`;
    case 'lost':
      return `${event.kind} ${event.method} lost`;
    case 'outage':
      return `${event.canister ?? 'canister'} ${event.condition}`;
    case 'recovered':
      return `${event.canister ?? 'canister'} ${event.failure === undefined ? 'recovered' : `did not recover: ${event.failure}`}`;
    case 'message': {
      const name = `${event.kind}${event.method === '' ? '' : ` ${event.method}`}`;
      return event.failure === undefined ? `${name} executed` : `${name} failed: ${event.failure}`;
    }
    case 'metrics':
      return `${event.at}: heap ${event.heapBytes} B, stable memory ${event.stableBytes} B`;
    case 'log':
      return event.text;
    case 'epilogue':
      return 'end of the schedule: finish every session that can finish';
  }
}
