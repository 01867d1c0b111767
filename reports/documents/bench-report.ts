/** `bench.json`: what each chunk size costs. Counters and times on a network are equal on every run; wall times are of the machine. */
import { z } from 'zod';
import {
  count,
  durationMsSchema,
  environmentSchema,
  startedAtSchema,
  toolSchema,
  wasmSchema,
  type Immutable,
} from './schema-parts.js';

export const BENCH_FORMAT_VERSION = 1;

const counters = z.object({
  calls: count.describe('Update calls: begin, puts, finish'),
  instructions: count.nullable().describe('null where the replica does not report them'),
  argBytes: count.describe("Bytes of the calls' Candid arguments; envelopes are not counted"),
  heapGrowth: z.number().int().nullable().describe('Bytes, whole pages'),
  stableGrowth: z.number().int().describe('Bytes, whole pages'),
  cycles: z.number().describe("Taken from the canister's balance"),
});

const networkTime = z.object({
  inFlight: count.describe('Puts in flight'),
  rounds: count.describe('Blocks'),
  seconds: z.number().nonnegative(),
});

export const wallTimeSchema = z
  .object({
    medianMs: z.number().nonnegative(),
    spreadPercent: z.number().describe('Relative margin of error of the mean at 95 %'),
    samples: count,
  })
  .describe('Of this machine; never compared exactly');

const passed = z.object({
  kind: z.literal('passed'),
  chunkSize: count.describe('Bytes'),
  chunks: count,
  counters,
  instructionsPerByte: z.number().nullable(),
  instructionsPerCall: z.number().nullable(),
  network: z.array(networkTime).describe('By `parallel`'),
  wall: wallTimeSchema.nullable(),
});

const refused = z.object({
  kind: z.literal('refused'),
  chunkSize: count.describe('Bytes'),
  chunks: count,
  at: z.string().describe('The call that was refused, such as put 0'),
  errorCode: z.string(),
  text: z.string(),
});

const sweep = z.object({
  replica: z.object({ name: z.string(), version: z.string() }),
  fileSize: count.describe('Bytes'),
  blockSeconds: z.number().positive(),
  parallel: z.array(count).describe('Puts in flight; the first decides which size is best'),
  rows: z.array(z.discriminatedUnion('kind', [passed, refused])).describe('By chunk size, smallest first'),
  best: count.nullable().describe('Bytes; null if no size passed'),
  knee: count.nullable().describe('Bytes; null if there is none'),
});

export const benchReportSchema = z
  .object({
    formatVersion: z.literal(BENCH_FORMAT_VERSION),
    kind: z.literal('bench'),
    tool: toolSchema,
    wasm: wasmSchema,
    startedAt: startedAtSchema,
    durationMs: durationMsSchema,
    isInterrupted: z
      .boolean()
      .default(false)
      .describe('Stopped before everything was measured: it holds what was'),
    chunkSizes: sweep,
    environment: environmentSchema,
  })
  .describe('What upload-stress bench measured');

export type BenchReport = Immutable<z.infer<typeof benchReportSchema>>;
export type ChunkSizeSweep = BenchReport['chunkSizes'];
export type SweepRow = ChunkSizeSweep['rows'][number];
export type PassedRow = SweepRow & { readonly kind: 'passed' };
export type RefusedRow = SweepRow & { readonly kind: 'refused' };
export type NetworkTime = PassedRow['network'][number];
export type WallTime = Immutable<z.infer<typeof wallTimeSchema>>;
