/** Memory and instructions over the runs of a campaign, in a bounded number of points however many runs there are. */
import { z } from 'zod';
import type { History } from '../../harness/history/history.js';

const count = z.number().int().nonnegative();

const point = z.object({
  firstRun: count.describe('First of the runs that it stands for, counted from 0 in this campaign'),
  runs: count.describe('How many runs'),
  heapBytesMax: count.nullable().describe('null where the replica does not tell'),
  stableBytesMax: count.nullable(),
  instructionsMean: z.number().nonnegative().nullable().describe('Of all messages of a run'),
  instructionsMax: count.nullable().describe('Of all messages of the heaviest run'),
  messageInstructionsMax: count.nullable().describe('Of the heaviest single message'),
});

export const runSeriesSchema = z
  .array(point)
  .describe('Memory and instructions over the runs, neighbours joined when there are many');

export type RunSeriesPoint = z.infer<typeof point>;

/** Even. A plot of a few hundred pixels shows no more. */
export const POINTS_MAX = 128;

interface Bucket {
  firstRun: number;
  runs: number;
  heapBytesMax: number | undefined;
  stableBytesMax: number | undefined;
  instructionsTotal: number;
  instructionsMax: number;
  messageInstructionsMax: number;
  /** Messages whose instructions are known. */
  messages: number;
}

export class RunSeries {
  #buckets: Bucket[] = [];
  #runsPerBucket = 1;

  add({ events }: Pick<History, 'events'>): void {
    let bucket = this.#buckets.at(-1);
    if (bucket === undefined || bucket.runs === this.#runsPerBucket) {
      const firstRun = bucket === undefined ? 0 : bucket.firstRun + bucket.runs;
      if (this.#buckets.length === POINTS_MAX) this.#joinNeighbours();
      bucket = emptyBucket(firstRun);
      this.#buckets.push(bucket);
    }
    addRun(bucket, events);
  }

  points(): RunSeriesPoint[] {
    return this.#buckets.map((bucket) => ({
      firstRun: bucket.firstRun,
      runs: bucket.runs,
      heapBytesMax: bucket.heapBytesMax ?? null,
      stableBytesMax: bucket.stableBytesMax ?? null,
      instructionsMean: bucket.messages === 0 ? null : bucket.instructionsTotal / bucket.runs,
      instructionsMax: bucket.messages === 0 ? null : bucket.instructionsMax,
      messageInstructionsMax: bucket.messages === 0 ? null : bucket.messageInstructionsMax,
    }));
  }

  /** Their number is even, and each is full. */
  #joinNeighbours(): void {
    const joined: Bucket[] = [];
    for (let i = 0; i < this.#buckets.length; i += 2)
      joined.push(join(this.#buckets[i]!, this.#buckets[i + 1]!));
    this.#buckets = joined;
    this.#runsPerBucket *= 2;
  }
}

function emptyBucket(firstRun: number): Bucket {
  return {
    firstRun,
    runs: 0,
    heapBytesMax: undefined,
    stableBytesMax: undefined,
    instructionsTotal: 0,
    instructionsMax: 0,
    messageInstructionsMax: 0,
    messages: 0,
  };
}

function maxOf(a: number | undefined, b: number | undefined) {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

function addRun(bucket: Bucket, events: History['events']): void {
  let instructions = 0;
  for (const event of events) {
    if (event.type === 'metrics') {
      bucket.heapBytesMax = maxOf(bucket.heapBytesMax, event.heapBytes);
      bucket.stableBytesMax = maxOf(bucket.stableBytesMax, event.stableBytes);
    } else if (event.type === 'delivered' || event.type === 'message') {
      instructions += event.instructions;
      bucket.messageInstructionsMax = Math.max(bucket.messageInstructionsMax, event.instructions);
      bucket.messages++;
    }
  }
  bucket.runs++;
  bucket.instructionsTotal += instructions;
  bucket.instructionsMax = Math.max(bucket.instructionsMax, instructions);
}

function join(left: Bucket, right: Bucket): Bucket {
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
