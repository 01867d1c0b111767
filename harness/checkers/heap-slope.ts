/**
 * The heap does not grow with the number of sessions. Once a few sessions have warmed it, it stays as it is, whatever comes, unless a
 * longer argument than any before has to be decoded; measured on 500 sessions of the upload canister: no page.
 */
import type { Evidence } from '../judgement/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import type { Violation } from '../judgement/verdict.js';

const WASM_PAGE_BYTES = 65_536;
/** Sessions begun before the heap counts as warm. */
const WARM_SESSIONS = 4;
/** Pages that fragmentation may still take then, however many sessions follow. */
const WARM_PAGES_MAX = 2;
/** Bytes of heap for each byte of an argument: raw, decoded, and room that a growing vector had before. */
const BYTES_PER_ARGUMENT_BYTE = 4;

type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

/** `life`: the measurements of one heap, from its beginning. */
export function growingOverSessions({ history }: Evidence, life: readonly Metrics[]): Violation | undefined {
  const [fresh] = life;
  if (fresh === undefined) return undefined;
  let warm: Metrics | undefined;
  let [sessions, longest, longestWhenWarm] = [0, 0, 0];
  let next = 0;
  for (const event of history.events.slice(fresh.index)) {
    if (event.type === 'ok' && event.operation.op === 'begin') sessions++;
    if (event.type === 'invoke') longest = Math.max(longest, event.argBytes ?? 0);
    if (event !== life[next]) continue;
    const later = life[next++]!;
    if (sessions < WARM_SESSIONS) continue;
    if (warm === undefined) [warm, longestWhenWarm] = [later, longest];
    const ofArguments = Math.ceil(((longest - longestWhenWarm) * BYTES_PER_ARGUMENT_BYTE) / WASM_PAGE_BYTES);
    const most = (WARM_PAGES_MAX + ofArguments) * WASM_PAGE_BYTES;
    const growth = later.heapBytes - warm.heapBytes;
    if (growth <= most) continue;
    return {
      checker: 'heap-growth',
      rule: 'the heap does not grow with the number of sessions',
      event: later.index,
      expected: `at most ${most} B more heap than at event ${warm.index}, where ${WARM_SESSIONS} sessions had warmed it`,
      seen: `${growth} B more after ${sessions} sessions (${later.heapBytes} B at ${later.at})`,
    };
  }
  return undefined;
}
