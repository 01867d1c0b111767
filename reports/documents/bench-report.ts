/** `bench.json`: the cost of each chunk size. Counters and modelled network times are the same on every run; wall times depend on the machine. */
import { z } from 'zod';
import { count, documentHead, replicaSchema, wasmSchema, type Immutable } from './schema-parts.js';

export const BENCH_FORMAT_VERSION = 1;

const counters = z.object({
  calls: count.describe('Update calls: begin, puts, and finish'),
  instructions: count.nullable().describe('null if the replica does not report instructions'),
  argBytes: count.describe("Bytes of the calls' Candid arguments, without the ingress envelopes"),
  heapGrowth: z.number().int().nullable().describe('Bytes, in whole pages'),
  stableGrowth: z.number().int().describe('Bytes, in whole pages'),
  cycles: z.number().describe('Cycles charged to the canister'),
});

const networkTime = z.object({
  inFlight: count.describe('Puts in flight'),
  rounds: count.describe('Number of blocks'),
  seconds: z.number().nonnegative(),
});

export const wallTimeSchema = z
  .object({
    medianMs: z.number().nonnegative(),
    spreadPercent: z.number().describe('Relative margin of error of the mean, at 95 % confidence'),
    samples: count,
  })
  .describe('Wall time on this machine; never compared exactly');

const passed = z.object({
  kind: z.literal('passed'),
  chunkSize: count.describe('Bytes'),
  chunks: count,
  counters,
  instructionsPerByte: z.number().nullable(),
  instructionsPerCall: z.number().nullable(),
  network: z.array(networkTime).describe('One entry for each number of puts in flight in `parallel`'),
  wall: wallTimeSchema.nullable(),
});

const refused = z.object({
  kind: z.literal('refused'),
  chunkSize: count.describe('Bytes'),
  chunks: count,
  at: z.string().describe('The call that the replica or the canister rejected, such as put 0'),
  errorCode: z.string(),
  text: z.string(),
});

const sweep = z.object({
  replica: replicaSchema,
  fileSize: count.describe('Bytes'),
  blockSeconds: z.number().positive(),
  parallel: z.array(count).describe('Numbers of puts in flight; the first one decides the best chunk size'),
  rows: z
    .array(z.discriminatedUnion('kind', [passed, refused]))
    .describe('Sorted by chunk size, smallest first'),
  best: count.nullable().describe('Best chunk size in bytes; null if no size passed'),
  knee: count
    .nullable()
    .describe('Knee of the time curve, as a chunk size in bytes; null if there is no knee'),
});

export const benchReportSchema = z
  .object({
    ...documentHead('bench', BENCH_FORMAT_VERSION),
    wasm: wasmSchema,
    isInterrupted: z
      .boolean()
      .default(false)
      .describe(
        'true if the command was interrupted; the document then contains the measurements up to that point',
      ),
    chunkSizes: sweep,
  })
  .describe('Result of upload-stress bench');

export type BenchReport = Immutable<z.infer<typeof benchReportSchema>>;
export type ChunkSizeSweep = BenchReport['chunkSizes'];
export type SweepRow = ChunkSizeSweep['rows'][number];
export type PassedRow = SweepRow & { readonly kind: 'passed' };
export type RefusedRow = SweepRow & { readonly kind: 'refused' };
export type NetworkTime = PassedRow['network'][number];
export type WallTime = Immutable<z.infer<typeof wallTimeSchema>>;
