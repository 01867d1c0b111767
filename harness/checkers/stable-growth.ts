/**
 * The size of stable memory is bounded by the most data that was ever held at the same time. Cycles of begin, put, and abort, of expiry
 * and cleanup, or of finish and delete do not make it grow.
 *
 * Unlike `conservation`, this checker trusts no statistics of the canister. Stable memory never shrinks and grows by buckets, so it may
 * be as large as the blocks needed at the peak so far, rounded up to buckets, plus one bucket for the maps. Growth within an upgrade
 * does not count, because a migration may need it. Where the order of calls in flight is unknown, each of them may have held its bytes
 * before others were freed.
 */
import type { ModelState } from '../../model/state.js';
import { type Checker, type Evidence, endOf } from '../evidence/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { ruleViolation } from '../evidence/violations.js';
import { blocksNeeded, blocksOfCall, furtherTableBlocks } from './stable-blocks.js';

/** In bytes (canister/README.md, "Stable memory"). */
const BUCKET_BYTES = 524_288;
const BLOCK_BYTES = 16_384;
/** Maps of sessions, blobs, and memories have buckets of their own. Measured: 500 sessions and 167 blobs need one more. */
const MAP_BUCKETS = 1;
const MAP_BYTES_PER_RECORD_MAX = 6_144;

type Metrics = Extract<HistoryEvent, { type: 'metrics' }>;

interface Sample {
  readonly event: number;
  readonly at: string;
  /** Bytes of growth since the first measurement, without growth within upgrades. */
  readonly growth: number;
}

export const stableGrowth: Checker = {
  name: 'stable-growth',
  check(evidence) {
    const samples = samplesOf(evidence);
    // A cheap check first: this much growth is always allowed.
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

/** The label of the measurement right after an upgrade. The measurement before it comes right before the upgrade. */
const AFTER_UPGRADE = 'after upgrade';

/** Bytes by which stable memory may have grown at each measurement, by the index of its event. */
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
    const mapBuckets = MAP_BUCKETS + Math.floor((records * MAP_BYTES_PER_RECORD_MAX) / BUCKET_BYTES);
    const blockBuckets = Math.ceil((peak * BLOCK_BYTES) / BUCKET_BYTES);
    allowed.set(event.index, (blockBuckets + mapBuckets) * BUCKET_BYTES);
  });
  return allowed;
}

/** Blocks that the calls in flight at an event may have taken already. None if the history says when each call takes effect. */
function blocksInFlight({ calls, oracle, limits }: Evidence): (event: number) => number {
  if (calls.some(({ delivered }) => delivered !== undefined)) return () => 0;
  const taking = calls.flatMap((call) => {
    const blocks = blocksOfCall(call, { files: oracle.files, chunkSize: limits.chunkSize }, BLOCK_BYTES);
    return blocks === 0 ? [] : [{ from: call.invoked, to: endOf(call), blocks }];
  });
  return (event) =>
    taking.reduce((sum, { from, to, blocks }) => (from < event && event <= to ? sum + blocks : sum), 0);
}

function violationOf({ event, at, growth }: Sample, growthMax: number): Violation {
  return ruleViolation(RULES.stableGrowth, {
    operation: 'stable memory',
    expectedKind: 'a bounded size',
    seenKind: 'growth',
    event,
    expected: `${at}: at most ${growthMax} B more stable memory than at first, because no more was ever held at once`,
    seen: `${at}: ${growth} B more`,
  });
}
