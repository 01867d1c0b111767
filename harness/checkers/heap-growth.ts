/**
 * Chunks do not accumulate in the heap. An upload of 50 MB adds less than 5 MB to the heap of a fresh canister, and less than 1 MB once
 * one upload has warmed it up (CANISTER specification, rule 13). Heaps grow in whole wasm pages and never shrink, so limits are rounded
 * up to pages.
 *
 * For other sizes: every further 50 MB, or part of it, may add 1 MB. This check cannot fail a run of less than 5 MB, because decoding one
 * chunk may take as much heap as all chunks together. The number of sessions has a check of its own (`heap-slope.ts`), which also covers
 * small sessions.
 */
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, endOf } from '../evidence/evidence.js';
import type { History } from '../history/history.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { ruleViolation } from '../evidence/violations.js';
import { type Metrics, WASM_PAGE_BYTES, heapGrowthOverSessions } from './heap-slope.js';

const FRESH_GROWTH_BYTES_MAX = 5_000_000;
const WARM_GROWTH_BYTES_MAX = 1_000_000;
const UPLOAD_BYTES = 50_000_000;

/** A put that reached the canister. */
interface SentPut {
  /** Index of the event at which it was issued. */
  readonly event: number;
  readonly bytes: number;
}

export const heapGrowth: Checker = {
  name: 'heap-growth',
  check(evidence) {
    const sent = sentPuts(evidence);
    for (const metrics of metricsPerHeap(evidence.history)) {
      const [fresh] = metrics;
      if (fresh === undefined) continue;
      const warm = warmedAt(evidence, metrics, sent);
      const violation =
        firstTooLarge(metrics, sent, {
          base: fresh,
          name: 'the fresh canister',
          bytesMax: FRESH_GROWTH_BYTES_MAX,
        }) ??
        (warm &&
          firstTooLarge(metrics, sent, {
            base: warm,
            name: 'the warmed canister',
            bytesMax: WARM_GROWTH_BYTES_MAX,
          })) ??
        heapGrowthOverSessions(evidence, metrics);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

/** The measurements between one upgrade and the next: an upgrade starts with a new heap. */
function metricsPerHeap({ events }: History): readonly (readonly Metrics[])[] {
  const heaps: Metrics[][] = [[]];
  for (const event of events) {
    if (event.type === 'upgraded' && event.failure === undefined) heaps.push([]);
    else if (event.type === 'metrics') heaps.at(-1)?.push(event);
  }
  return heaps;
}

/** What later measurements are compared with. */
interface Base {
  readonly base: Metrics;
  readonly name: string;
  /** By how many bytes the first 50 MB may let the heap grow. */
  readonly bytesMax: number;
}

function firstTooLarge(
  metrics: readonly Metrics[],
  sent: readonly SentPut[],
  { base, name, bytesMax }: Base,
): Violation | undefined {
  for (const later of metrics) {
    if (later.index <= base.index) continue;
    const bytes = sent
      .filter(({ event }) => event > base.index && event < later.index)
      .reduce((sum, one) => sum + one.bytes, 0);
    const further = Math.max(0, Math.ceil(bytes / UPLOAD_BYTES) - 1);
    const limit = toPages(bytesMax + further * WARM_GROWTH_BYTES_MAX);
    const growth = later.heapBytes - base.heapBytes;
    if (growth <= limit) continue;
    return ruleViolation(RULES.heapForChunks, {
      operation: 'heap',
      expectedKind: 'a bounded size',
      seenKind: 'growth with the bytes put',
      event: later.index,
      expected: `at most ${limit} B more heap than ${name} had (event ${base.index}), after ${bytes} B were put`,
      seen: `${growth} B more (${later.heapBytes} B at ${later.at})`,
    });
  }
  return undefined;
}

/** The first measurement after an upload whose chunks were as large as any of the run. */
function warmedAt(
  evidence: Evidence,
  metrics: readonly Metrics[],
  sent: readonly SentPut[],
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

function sentPuts({ calls, oracle, limits }: Evidence): readonly SentPut[] {
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
