/** The context of a failure, for people: the canister's log, rejected calls, and the progress of every session. */
import { describeOperation, type ShownParts } from '../../model/operations.js';
import { z } from 'zod';
import { count, type DataOf } from '../../model/data.js';
import type { FileReader } from '../../model/content.js';
import { rangesText, resultText } from '../../model/explain.js';
import type { Schedule } from '../../model/schedule.js';
import { shownParts, type DescribedTarget } from '../evidence/shown-parts.js';
import type { History, HistoryEvent } from '../history/history.js';
import { statesAt } from '../judgement/states-at.js';
import { comparisonSchema } from '../evidence/comparison.js';
import type { Violation } from '../evidence/verdict.js';

const event = count.describe('Index in the history');

export const contextSchema = z.strictObject({
  logs: z
    .array(z.strictObject({ event, text: z.string() }))
    .describe("The canister's latest log lines up to the failing step"),
  rejects: z
    .array(z.strictObject({ event, what: z.string(), text: z.string() }))
    .describe('The latest calls, messages, and upgrades that were rejected up to the failing step'),
  sessions: z
    .array(
      z.strictObject({
        labels: z.array(z.string()),
        caller: count.describe('Index of the owner'),
        asset: z.string(),
        state: z.string(),
        chunksReceived: count,
        chunksExpected: count,
        bytesReceived: count,
        bytes: count,
        missing: z.string().describe('Ranges of chunk indices'),
      }),
    )
    .describe('The sessions just before the first wrong event, according to the model'),
  epilogue: z
    .array(z.string())
    .describe('The operations of the epilogue and their results up to the failure; absent if there are none')
    .optional(),
  inFlight: z
    .array(
      z.strictObject({
        step: count.describe('Index of the step'),
        calls: z.array(count).describe('Their steps'),
      }),
    )
    .describe('Steps that begin while calls of earlier steps are in flight; absent if there are none')
    .optional(),
  comparison: comparisonSchema.optional(),
});

export type CounterexampleContext = DataOf<typeof contextSchema>;

const LOGS_MAX = 20;
const REJECTS_MAX = 10;
const SESSIONS_MAX = 40;
const EPILOGUE_MAX = 20;
/** Enough for a backtrace. */
const CHARACTERS_MAX = 4_000;

function clip(text: string): string {
  return text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text;
}

export function contextOf(
  history: History,
  violation: Pick<Violation, 'event' | 'comparison'>,
  schedule: Pick<Schedule, 'limits' | 'files' | 'steps'>,
  target: DescribedTarget,
  reader?: FileReader,
): CounterexampleContext {
  const { events } = history;
  const shown = shownParts(schedule, target);
  const failing = violation.event === undefined ? events.at(-1) : events[violation.event];
  // Logs are recorded at the end of a step, after its results.
  const before = events.filter(({ step }) => step <= (failing?.step ?? -1));
  return {
    logs: before
      .flatMap((one) => (one.type === 'log' ? [{ event: one.index, text: clip(one.text) }] : []))
      .slice(-LOGS_MAX),
    rejects: before.flatMap((one) => rejectOf(one, shown)).slice(-REJECTS_MAX),
    sessions: sessionsBefore(history, violation.event ?? events.length, schedule, target, reader),
    ...epilogueOf(events, failing, shown),
    ...inFlightOf(history, schedule),
    ...(violation.comparison === undefined ? {} : { comparison: violation.comparison }),
  };
}

/** The steps other than deliveries that begin before the calls of earlier steps have ended. */
function inFlightOf(
  { events }: History,
  { steps }: Pick<Schedule, 'steps'>,
): Pick<CounterexampleContext, 'inFlight'> {
  const inFlight: NonNullable<CounterexampleContext['inFlight']>[number][] = [];
  /** By call: the step that issued it. */
  const open = new Map<number | undefined, number>();
  let last = -1;
  for (const event of events) {
    const isFirst = event.step > last;
    last = Math.max(last, event.step);
    const kind = steps[event.step]?.do;
    if (isFirst && open.size > 0 && kind !== undefined && kind !== 'deliver' && kind !== 'drain')
      inFlight.push({ step: event.step, calls: [...open.values()] });
    if (event.type === 'invoke') open.set(event.call, event.step);
    else if (ENDS.has(event.type) && 'call' in event) open.delete(event.call);
  }
  return inFlight.length === 0 ? {} : { inFlight };
}

const ENDS: ReadonlySet<HistoryEvent['type']> = new Set(['ok', 'fail', 'info', 'skipped']);

/** The latest lines such as `after the schedule: finish A: Ok …`. */
function epilogueOf(
  events: readonly HistoryEvent[],
  failing: HistoryEvent | undefined,
  shown: ShownParts,
): Pick<CounterexampleContext, 'epilogue'> {
  const begins = events.findIndex(({ type }) => type === 'epilogue');
  if (begins < 0 || failing === undefined || failing.index < begins) return {};
  const lines = events.slice(begins, failing.index + 1).flatMap((one) => {
    if (one.type !== 'ok' && one.type !== 'fail' && one.type !== 'info') return [];
    const end = one.type === 'info' ? `no answer: ${one.reason}` : resultText(one.result);
    return [clip(`after the schedule: ${describeOperation(one.operation, shown)}: ${end}`)];
  });
  return { epilogue: lines.slice(-EPILOGUE_MAX) };
}

function rejectOf(one: HistoryEvent, shown: ShownParts): CounterexampleContext['rejects'] {
  const reject = (what: string, text: string) => [{ event: one.index, what, text: clip(text) }];
  if (one.type === 'fail' && one.result.kind === 'rejected')
    return reject(describeOperation(one.operation, shown), `${one.result.errorCode}: ${one.result.text}`);
  if (one.type === 'info') return reject(describeOperation(one.operation, shown), one.reason);
  if (one.type === 'message' && one.failure !== undefined)
    return reject(one.method === '' ? one.kind : `${one.kind} ${one.method}`, one.failure);
  if (one.type === 'upgraded' && one.failure !== undefined) return reject('upgrade', one.failure);
  if (one.type === 'restarted' && one.failure !== undefined) return reject('restart', one.failure);
  return [];
}

export function sessionsBefore(
  history: History,
  event: number,
  schedule: Pick<Schedule, 'limits' | 'files'>,
  target: { readonly defaultChunkSize: number },
  reader?: FileReader,
): CounterexampleContext['sessions'] {
  return statesAt(history, event - 1, schedule, target, reader)
    .filter(({ isGone }) => !isGone)
    .slice(0, SESSIONS_MAX)
    .map(({ labels, owner, name, state, missing, ...counts }) => ({
      labels: [...labels],
      caller: owner,
      asset: clip(name),
      state,
      chunksReceived: counts.chunksReceived,
      chunksExpected: counts.chunksExpected,
      bytesReceived: counts.bytesReceived,
      bytes: counts.bytes,
      missing: rangesText(missing),
    }));
}
