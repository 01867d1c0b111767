/**
 * The scale test of campaigns on several machines: worker processes with a stub engine share a real server on this machine. It prints how
 * many schedules per second the queue takes and the merging merges, and the processor time of each part, which shows what saturates first.
 *
 *     node dist/bench/cluster-scale.js [SCHEDULES] [WORKERS...]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CampaignServer } from '../campaigns/cluster/campaign-server.js';
import { connect } from '../campaigns/cluster/connection.js';
import { decodeData } from '../campaigns/cluster/encoding.js';
import { JobQueue } from '../campaigns/cluster/job-queue.js';
import type { CampaignOutcome } from '../campaigns/cluster/merge.js';
import { runtimeHere } from '../campaigns/cluster/runtime.js';
import { rangesOf, SPEC_FORMAT_VERSION, type CampaignSpec } from '../campaigns/cluster/spec.js';
import { entryUrl } from '../package-root.js';
import { findRedis, NO_REDIS, startRedis } from '../suites/testing/redis-server.js';
import { record, stubTraceHash } from './cluster-stub.js';

/** One schedule in a hundred fails: 10,000 of a million. */
const FAILING_EVERY = 100;
const RANGE_SIZE = 1_000;
const NO_HASH = '0'.repeat(64);

const [schedules = 1_000_000, ...counts] = process.argv.slice(2).map(Number);

function specOf(runs: number, seed: number): CampaignSpec {
  return {
    formatVersion: SPEC_FORMAT_VERSION,
    runtime: runtimeHere('bench'),
    subject: {
      ...{ wasmLabel: 'stub', wasmSha256: NO_HASH, isUsers: false, target: null, fault: null },
      ...{ initArg: null, messageMs: null },
    },
    ...{ profile: 'quick', seed, runs, rangeSize: RANGE_SIZE, rules: null, findingsMax: 1_000 },
    ...{ shrinkMsMax: null, accepted: [], commit: null, firstTraceHash: NO_HASH },
  };
}

async function main(): Promise<void> {
  const executable = findRedis();
  if (executable === undefined) throw new Error(NO_REDIS);
  const folder = mkdtempSync(join(tmpdir(), 'cluster-scale-'));
  const recording = join(folder, 'recording.json');
  const recorded = await record();
  writeFileSync(recording, JSON.stringify(recorded));
  const server = await startRedis(executable, folder);
  const { redis, close } = await connect(server.url);
  try {
    console.log(`${recorded.failing.length} kinds of failing runs`);
    console.log(`${schedules} schedules, one in ${FAILING_EVERY} fails, ${RANGE_SIZE} in a job`);
    for (const [seed, workers] of (counts.length > 0 ? counts : [1, 8, 64]).entries())
      await measure({ redis, url: server.url, recording, workers, seed });
  } finally {
    close();
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measurement {
  readonly redis: Redis;
  readonly url: string;
  readonly recording: string;
  readonly workers: number;
  readonly seed: number;
}

async function measure({ redis, url, recording, workers, seed }: Measurement): Promise<void> {
  await redis.flushall();
  const spec = specOf(schedules, seed);
  const server = await CampaignServer.create(redis, spec, [], 0);
  const queue = new JobQueue(redis, server.id);
  await queue.add(Array.from({ length: rangesOf(spec) }, (_, index) => ({ type: 'range', index })));
  const processes = Array.from({ length: workers }, () => startWorker(url, server.id, recording));
  await Promise.all(processes.map(({ ready }) => ready));
  const before = await serverCpuMs(redis);
  const started = performance.now();
  await redis.set('go', '1');
  const executedMs = await until(async () => (await server.rangesDone()) === rangesOf(spec), started);
  const mergedMs = await until(() => server.isComplete(), started);
  const cpu = await Promise.all(processes.map(({ cpuMs }) => cpuMs));
  const serverMs = (await serverCpuMs(redis)) - before;
  const result = await resultOf(server);
  await queue.close();
  print({ workers, executedMs, mergedMs, cpu, serverMs, ...result });
}

function startWorker(url: string, id: string, recording: string) {
  const script = entryUrl('bench/cluster-scale-worker').pathname;
  const child: ChildProcess = spawn(process.execPath, [script, id, recording, String(FAILING_EVERY)], {
    env: { ...process.env, REDIS_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the worker has no output');
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line');
  const cpuMs = ready.then(async () => {
    const [line] = (await once(lines, 'line')) as [string];
    return (JSON.parse(line) as { readonly cpuMs: number }).cpuMs;
  });
  return { ready, cpuMs };
}

/** Milliseconds from the start until it is true. */
async function until(isTrue: () => Promise<boolean>, started: number): Promise<number> {
  while (!(await isTrue())) await sleep(20);
  return performance.now() - started;
}

async function serverCpuMs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  return 1_000 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}

async function resultOf(server: CampaignServer) {
  const bytes = await server.outcome();
  const { messages } = decodeData(bytes ?? new Uint8Array(), 'the outcome') as CampaignOutcome;
  const message = messages.find(({ type }) => type === 'result');
  if (message?.type !== 'result') throw new Error('there is no result');
  const hash = createHash('sha256');
  for (let runIndex = 0; runIndex < schedules; runIndex++) hash.update(`${stubTraceHash(runIndex)}\n`);
  const { findings, runs, digest } = message.result;
  return { fingerprints: findings.length, runs, isRight: digest === hash.digest('hex') };
}

interface Figures extends Awaited<ReturnType<typeof resultOf>> {
  readonly workers: number;
  readonly executedMs: number;
  readonly mergedMs: number;
  /** Milliseconds of processor time of each worker. */
  readonly cpu: readonly number[];
  readonly serverMs: number;
}

function print({ workers, executedMs, mergedMs, cpu, serverMs, fingerprints, runs, isRight }: Figures): void {
  const perSecond = (ms: number) => Math.round((1_000 * runs) / ms).toLocaleString('en');
  const microseconds = (ms: number) => `${((1_000 * ms) / runs).toFixed(1)} µs`;
  const total = cpu.reduce((sum, ms) => sum + ms, 0);
  const merging = Math.max(...cpu);
  console.log(
    [
      `${workers} workers: ${perSecond(executedMs)} schedules/s executed and stored, ${perSecond(mergedMs)} merged`,
      `  ${runs} schedules, ${Math.ceil(runs / FAILING_EVERY)} failing, ${fingerprints} findings, digest ${isRight ? 'right' : 'WRONG'}`,
      `  processor time per schedule: workers ${microseconds(total)}, the busiest (it merges) ${microseconds(merging)}, server ${microseconds(serverMs)}`,
      `  load average ${loadavg()[0]?.toFixed(1) ?? '?'}`,
    ].join('\n'),
  );
}

await main();
