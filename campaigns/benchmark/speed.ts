/** How fast small pieces of work are, again and again: a schedule, a call, a snapshot, a restore. Wall times of this machine. */
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
/** Until the code of the engine and of the canister is compiled for speed. */
const WARM_UP = 300;

function figure(name: string, time: WallTime): SpeedFigure {
  return {
    name,
    ...time,
    perSecond: time.medianMs > 0 ? 1_000 / time.medianMs : 0,
  };
}

/** On a replica that has snapshots. */
export async function measureSpeed(options: SpeedOptions): Promise<readonly SpeedFigure[]> {
  const { replica, target, wasm, speedMs = TIME_MS } = options;
  const runner = new ScheduleRunner({ replica, target, wasm });
  const schedule = tenCalls();
  const runSchedule = async () => {
    const verdict = judge(await runner.run(schedule), schedule, target);
    if (verdict.kind === 'invalid')
      throw new Error(`the benchmark's schedule is judged invalid: ${verdict.violations[0]?.rule}`);
  };
  for (let run = 0; run < WARM_UP; run++) await runSchedule();
  const nothing = async () => undefined;
  const sampled = { samplesMin: SAMPLES, timeMs: speedMs };
  const schedules = await wallTime(runSchedule, { ...sampled, reset: nothing });

  const canister = await CountedCanister.install({ replica, target, wasm, limits: {} });
  const fresh = await replica.snapshot();
  const call = async () => void (await begin(canister, { bytes: 1, chunkSize: 1, seed: 1 }));
  const restore = () => replica.restore(fresh);
  const called = async () => {
    await restore();
    await call();
  };
  return [
    figure('a schedule of ten calls: canister reset, run, judged', schedules),
    figure(
      'one call (begin), encoded, executed, decoded',
      await wallTime(call, { ...sampled, reset: restore }),
    ),
    figure(
      'a snapshot after a call',
      await wallTime(async () => void (await replica.snapshot()), { ...sampled, reset: called }),
    ),
    figure('a restore after a call', await wallTime(restore, { ...sampled, reset: call })),
  ];
}
