/** Memory and instructions over the runs of a campaign. The number of points is bounded: long campaigns merge neighbouring runs. */
import { z } from 'zod';
import type { History } from '../../harness/history/history.js';
import { count, type Immutable } from './schema-parts.js';

const point = z.object({
  firstRun: count.describe('Index of the first run of this point in the campaign, from 0'),
  runs: count.describe('Number of runs of this point'),
  heapBytesMax: count.nullable().describe('null if the replica does not report memory'),
  stableBytesMax: count.nullable(),
  instructionsMean: z
    .number()
    .nonnegative()
    .nullable()
    .describe('Mean over the runs; a run is the sum of its messages'),
  instructionsMax: count.nullable().describe('Sum over the messages of the most expensive run'),
  messageInstructionsMax: count.nullable().describe('The most expensive single message'),
});

export const runSeriesSchema = z
  .array(point)
  .describe('Memory and instructions over the runs; a long campaign merges neighbouring runs');

export type RunSeriesPoint = Immutable<z.infer<typeof point>>;

/** An even number, because points are merged in pairs. A plot a few hundred pixels wide cannot show more points. */
export const POINTS_MAX = 128;

interface Bucket {
  firstRun: number;
  runs: number;
  heapBytesMax: number | null;
  stableBytesMax: number | null;
  instructionsTotal: number;
  instructionsMax: number;
  messageInstructionsMax: number;
  /** Number of messages with reported instructions. */
  messages: number;
}

/** Memory and instructions of one run. Plain data. */
export interface RunMeasurements {
  /** In bytes; null if the replica does not report memory. */
  readonly heapBytesMax: number | null;
  readonly stableBytesMax: number | null;
  /** Sum over its messages. */
  readonly instructions: number;
  /** Of the most expensive message. */
  readonly messageInstructionsMax: number;
  /** Number of messages with reported instructions. */
  readonly messages: number;
}

export const NO_MEASUREMENTS: RunMeasurements = {
  heapBytesMax: null,
  stableBytesMax: null,
  instructions: 0,
  messageInstructionsMax: 0,
  messages: 0,
};

export function measurementsOf({ events }: Pick<History, 'events'>): RunMeasurements {
  const measured = { ...NO_MEASUREMENTS } as {
    -readonly [Name in keyof RunMeasurements]: RunMeasurements[Name];
  };
  for (const event of events) {
    if (event.type === 'metrics') {
      measured.heapBytesMax = maxOf(measured.heapBytesMax, event.heapBytes);
      measured.stableBytesMax = maxOf(measured.stableBytesMax, event.stableBytes);
    } else if (event.type === 'delivered' || event.type === 'message') {
      measured.instructions += event.instructions;
      measured.messageInstructionsMax = Math.max(measured.messageInstructionsMax, event.instructions);
      measured.messages++;
    }
  }
  return measured;
}

export class RunSeries {
  #buckets: Bucket[] = [];
  #runsPerBucket = 1;

  /** Adds the next run. */
  add(run: RunMeasurements): void {
    let bucket = this.#buckets.at(-1);
    if (bucket === undefined || bucket.runs === this.#runsPerBucket) {
      const firstRun = bucket === undefined ? 0 : bucket.firstRun + bucket.runs;
      if (this.#buckets.length === POINTS_MAX) this.#mergeNeighbours();
      bucket = emptyBucket(firstRun);
      this.#buckets.push(bucket);
    }
    addRun(bucket, run);
  }

  points(): RunSeriesPoint[] {
    return this.#buckets.map((bucket) => ({
      firstRun: bucket.firstRun,
      runs: bucket.runs,
      heapBytesMax: bucket.heapBytesMax,
      stableBytesMax: bucket.stableBytesMax,
      instructionsMean: bucket.messages === 0 ? null : bucket.instructionsTotal / bucket.runs,
      instructionsMax: bucket.messages === 0 ? null : bucket.instructionsMax,
      messageInstructionsMax: bucket.messages === 0 ? null : bucket.messageInstructionsMax,
    }));
  }

  /** Requires POINTS_MAX full buckets. */
  #mergeNeighbours(): void {
    this.#buckets = this.#buckets.flatMap((left, i, all) => {
      const right = all[i + 1];
      return i % 2 === 0 && right !== undefined ? [merge(left, right)] : [];
    });
    this.#runsPerBucket *= 2;
  }
}

function emptyBucket(firstRun: number): Bucket {
  return {
    firstRun,
    runs: 0,
    heapBytesMax: null,
    stableBytesMax: null,
    instructionsTotal: 0,
    instructionsMax: 0,
    messageInstructionsMax: 0,
    messages: 0,
  };
}

function maxOf(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function addRun(bucket: Bucket, run: RunMeasurements): void {
  bucket.heapBytesMax = maxOf(bucket.heapBytesMax, run.heapBytesMax);
  bucket.stableBytesMax = maxOf(bucket.stableBytesMax, run.stableBytesMax);
  bucket.runs++;
  bucket.instructionsTotal += run.instructions;
  bucket.instructionsMax = Math.max(bucket.instructionsMax, run.instructions);
  bucket.messageInstructionsMax = Math.max(bucket.messageInstructionsMax, run.messageInstructionsMax);
  bucket.messages += run.messages;
}

function merge(left: Bucket, right: Bucket): Bucket {
  return {
    firstRun: left.firstRun,
    runs: left.runs + right.runs,
    heapBytesMax: maxOf(left.heapBytesMax, right.heapBytesMax),
    stableBytesMax: maxOf(left.stableBytesMax, right.stableBytesMax),
    instructionsTotal: left.instructionsTotal + right.instructionsTotal,
    instructionsMax: Math.max(left.instructionsMax, right.instructionsMax),
    messageInstructionsMax: Math.max(left.messageInstructionsMax, right.messageInstructionsMax),
    messages: left.messages + right.messages,
  };
}
