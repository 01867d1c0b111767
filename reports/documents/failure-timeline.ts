/**
 * The course of events of a counterexample: its History as a reader needs it, in words, bounded in size. Made while the canister
 * is still there; everything that is drawn later comes from it.
 */
import { describeOperation } from '../../model/operations.js';
import { z } from 'zod';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { statesAt } from '../../harness/judgement/states-at.js';
import type { Violation } from '../../harness/judgement/verdict.js';
import type { FileReader } from '../../model/content.js';
import { rangesText, resultText } from '../../model/explain.js';
import type { Result } from '../../model/result.js';
import { clip } from '../text/visible-text.js';

const count = z.number().int().nonnegative();

const timelineEvent = z.object({
  index: count.describe('Position in the history, from 0'),
  step: z
    .number()
    .int()
    .describe('Index of the step that caused it; -1 set-up, the number of steps for the final drain'),
  type: z.enum([
    ...(['invoke', 'delivered', 'ok', 'fail', 'info', 'skipped'] as const),
    ...(['advanced', 'upgraded', 'message', 'metrics', 'log', 'stopping', 'restarted', 'epilogue'] as const),
  ]),
  lane: count.nullable(),
  call: count.nullable().describe('Ties the events of one call together'),
  operation: z.string().nullable().describe('Of a call: the operation in words'),
  outcome: z.string().nullable().describe('Of an answer: one or two words'),
  text: z.string().describe('What happened, in full: the answer, the reason, the log record'),
  isReject: z.boolean().describe('The replica rejected the call'),
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
  missing: z.string().describe('Indices of chunks, as ranges'),
});

export const failureTimelineSchema = z
  .object({
    events: z.array(timelineEvent),
    eventsTotal: count.describe('Events of the history; those far from the first wrong one may be left out'),
    firstWrong: count.nullable().describe('Index of the first wrong event; null if only the whole is wrong'),
    isSameTrace: z.boolean().describe('Event for event the history in which it was found'),
    isFailing: z.boolean().describe('It failed in this run as well; always so where runs repeat exactly'),
    sessions: z
      .array(session)
      .describe('What the sessions are just before the first wrong event, by the model'),
  })
  .describe('What happened when the shrunk schedule was run');

export type FailureTimeline = z.infer<typeof failureTimelineSchema>;
export type FailureTimelineEvent = z.infer<typeof timelineEvent>;

/** Events kept around the first wrong one. A shrunk schedule has a few dozen; one that was never shrunk may have thousands. */
const EVENTS_BEFORE_MAX = 300;
const EVENTS_AFTER_MAX = 60;
const SESSIONS_MAX = 40;
/** A backtrace of the embedded engine and of PocketIC fits. */
const REJECT_CHARACTERS_MAX = 4_000;
const TEXT_CHARACTERS_MAX = 500;

export interface FailureTimelineOptions {
  readonly history: History;
  /** What is wrong in this very History; undefined if it did not fail this time. */
  readonly violation: Violation | undefined;
  readonly isSameTrace: boolean;
  readonly target: { readonly defaultChunkSize: number };
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
  const before = (firstWrong ?? events.length) - 1;
  return {
    events: kept.map(timelineEventOf),
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
  };
}

function timelineEventOf(event: HistoryEvent): FailureTimelineEvent {
  const { index, step, type } = event;
  const isCall = 'operation' in event;
  const isReject = type === 'fail' && event.result.kind === 'rejected';
  return {
    index,
    step,
    type,
    lane: isCall ? event.lane : null,
    call: 'call' in event ? (event.call ?? null) : null,
    operation: isCall ? clip(describeOperation(event.operation), TEXT_CHARACTERS_MAX) : null,
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
      return 'handed to the replica';
    case 'delivered':
      return 'its message was executed';
    case 'ok':
    case 'fail':
      return resultText(event.result);
    case 'info':
    case 'skipped':
      return event.reason;
    case 'advanced':
      return `${event.seconds} s pass`;
    case 'upgraded':
      return event.failure === undefined
        ? 'the canister is upgraded'
        : `the upgrade failed: ${event.failure}`;
    case 'stopping':
      return 'the canister is asked to stop';
    case 'restarted':
      return event.failure === undefined
        ? 'the canister is started again'
        : `the restart failed: ${event.failure}`;
    case 'message': {
      const failed = event.failure === undefined ? '' : `, and it failed: ${event.failure}`;
      return `${event.kind}${event.method === '' ? '' : ` ${event.method}`} was executed${failed}`;
    }
    case 'metrics':
      return `${event.at}: heap ${event.heapBytes} B, stable memory ${event.stableBytes} B`;
    case 'log':
      return event.text;
    case 'epilogue':
      return 'the schedule is over: what may be finished is finished';
  }
}
