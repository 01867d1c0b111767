/** Measures the wall time of small operations on this machine: a schedule, a call, a snapshot, a restore. */
import { judge } from '../../harness/judgement/judge.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Replica } from '../../replicas/replica.js';
import type { SpeedFigure } from '../../reports/documents/scaling-report.js';
import type { Target } from '../../targets/target.js';
import { CountedCanister } from './counted-canister.js';
import { begin } from './one-upload.js';
import { tenCalls } from './schedules.js';
import { wallTime, type WallTime } from './wall-time.js';

export interface SpeedOptions {
  readonly replica: Replica;
  readonly target: Target;
  readonly wasm: Uint8Array;
  /** Milliseconds for which each figure is measured, at least. Default: 1,000. */
  readonly speedMs?: number | undefined;
}

const SAMPLES = 100;
const TIME_MS = 1_000;
/** Runs until the engine and the canister are fully optimised. */
const WARM_UP = 300;

function figure(name: string, time: WallTime): SpeedFigure {
  return {
    name,
    ...time,
    perSecond: time.medianMs > 0 ? 1_000 / time.medianMs : 0,
  };
}

/** The replica must support snapshots. */
export async function measureSpeed(options: SpeedOptions): Promise<readonly SpeedFigure[]> {
  const { replica, target, wasm, speedMs = TIME_MS } = options;
  const runner = new ScheduleRunner({ replica, target, wasm });
  const schedule = tenCalls();
  const runSchedule = async () => {
    const verdict = judge(await runner.run(schedule), schedule, target);
    if (verdict.kind === 'invalid')
      throw new Error(`the verdict on the benchmark's schedule is invalid: ${verdict.violations[0].rule}`);
  };
  for (let run = 0; run < WARM_UP; run++) await runSchedule();
  const nothing = () => Promise.resolve();
  const sampled = { samplesMin: SAMPLES, timeMs: speedMs };
  const schedules = await wallTime(runSchedule, { ...sampled, reset: nothing });

  const canister = await CountedCanister.install({ replica, target, wasm, limits: {} });
  const fresh = await replica.snapshot();
  const call = async () => {
    await begin(canister, { bytes: 1, chunkSize: 1, seed: 1 });
  };
  const takeSnapshot = async () => {
    await replica.snapshot();
  };
  const restore = () => replica.restore(fresh);
  const restoreAndCall = async () => {
    await restore();
    await call();
  };
  return [
    figure('a schedule of ten calls: reset, run, check', schedules),
    figure('one call (begin): encode, execute, decode', await wallTime(call, { ...sampled, reset: restore })),
    figure('a snapshot after a call', await wallTime(takeSnapshot, { ...sampled, reset: restoreAndCall })),
    figure('a restore after a call', await wallTime(restore, { ...sampled, reset: call })),
  ];
}
