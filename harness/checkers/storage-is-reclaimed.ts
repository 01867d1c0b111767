/**
 * Storage of uploads that have ended is used again: over cycles of begin, put, and abort (or expiry, or deletion), neither stable memory
 * nor the heap grows with the bytes that went through. Uses no model and no sizes of the canister: growth is compared with the bytes that
 * were released, while no more bytes were held than before. A heap is judged only if it has a budget: a garbage collector may let it grow
 * by far more than one upload before it runs.
 *
 * Memory grows in steps, so one step proves nothing. Records of ended uploads may stay, so only uploads of at least a page count.
 */
import type { Checker } from '../evidence/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { firstOfEachKind, ruleViolation } from '../evidence/violations.js';
import { holdingOf, mostHeldAt } from '../ledger/held-bytes.js';
import type { Ledger } from '../ledger/ledger.js';

type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

/** A page of memory on the Internet Computer. */
const PAGE_BYTES = 65_536;
/** Uploads that must have ended, and steps of growth that must have followed. */
const RELEASES_MIN = 4;
const STEPS_MIN = 2;
/** Growth per released byte. A canister that reclaims storage has nearly none, one that does not has 1 or more. */
const GROWTH_PER_BYTE = 0.5;

/** A memory of the canister, and its size in bytes. */
interface Memory {
  readonly name: string;
  readonly sizeOf: (metrics: Metrics) => number;
  readonly isJudged: (promises: Ledger['promises']) => boolean;
}

const MEMORIES: readonly Memory[] = [
  { name: 'stable memory', sizeOf: ({ stableBytes }) => stableBytes, isJudged: () => true },
  {
    name: 'heap',
    sizeOf: ({ heapBytes }) => heapBytes,
    isJudged: ({ budgets }) => budgets?.heapBytes !== undefined,
  },
];

interface Release {
  readonly event: number;
  readonly bytes: number;
}

export const storageIsReclaimed: Checker = {
  name: 'storage-is-reclaimed',
  check({ history, ledger }) {
    const releases = releasesOf(ledger);
    if (releases.length < RELEASES_MIN) return undefined;
    return firstOfEachKind(
      segmentsOf(history.events).flatMap((samples) =>
        MEMORIES.filter(({ isJudged }) => isJudged(ledger.promises)).flatMap(
          (memory) => growthIn(ledger, memory, samples, releases) ?? [],
        ),
      ),
    );
  },
};

/** The ends of uploads that held at least a page, in order. */
function releasesOf(ledger: Ledger): readonly Release[] {
  return ledger.uploads
    .map((upload) => holdingOf(ledger, upload))
    .map(({ puts, releasedAt }) => ({
      event: releasedAt,
      bytes: puts.reduce((sum, { bytes }) => sum + bytes, 0),
    }))
    .filter(({ event, bytes }) => event !== Infinity && bytes >= PAGE_BYTES)
    .sort((a, b) => a.event - b.event);
}

/** The measurements between upgrades. A migration may need stable memory of its own, and a new module begins with a new heap. */
function segmentsOf(events: readonly HistoryEvent[]): readonly (readonly Metrics[])[] {
  const segments: Metrics[][] = [[]];
  for (const event of events) {
    if (event.type === 'upgraded') segments.push([]);
    else if (event.type === 'metrics') segments.at(-1)?.push(event);
  }
  return segments;
}

function growthIn(
  ledger: Ledger,
  { name, sizeOf }: Memory,
  samples: readonly Metrics[],
  releases: readonly Release[],
): Violation | undefined {
  const [firstRelease] = releases;
  const base = samples.find(({ index }) => firstRelease !== undefined && index >= firstRelease.event);
  const last = samples.at(-1);
  if (base === undefined || last === undefined) return undefined;
  const between = releases.filter(({ event }) => event > base.index && event <= last.index);
  const released = between.reduce((sum, { bytes }) => sum + bytes, 0);
  const growth = sizeOf(last) - sizeOf(base);
  if (between.length < RELEASES_MIN - 1 || growth < released * GROWTH_PER_BYTE) return undefined;
  if (stepsIn(samples.slice(samples.indexOf(base)).map(sizeOf)) < STEPS_MIN) return undefined;
  if (mostHeldAt(ledger, last.index) > mostHeldAt(ledger, base.index)) return undefined;
  return ruleViolation(RULES.storageIsReclaimed, {
    operation: name,
    expectedKind: 'a bounded size',
    seenKind: 'growth with ended uploads',
    event: last.index,
    expected: `${last.at}: about ${grouped(sizeOf(base))} B of ${name}, because no more bytes were held at once since`,
    seen:
      `${last.at}: ${grouped(sizeOf(last))} B of ${name}, which is ${grouped(growth)} B more, ` +
      `after ${between.length} uploads with ${grouped(released)} B had ended`,
  });
}

function grouped(bytes: number): string {
  return bytes.toLocaleString('en-US');
}

function stepsIn(sizes: readonly number[]): number {
  return sizes.filter((size, place) => size > (sizes[place - 1] ?? Infinity)).length;
}
