/** Measures how costs grow: uploads by size, calls by open sessions, cleanup by expired sessions, snapshots by stable memory. */
import { InputError } from '../../harness/input-error.js';
import { throwIfStopped, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { Limits } from '../../model/schedule.js';
import type { Replica } from '../../replicas/replica.js';
import type {
  ScalingPoint,
  ScalingReport,
  ScalingSeries,
  SpeedFigure,
} from '../../reports/documents/scaling-report.js';
import type { Target } from '../../targets/target.js';
import { CountedCanister, refusalOf, type CountedCall } from './counted-canister.js';
import { fitPower } from './fit.js';
import { begin, putRequest, uploadFile } from './one-upload.js';
import { measureSpeed } from './speed.js';
import { wallTime } from './wall-time.js';

export interface ScalingOptions {
  readonly replica: Replica;
  readonly target: Target;
  readonly wasm: Uint8Array;
  /** Sizes of the uploads in bytes. */
  readonly uploadBytes: readonly number[];
  /** Numbers of sessions. */
  readonly sessions: readonly number[];
  /** Milliseconds for which each figure of `speed` is measured, at least. Default: 1,000. */
  readonly speedMs?: number | undefined;
  readonly signal?: StopSignal | undefined;
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly of: number;
    readonly text: string;
  }) => void;
  /** Receives the results so far after each step. An interrupted measurement keeps them. */
  readonly onPartial?: (measured: Scaling) => void;
}

export type Scaling = Pick<ScalingReport, 'series' | 'speed'>;

const CHUNK_SIZE = 1_800_000;
const SMALL_CHUNK = 1_024;
const NS_PER_SECOND = 1_000_000_000n;
const TTL_SECONDS = 600;
const CALL_SAMPLES = 20;
const MB = 1_000_000;

interface Step {
  readonly text: string;
  readonly run: () => Promise<void>;
}

export async function measureScaling(options: ScalingOptions): Promise<Scaling> {
  const { replica, uploadBytes, sessions, onProgress, onPartial, signal } = options;
  if (!replica.info.abilities.has('snapshot') || !replica.info.abilities.has('time'))
    throw new InputError(
      `--scaling needs snapshots, which replica ${replica.info.name} does not support; use --replica embedded`,
    );
  const pristine = await replica.snapshot();
  const series = new SeriesBook();
  const speed: SpeedFigure[] = [];
  const steps: Step[] = [
    {
      text: 'schedules per second, time of a call',
      run: async () => {
        speed.push(...(await measureSpeed(options)));
      },
    },
    ...uploadBytes.map((bytes) => ({
      text: `upload of ${bytes / MB} MB`,
      run: () => measureUpload(options, bytes, series),
    })),
    ...sessions.map((count) => ({
      text: `${count} sessions`,
      run: () => measureSessions(options, count, series),
    })),
  ];
  for (const [done, { text, run }] of steps.entries()) {
    throwIfStopped(signal);
    onProgress?.({ done, of: steps.length, text });
    await replica.restore(pristine);
    await run();
    onPartial?.({ series: series.all(), speed: [...speed] });
  }
  return { series: series.all(), speed };
}

async function measureUpload(options: ScalingOptions, bytes: number, series: SeriesBook): Promise<void> {
  const { replica } = options;
  const canister = await install(options, {
    chunkSize: CHUNK_SIZE,
    chunksMax: Math.ceil(bytes / CHUNK_SIZE),
    bytesMax: bytes,
  });
  const start = performance.now();
  const upload = await uploadFile(canister, { bytes, chunkSize: CHUNK_SIZE, seed: 1 });
  const wallMs = performance.now() - start;
  if (upload.kind === 'refused')
    throw new InputError(`the upload of ${bytes} B failed at ${upload.at}: ${upload.refusal.text}`);
  const instructions = upload.calls.reduce((sum, call) => sum + call.instructions, 0);
  series.add('upload', 'bytes', { x: bytes, instructions, wallMs });
  const taken = await replica.snapshot();
  // Each sample follows a message that wrote to memory, as in a campaign. Otherwise there would be nothing to copy.
  const write = async () => {
    await begin(canister, { bytes: 1, chunkSize: CHUNK_SIZE, seed: 2, key: 'other' });
  };
  const samples = { samplesMin: 5, timeMs: 20 };
  const takeSnapshot = async () => {
    await replica.snapshot();
  };
  const snapshot = await wallTime(takeSnapshot, {
    ...samples,
    reset: async () => {
      await replica.restore(taken);
      await write();
    },
  });
  series.add('snapshot', 'bytes', { x: bytes, instructions: null, wallMs: snapshot.medianMs });
  const restore = await wallTime(() => replica.restore(taken), { ...samples, reset: write });
  series.add('restore', 'bytes', { x: bytes, instructions: null, wallMs: restore.medianMs });
}

