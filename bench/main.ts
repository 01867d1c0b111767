/**
 * Prints the figures that the project promises: schedules per second, a 50 MB upload, where the time of a schedule goes, the cost of a call, a
 * reset, calls of tests that use the interface of pic-js. Wall times depend on the machine and its load, which are printed too.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { Bench } from 'tinybench';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { judge } from '../harness/judgement/judge.js';
import { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import type { Schedule } from '../model/schedule.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../targets/upload.js';
import { benchEngine } from './engine.js';
import { benchHttp } from './http.js';
import { benchPic } from './pic.js';
import { benchShares } from './shares.js';
import { benchLargeFile } from './large-file.js';
import { tenCalls } from '../campaigns/benchmark/schedules.js';

const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));
const WARM_UP_RUNS = 500;
const SHARES_RUNS = 200;

function createRunner(): ScheduleRunner {
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm });
}

async function runJudged(runner: ScheduleRunner, schedule: Schedule): Promise<void> {
  const verdict = judge(await runner.run(schedule), schedule, uploadTarget);
  if (verdict.kind !== 'valid') throw new Error(`the verdict on the benchmark's schedule is ${verdict.kind}`);
}

function printMachine(): void {
  const [model] = cpus();
  console.log(
    `Node ${process.version}, ${cpus().length} × ${model?.model.trim() ?? 'unknown CPU'}, load average ${loadavg()[0]!.toFixed(2)}`,
  );
}

async function benchSchedules(): Promise<void> {
  const runner = createRunner();
  const schedule = tenCalls();
  const start = performance.now();
  await runJudged(runner, schedule);
  console.log(
    `first schedule, including instrumentation and install: ${(performance.now() - start).toFixed(0)} ms`,
  );
  for (let run = 1; run < WARM_UP_RUNS; run++) await runJudged(runner, schedule);
  const timing = new Bench({ time: 5_000, warmup: false });
  timing.add('two uploads of three chunks: ten calls, reset, check', () => runJudged(runner, schedule));
  await timing.run();
  const { result } = timing.tasks[0]!;
  if (result.state !== 'completed') throw new Error(`the benchmark did not complete: ${result.state}`);
  const { latency, throughput } = result;
  console.log(
    `schedules per second: ${throughput.mean.toFixed(0)} (median ${latency.p50.toFixed(3)} ms, p99 ${latency.p99.toFixed(3)} ms, ±${latency.rme.toFixed(1)} %, ${latency.samplesCount} samples)`,
  );
}

printMachine();
await benchSchedules();
await benchLargeFile(wasm, 50);
console.log(`peak memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
for (const profile of ['quick', 'default'] as const) await benchShares(profile, SHARES_RUNS);
await benchHttp(wasm);
await benchPic(wasm);
await benchEngine();
printMachine();
