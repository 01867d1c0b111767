/** The chunk-size sweep: uploads one file to the canister, installed with each chunk size in turn. */
import { throwIfStopped, type StopSignal } from '../../harness/execution/stop-signal.js';
import { chunkCount } from '../../model/content.js';
import type { Replica } from '../../replicas/replica.js';
import type { ChunkSizeSweep, SweepRow } from '../../reports/documents/bench-report.js';
import type { Target } from '../../targets/target.js';
import { bestSize, kneeSize, type SizePoint } from './best-size.js';
import { CountedCanister } from './counted-canister.js';
import { networkTime } from './network-time.js';
import { uploadFile } from './one-upload.js';
import { countersOf } from './upload-counters.js';
import { wallTime, type WallTime } from './wall-time.js';

export interface SweepOptions {
  readonly replica: Replica;
  readonly target: Target;
  readonly wasm: Uint8Array;
  /** Bytes. */
  readonly fileSize: number;
  readonly chunkSizes: readonly number[];
  /** Numbers of puts in flight. The first one decides the best size and the knee. */
  readonly parallel: readonly number[];
  readonly blockSeconds: number;
  /** Samples of wall time per size; 0 for none. */
  readonly wallSamples: number;
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: (progress: SweepProgress) => void;
  /** Receives the results so far after each size. An interrupted sweep keeps them. */
  readonly onPartial?: (sweep: ChunkSizeSweep) => void;
}

export interface SweepProgress {
  readonly done: number;
  readonly of: number;
  readonly chunkSize: number;
}

/** Minimum time for the wall samples of one size. */
const WALL_MS_MIN = 200;

export async function sweepChunkSizes(options: SweepOptions): Promise<ChunkSizeSweep> {
  const { chunkSizes, onProgress, onPartial, signal } = options;
  const sizes = [...new Set(chunkSizes)].sort((a, b) => a - b);
  const rows: SweepRow[] = [];
  for (const [done, chunkSize] of sizes.entries()) {
    throwIfStopped(signal);
    onProgress?.({ done, of: sizes.length, chunkSize });
    rows.push(await measureSize(options, chunkSize));
    onPartial?.(sweepOf(options, rows));
  }
  return sweepOf(options, rows);
}

function sweepOf(
  { replica, fileSize, blockSeconds, parallel }: SweepOptions,
  rows: readonly SweepRow[],
): ChunkSizeSweep {
  const points = rows.flatMap((row): SizePoint[] => {
    const [first] = row.kind === 'passed' ? row.network : [];
    return first === undefined ? [] : [{ chunkSize: row.chunkSize, seconds: first.seconds }];
  });
  return {
    replica: { name: replica.info.name, version: replica.info.version },
    fileSize,
    blockSeconds,
    parallel,
    rows: [...rows],
    best: bestSize(points)?.chunkSize ?? null,
    knee: kneeSize(points)?.chunkSize ?? null,
  };
}

async function measureSize(options: SweepOptions, chunkSize: number): Promise<SweepRow> {
  const { replica, fileSize, parallel, blockSeconds } = options;
  const plan = { bytes: fileSize, chunkSize, seed: 1 };
  const chunks = chunkCount(fileSize, chunkSize);
  const canister = await CountedCanister.install({
    ...options,
    limits: { chunkSize, chunksMax: chunks, bytesMax: fileSize },
  });
  const fresh = replica.info.abilities.has('snapshot') ? await replica.snapshot() : undefined;
  const before = await canister.metrics();
  const upload = await uploadFile(canister, plan);
  if (upload.kind === 'refused') {
    const { errorCode, text } = upload.refusal;
    return { kind: 'refused', chunkSize, chunks, at: upload.at, errorCode, text };
  }
  const { calls } = upload;
  const { abilities } = replica.info;
  const counters = countersOf(calls, { before, after: await canister.metrics(), abilities });
  const { instructions } = counters;
  const blockCalls = calls.map((call) => ({ bytes: call.argBytes, instructions: call.instructions }));
  return {
    kind: 'passed',
    chunkSize,
    chunks,
    counters,
    instructionsPerByte: instructions === null ? null : instructions / fileSize,
    instructionsPerCall: instructions === null ? null : instructions / calls.length,
    network: parallel.map((inFlight) => networkTime(blockCalls, { inFlight, blockSeconds })),
    wall: options.wallSamples === 0 ? null : await timeUpload(options, { canister, plan, fresh }),
  };
}

/** Each sample starts from the snapshot of the fresh canister, or uses another key if the replica has no snapshots. */
async function timeUpload(
  { replica, wallSamples }: SweepOptions,
  { canister, plan, fresh }: UploadToTime,
): Promise<WallTime> {
  let sample = 0;
  return wallTime(
    async () => {
      const upload = await uploadFile(canister, { ...plan, key: `sample ${sample++}` });
      if (upload.kind === 'refused')
        throw new Error(`${upload.at} is rejected when repeated: ${upload.refusal.text}`);
    },
    {
      reset: async () => {
        if (fresh !== undefined) await replica.restore(fresh);
      },
      samplesMin: wallSamples,
      timeMs: WALL_MS_MIN,
    },
  );
}

interface UploadToTime {
  readonly canister: CountedCanister;
  readonly plan: { readonly bytes: number; readonly chunkSize: number; readonly seed: number };
  readonly fresh: Awaited<ReturnType<Replica['snapshot']>> | undefined;
}