/** Opens the sessions with one chunk each, makes a begin, a put, and a pause beside them, lets all expire, and cleans up. */
async function measureSessions(options: ScalingOptions, count: number, series: SeriesBook): Promise<void> {
  const { replica } = options;
  const canister = await install(options, {
    chunkSize: SMALL_CHUNK,
    activeSessionsMax: count + 2,
    sessionTtlSeconds: TTL_SECONDS,
  });
  const plan = (key: string) => ({ bytes: 2 * SMALL_CHUNK, chunkSize: SMALL_CHUNK, seed: 1, key });
  const start = performance.now();
  let opening = 0;
  for (let index = 0; index < count; index++) {
    const { call, sessionId } = await begin(canister, plan(`open ${index}`));
    const put = await canister.call(putRequest(plan(''), sessionId, 0));
    opening += must(call, 'begun').instructions + must(put, 'done').instructions;
  }
  series.add('open them', 'sessions', { x: count, instructions: opening, wallMs: performance.now() - start });
  const full = await replica.snapshot();
  const beside = async (
    name: string,
    wanted: CountedCall['answer']['kind'],
    make: () => Promise<CountedCall>,
  ) => {
    await replica.restore(full);
    const { instructions } = must(await make(), wanted);
    const repeat = async () => {
      await make();
    };
    const { medianMs } = await wallTime(repeat, {
      reset: () => replica.restore(full),
      samplesMin: CALL_SAMPLES,
      timeMs: 20,
    });
    series.add(name, 'sessions', { x: count, instructions, wallMs: medianMs });
  };
  await beside('begin beside them', 'begun', async () => (await begin(canister, plan('one more'))).call);
  await beside('put beside them', 'done', () => canister.call(putRequest(plan(''), '1', 1)));
  await beside('pause beside them', 'done', () => canister.call({ op: 'pause', sessionId: '1' }));
  await replica.restore(full);
  await replica.setTime((await replica.time()) + BigInt(TTL_SECONDS + 1) * NS_PER_SECOND);
  const cleanupStart = performance.now();
  const cleanup = must(await canister.call({ op: 'cleanup' }), 'done');
  const wallMs = performance.now() - cleanupStart;
  series.add('clean up, expired', 'sessions', { x: count, instructions: cleanup.instructions, wallMs });
}

function install({ replica, target, wasm, signal }: ScalingOptions, limits: Limits) {
  return CountedCanister.install({ replica, target, wasm, limits, signal });
}

/** @throws InputError if the result of the call is not of the wanted kind */
function must(call: CountedCall, wanted: CountedCall['answer']['kind']): CountedCall {
  const refusal = refusalOf(call, wanted);
  if (refusal !== undefined) throw new InputError(`${call.op} failed: ${refusal.text}`);
  return call;
}

/** Collects points by series, in the order in which the series first occur. */
class SeriesBook {
  readonly #series = new Map<string, { unit: ScalingSeries['unit']; points: ScalingPoint[] }>();

  add(name: string, unit: ScalingSeries['unit'], point: ScalingPoint): void {
    const known = this.#series.get(name) ?? { unit, points: [] };
    known.points.push(point);
    this.#series.set(name, known);
  }

  all(): readonly ScalingSeries[] {
    const fitOf = (points: readonly ScalingPoint[], y: (point: ScalingPoint) => number | null) =>
      fitPower(points.map((point) => ({ x: point.x, y: y(point) ?? 0 }))) ?? null;
    return [...this.#series].map(([name, { unit, points }]) => ({
      name,
      unit,
      points,
      fit: {
        instructions: fitOf(points, ({ instructions }) => instructions),
        wallMs: fitOf(points, ({ wallMs }) => wallMs),
      },
    }));
  }
}
