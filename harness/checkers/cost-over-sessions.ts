/**
 * What a call costs does not grow with the number of sessions (CANISTER specification, rule 13).
 *
 * Compared are calls of one shape: a put as the nth of its session, of the same chunk of the same file after the same chunks, does the
 * same work and hashes the same bytes whichever session it is in. Instructions are exact, but single messages have outliers upwards: some
 * make stable memory or a table grow, some split the node of a map, the first after an upgrade meets a cold heap. So the
 * cheapest of eight consecutive ones is looked at. Measured on the upload canister with 500 sessions: for puts these differ by under
 * 2 %; begin, finish and abort go through maps, whose depth grows with the logarithm, and at 500 sessions cost up to 1.9 times as much.
 */
import { interfaceText, operationText } from '../../model/operations.js';
import { type CallRecord } from '../history/calls.js';
import type { Evidence, SessionCalls } from '../judgement/evidence.js';
import type { Violation } from '../judgement/verdict.js';

const WINDOW = 8;
/** Sessions from which on there are many of them. */
const MANY_SESSIONS = 64;
/** With 500 sessions a put costs so much more than with none, at most: held against a line through what is seen from so many on. */
const PUT_GROWTH_MAX = 1.2;
const SESSIONS_OF_RULE = 500;
const FITTED_SESSIONS_MIN = 200;
/** Other calls go through maps; what is proportional to the sessions still stands out. */
const OTHER_GROWTH_MAX = 2.5;
/** Instructions: what cheap calls may differ by. */
const SLACK = 5_000;
/** Of a session's puts, so many first ones are compared. */
const PUTS_COMPARED_MAX = 4;

/** One call, with the number of sessions begun before it. */
interface Point {
  readonly call: CallRecord;
  readonly event: number;
  readonly sessions: number;
  readonly instructions: number;
}

/** The cheapest of some consecutive points. */
interface Window {
  readonly first: Point;
  readonly sessions: number;
  readonly least: number;
}

export function growingOverSessions(evidence: Evidence): Violation | undefined {
  if (evidence.sessions.size < MANY_SESSIONS + WINDOW) return undefined;
  for (const [shape, points] of seriesOf(evidence)) {
    const windows = windowsOf(points);
    const [first] = windows;
    if (first === undefined) continue;
    const isPut = shape.startsWith('put');
    const limit = first.least * (isPut ? PUT_GROWTH_MAX : OTHER_GROWTH_MAX) + SLACK;
    const dear = windows.find(
      ({ sessions, least }) => sessions >= first.sessions + MANY_SESSIONS && least > limit,
    );
    if (dear !== undefined) return violationOf(first, dear, limit, dear.least);
    const fitted = isPut ? fittedAtRule(windows) : undefined;
    const last = windows.at(-1);
    if (last !== undefined && fitted !== undefined && fitted > first.least * PUT_GROWTH_MAX)
      return violationOf(first, last, first.least * PUT_GROWTH_MAX, fitted);
  }
  return undefined;
}

/** Calls by their shape, in the order in which they were executed. */
function seriesOf(evidence: Evidence): ReadonlyMap<string, readonly Point[]> {
  const begins = [...evidence.sessions.values()]
    .map(({ begin }) => begin.ended ?? Infinity)
    .sort((a, b) => a - b);
  const series = new Map<string, Point[]>();
  const add = (callShape: string, call: CallRecord): void => {
    const shape = `${callShape}${interfaceText(call.operation)}`;
    const event = call.delivered === undefined ? undefined : evidence.history.events[call.delivered];
    if (event?.type !== 'delivered') return;
    const points = series.get(shape) ?? [];
    series.set(shape, points);
    const sessions = countBelow(begins, event.index);
    points.push({ call, event: event.index, sessions, instructions: event.instructions });
  };
  for (const session of evidence.sessions.values()) addSession(session, add);
  for (const points of series.values()) points.sort((a, b) => a.event - b.event);
  return series;
}

function addSession(session: SessionCalls, add: (shape: string, call: CallRecord) => void): void {
  const { file, chunkSize, begin, calls } = session;
  const base = `${file} ${chunkSize}`;
  if (begin.outcome === 'ok') add(`begin ${base}`, begin);
  const executed = calls
    .filter(({ delivered }) => delivered !== undefined)
    .sort((a, b) => (a.delivered ?? 0) - (b.delivered ?? 0));
  const stored: number[] = [];
  for (const call of executed) {
    const { request, outcome, operation } = call;
    // Whatever else is done to it may leave it in another state than the others are in.
    if (outcome !== 'ok' || request === undefined) return;
    if (request.op !== 'put') {
      add(`${operation.op} ${base} after ${stored.join()}`, call);
      return;
    }
    if (request.data.kind !== 'right' || stored.includes(request.index)) return;
    stored.push(request.index);
    if (stored.length <= PUTS_COMPARED_MAX) add(`put ${base} ${stored.join()}`, call);
  }
}

function windowsOf(points: readonly Point[]): readonly Window[] {
  const windows: Window[] = [];
  for (let at = 0; at + WINDOW <= points.length; at += WINDOW) {
    const some = points.slice(at, at + WINDOW);
    const least = Math.min(...some.map(({ instructions }) => instructions));
    windows.push({ first: some[0]!, sessions: some[0]!.sessions, least });
  }
  return windows;
}

/** What a call would cost at the number of sessions that the rule names, by a line through the windows (least squares). */
function fittedAtRule(windows: readonly Window[]): number | undefined {
  const span = (windows.at(-1)?.sessions ?? 0) - (windows[0]?.sessions ?? 0);
  if (span < FITTED_SESSIONS_MIN) return undefined;
  const mean = (of: (window: Window) => number): number =>
    windows.reduce((sum, window) => sum + of(window), 0) / windows.length;
  const [meanSessions, meanLeast] = [mean(({ sessions }) => sessions), mean(({ least }) => least)];
  const covariance = mean(({ sessions, least }) => (sessions - meanSessions) * (least - meanLeast));
  const variance = mean(({ sessions }) => (sessions - meanSessions) ** 2);
  return meanLeast + (covariance / variance) * (SESSIONS_OF_RULE - meanSessions);
}

function countBelow(sorted: readonly number[], bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function violationOf(first: Window, dear: Window, limit: number, seen: number): Violation {
  const operation = operationText(dear.first.call.operation);
  const fitted = seen === dear.least ? '' : ` at ${SESSIONS_OF_RULE} sessions, by a line through all of them`;
  return {
    checker: 'instruction-cost',
    rule: 'a call costs as much beside many sessions as beside few',
    event: dear.first.event,
    expected: `${operation}: at most ${Math.floor(limit)} instructions, for with ${first.sessions} sessions it took ${first.least}`,
    seen: `${operation}: ${Math.ceil(seen)} or more${fitted}, with ${dear.sessions} sessions`,
  };
}
