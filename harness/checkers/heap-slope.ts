/**
 * The heap does not grow with the number of sessions. Once a few sessions have warmed it up, it keeps its size, unless a longer argument
 * than any before has to be decoded. Measured with 500 sessions of the upload canister: no growth at all.
 */
import { at } from '../at.js';
import type { HistoryEvent } from '../history/history.js';
import type { Evidence } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { ruleViolation } from '../evidence/violations.js';

export const WASM_PAGE_BYTES = 65_536;
/** A measurement of the canister's memory. */
export type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

/** Sessions begun before the heap counts as warm. */
const WARM_SESSIONS = 4;
/** Pages that fragmentation may take after that, however many sessions follow. */
const WARM_PAGES_MAX = 2;
/** Bytes of heap per byte of an argument: raw, decoded, and what a growing vector had allocated before. */
const BYTES_PER_ARGUMENT_BYTE = 4;

/** @param measurements all measurements of one heap, from its beginning */
export function heapGrowthOverSessions(
  { history }: Evidence,
  measurements: readonly Metrics[],
): Violation | undefined {
  const [fresh] = measurements;
  if (fresh === undefined) return undefined;
  let warm: Metrics | undefined;
  let [sessions, longest, longestWhenWarm] = [0, 0, 0];
  let next = 0;
  for (const event of history.events.slice(fresh.index)) {
    if (event.type === 'ok' && event.operation.op === 'begin') sessions++;
    if (event.type === 'invoke') longest = Math.max(longest, event.argBytes ?? 0);
    if (event !== measurements[next]) continue;
    const later = at(measurements, next++);
    if (sessions < WARM_SESSIONS) continue;
    if (warm === undefined) [warm, longestWhenWarm] = [later, longest];
    const argumentPages = Math.ceil(
      ((longest - longestWhenWarm) * BYTES_PER_ARGUMENT_BYTE) / WASM_PAGE_BYTES,
    );
    const growthMax = (WARM_PAGES_MAX + argumentPages) * WASM_PAGE_BYTES;
    const growth = later.heapBytes - warm.heapBytes;
    if (growth <= growthMax) continue;
    return ruleViolation(RULES.heapForSessions, {
      operation: 'heap',
      expectedKind: 'a bounded size',
      seenKind: 'growth with the sessions',
      event: later.index,
      expected: `at most ${growthMax} B more heap than at event ${warm.index}, where ${WARM_SESSIONS} sessions had warmed it up`,
      seen: `${growth} B more after ${sessions} sessions (${later.heapBytes} B at ${later.at})`,
    });
  }
  return undefined;
}
