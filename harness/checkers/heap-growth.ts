/**
 * Chunks are not gathered in the heap. An upload of 50 MB adds under 5 MB to a fresh canister's heap and under 1 MB once one
 * upload has warmed it (CANISTER specification, rule 13). Heaps grow in whole wasm pages and never shrink, so limits are
 * rounded up to pages.
 *
 * Scaled to other runs: every further 50 MB begun may add 1 MB more. A run of less than 5 MB cannot fail by that, for one chunk
 * being decoded may take as much as all of them gathered; but neither does the heap grow with the number of sessions
 * (`heap-slope.ts`), however small they are.
 */
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, endOf } from '../judgement/evidence.js';
import type { History, HistoryEvent } from '../history/history.js';
import type { Violation } from '../judgement/verdict.js';
import { growingOverSessions } from './heap-slope.js';

const WASM_PAGE_BYTES = 65_536;
const FRESH_GROWTH_BYTES_MAX = 5_000_000;
const WARM_GROWTH_BYTES_MAX = 1_000_000;
const UPLOAD_BYTES = 50_000_000;

type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

interface Sent {
  readonly event: number;
  readonly bytes: number;
}

export const heapGrowth: Checker = {
  name: 'heap-growth',
  check(evidence) {
    const sent = bytesSent(evidence);
    for (const metrics of livesOfHeap(evidence.history)) {
      const [fresh] = metrics;
      if (fresh === undefined) continue;
      const warm = warmedAt(evidence, metrics, sent);
      const violation =
        firstTooLarge(metrics, fresh, sent, FRESH_GROWTH_BYTES_MAX, 'the fresh canister') ??
        (warm && firstTooLarge(metrics, warm, sent, WARM_GROWTH_BYTES_MAX, 'the warmed canister')) ??
        growingOverSessions(evidence, metrics);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

/** The measurements between one upgrade and the next, for an upgrade starts with a new heap. */
function livesOfHeap({ events }: History): readonly (readonly Metrics[])[] {
  const lives: Metrics[][] = [[]];
  for (const event of events) {
    if (event.type === 'upgraded' && event.failure === undefined) lives.push([]);
    else if (event.type === 'metrics') lives.at(-1)?.push(event);
  }
  return lives;
}

function firstTooLarge(
  metrics: readonly Metrics[],
  base: Metrics,
  sent: readonly Sent[],
  firstBytesMax: number,
  baseName: string,
): Violation | undefined {
  for (const later of metrics) {
    if (later.index <= base.index) continue;
    const bytes = sent
      .filter(({ event }) => event > base.index && event < later.index)
      .reduce((sum, one) => sum + one.bytes, 0);
    const further = Math.max(0, Math.ceil(bytes / UPLOAD_BYTES) - 1);
    const limit = toPages(firstBytesMax + further * WARM_GROWTH_BYTES_MAX);
    const growth = later.heapBytes - base.heapBytes;
    if (growth <= limit) continue;
    return {
      checker: 'heap-growth',
      rule: 'chunks are never gathered in the heap',
      event: later.index,
      expected: `at most ${limit} B more heap than ${baseName} had (event ${base.index}), after ${bytes} B were put`,
      seen: `${growth} B more (${later.heapBytes} B at ${later.at})`,
    };
  }
  return undefined;
}

/** The first measurement after an upload that sent chunks as large as any of the run. */
function warmedAt(
  evidence: Evidence,
  metrics: readonly Metrics[],
  sent: readonly Sent[],
): Metrics | undefined {
  const largest = sent.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const since = metrics[0]?.index ?? 0;
  const finish = evidence.calls.find(
    (call) =>
      call.result?.kind === 'finished' &&
      call.invoked > since &&
      sent.some(({ event, bytes }) => bytes === largest && event < endOf(call)),
  );
  return finish && metrics.find(({ index }) => index > endOf(finish));
}

/** Bytes of the put of every call that reached the canister, at the event where it began. */
function bytesSent({ calls, oracle, limits }: Evidence): readonly Sent[] {
  return calls
    .filter(({ outcome }) => outcome !== 'skipped')
    .flatMap((call) => {
      const bytes = bytesOfPut(call, oracle.files, limits.chunkSize);
      return bytes === undefined ? [] : [{ event: call.invoked, bytes }];
    });
}

function bytesOfPut(
  { request }: CallRecord,
  files: Evidence['oracle']['files'],
  chunkSize: number,
): number | undefined {
  if (request?.op !== 'put') return undefined;
  const { file, index, data } = request;
  return chunkLengthSent(fileAt(files, file).bytes, request.chunkSize ?? chunkSize, index, data);
}

function toPages(bytes: number): number {
  return Math.ceil(bytes / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
}
