/**
 * The real size of stable memory follows what is held at most, not what ever went through: cycles of begin, put and abort, of
 * expiry and cleanup, of finish and delete do not make it grow.
 *
 * Unlike `conservation` this believes nothing that the canister tells of itself. Stable memory never shrinks and grows by buckets, so
 * it may at any time be as large as the blocks needed at the peak so far, rounded up to buckets, and one more for the maps
 * beside. How far it grows within an upgrade is a migration's business. Where the order of calls in flight is not told, each of them may
 * have held its bytes before what gave them back.
 */
import type { ModelState } from '../../model/state.js';
import { type Checker, type Evidence, endOf } from '../judgement/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import type { Violation } from '../judgement/verdict.js';
import { blocksNeeded, blocksOfCall, furtherTableBlocks } from './stable-blocks.js';

/** In bytes (canister/README.md, "Stable memory"). */
const BUCKET_BYTES = 524_288;
const BLOCK_BYTES = 16_384;
/** Maps hold what belongs to sessions, blobs and memories in buckets of their own. Measured: 500 sessions and 167 blobs need one more. */
const MAP_BUCKETS = 1;
const MAP_BYTES_PER_RECORD_MAX = 6_144;

type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

interface Sample {
  readonly event: number;
  readonly at: string;
  /** Bytes more than at first, without what upgrades added. */
  readonly growth: number;
}

export const stableGrowth: Checker = {
  name: 'stable-growth',
  check(evidence) {
    const samples = samplesOf(evidence);
    // Cheap before dear: whatever is held, so much is right.
    if (samples.every(({ growth }) => growth <= BUCKET_BYTES * (1 + MAP_BUCKETS))) return undefined;
    const allowed = allowedAt(evidence);
    const sample = samples.find(({ event, growth }) => growth > (allowed.get(event) ?? Infinity));
    return sample && violationOf(sample, allowed.get(sample.event) ?? 0);
  },
};

function samplesOf({ history }: Evidence): readonly Sample[] {
  const metrics = history.events.filter((event): event is Metrics => event.type === 'metrics');
  let base = metrics[0]?.stableBytes ?? 0;
  return metrics.map(({ index, at, stableBytes }, place) => {
    const before = metrics[place - 1];
    if (at === AFTER_UPGRADE && before !== undefined) base += stableBytes - before.stableBytes;
    return { event: index, at, growth: stableBytes - base };
  });
}

/** What the measurement right after an upgrade is called; the one before it comes right before the upgrade. */
const AFTER_UPGRADE = 'after upgrade';

/** Bytes that stable memory may have grown by, at each measurement. */
function allowedAt(evidence: Evidence): ReadonlyMap<number, number> {
  const allowed = new Map<number, number>();
  const inFlightAt = blocksInFlight(evidence);
  let [peak, held] = [0, 0];
  let known: ModelState | undefined;
  const { follow } = evidence;
  follow((event, state) => {
    if (state !== known) {
      const now = BigInt(event.timeNs);
      const { atMost } = blocksNeeded(state, { from: now, to: now }, BLOCK_BYTES);
      held = atMost + furtherTableBlocks(state, BLOCK_BYTES);
      known = state;
    }
    peak = Math.max(peak, held + inFlightAt(event.index));
    if (event.type !== 'metrics') return;
    const records = state.sessions.length + state.memories.length;
    const ofMaps = MAP_BUCKETS + Math.floor((records * MAP_BYTES_PER_RECORD_MAX) / BUCKET_BYTES);
    const ofBlocks = Math.ceil((peak * BLOCK_BYTES) / BUCKET_BYTES);
    allowed.set(event.index, (ofBlocks + ofMaps) * BUCKET_BYTES);
  });
  return allowed;
}

/** Blocks that the calls in flight at an event may have taken already; none where the History tells when they take effect. */
function blocksInFlight({ calls, oracle, limits }: Evidence): (event: number) => number {
  if (calls.some(({ delivered }) => delivered !== undefined)) return () => 0;
  const taking = calls.flatMap((call) => {
    const blocks = blocksOfCall(call, { files: oracle.files, chunkSize: limits.chunkSize }, BLOCK_BYTES);
    return blocks === 0 ? [] : [{ from: call.invoked, to: endOf(call), blocks }];
  });
  return (event) =>
    taking.reduce((sum, { from, to, blocks }) => (from < event && event <= to ? sum + blocks : sum), 0);
}

function violationOf({ event, at, growth }: Sample, most: number): Violation {
  return {
    checker: 'stable-growth',
    rule: 'stable memory grows with what is held at most, not with what ever went through',
    event,
    expected: `${at}: at most ${most} B more stable memory than at first, for no more was ever held at once`,
    seen: `${at}: ${growth} B more`,
  };
}
