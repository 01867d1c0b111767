/**
 * The cost of a call does not grow with the number of sessions (CANISTER specification, rule 13).
 *
 * Only calls of one shape are compared. Two puts have the same shape if they are the nth of their session and put the same chunk of the
 * same file after the same chunks: they do the same work and hash the same bytes in any session. Instruction counts are exact, but
 * single messages have upward outliers: some make stable memory or a table grow, some split a node of a map, and the first message
 * after an upgrade meets a cold heap. Therefore the cheapest of eight consecutive calls counts. Measured on the upload canister with 500
 * sessions: puts differ by less than 2 %; begin, finish, and abort search maps, whose depth grows with the logarithm, and cost up to 1.9
 * times as much.
 */
import { interfaceText } from '../../model/operations.js';
import { at } from '../at.js';
import type { CallRecord } from '../history/calls.js';
import type { Evidence, SessionCalls } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';

const WINDOW = 8;
/** Number of sessions that counts as many. */
const MANY_SESSIONS = 64;
/** How many times as much a put may cost with `SESSIONS_OF_RULE` sessions as with none. */
const PUT_GROWTH_MAX = 1.2;
const SESSIONS_OF_RULE = 500;
/** Number of sessions that a series must span before a line is fitted to it. */
const FITTED_SESSIONS_MIN = 200;
/** The same for other calls. They search maps; a cost that is proportional to the sessions still exceeds this. */
const OTHER_GROWTH_MAX = 2.5;
/** Instructions by which cheap calls may differ. */
const SLACK = 5_000;
/** How many puts of a session are compared, from the first on. */
const PUTS_COMPARED_MAX = 4;

/** One call, its cost, and the number of sessions begun before it. */
interface Point {
  readonly call: CallRecord;
  readonly event: number;
  readonly sessions: number;
  readonly instructions: number;
}

/** Consecutive points, with the cost of the cheapest. */
interface Window {
  readonly first: Point;
  readonly sessions: number;
  readonly least: number;
}

export function costGrowthOverSessions(evidence: Evidence): Violation | undefined {
  if (evidence.sessions.size < MANY_SESSIONS + WINDOW) return undefined;
  for (const [shape, points] of seriesOf(evidence)) {
    const windows = windowsOf(points);
    const [first] = windows;
    if (first === undefined) continue;
    const isPut = shape.startsWith('put');
    const limit = first.least * (isPut ? PUT_GROWTH_MAX : OTHER_GROWTH_MAX) + SLACK;
    const expensive = windows.find(
      ({ sessions, least }) => sessions >= first.sessions + MANY_SESSIONS && least > limit,
    );
    if (expensive !== undefined) return violationOf(first, expensive, limit, expensive.least);
    const fitted = isPut ? costAtRule(windows) : undefined;
    const last = windows.at(-1);
    if (last !== undefined && fitted !== undefined && fitted > first.least * PUT_GROWTH_MAX)
      return violationOf(first, last, first.least * PUT_GROWTH_MAX, fitted);
  }
  return undefined;
}

/** Calls by their shape, in order of execution. */
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
    // Any other call may leave the session in a state that other sessions are not in.
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
  for (let start = 0; start + WINDOW <= points.length; start += WINDOW) {
    const first = at(points, start);
    const costs = points.slice(start, start + WINDOW).map(({ instructions }) => instructions);
    windows.push({ first, sessions: first.sessions, least: Math.min(...costs) });
  }
  return windows;
}

/** The cost of a call with `SESSIONS_OF_RULE` sessions, by a line fitted to the windows (least squares). */
function costAtRule(windows: readonly Window[]): number | undefined {
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
    if (at(sorted, middle) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function violationOf(first: Window, expensive: Window, limit: number, seen: number): Violation {
  const fitted =
    seen === expensive.least ? '' : ` at ${SESSIONS_OF_RULE} sessions, by a line fitted to all calls`;
  return callViolation(RULES.callCost, expensive.first.call, {
    expected: `at most ${Math.floor(limit)} instructions, because with ${first.sessions} sessions it took ${first.least}`,
    expectedKind: 'a constant cost',
    seen: `at least ${Math.ceil(seen)}${fitted}, with ${expensive.sessions} sessions`,
    seenKind: 'growth with the sessions',
    event: expensive.first.event,
  });
}
