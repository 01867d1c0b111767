/**
 * Prints the memory of a server over many calls of one instance, and over many instances that are created and deleted. The figures end on a
 * plateau. Usage: `node dist/bench/memory.js [calls] [instances]`, 20,000 and 200 by default.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { execa } from 'execa';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { createPocketIcReplica } from '../replicas/pocketic/pocketic-replica.js';
import { ANONYMOUS } from '../replicas/embedded/principals.js';
import { uploadTarget } from '../targets/upload.js';
import { startServe } from './serve-process.js';

const SAMPLES = 10;
/** This many calls are submitted before a round. */
const BATCH = 100;
/** The time of the instance advances this much after each batch, so that outcomes become older than 5 minutes. */
const NS_PER_BATCH = 10_000_000_000n;

const [calls, instances] = [Number(process.argv[2] ?? 20_000), Number(process.argv[3] ?? 200)];
if (![calls, instances].every((count) => Number.isSafeInteger(count) && count >= SAMPLES)) {
  console.error(`usage: memory [calls] [instances], whole numbers of at least ${SAMPLES}`);
  process.exit(2);
}

const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));

/** Resident memory of the process in MiB. */
async function residentMiB({ pid }: ChildProcess): Promise<number> {
  const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Math.round(Number(stdout) / 1024);
}

/** Runs `step` `count` times and samples the memory of the server. Each sample is printed at once, because all of them can take an hour. */
async function sample(
  server: ChildProcess,
  count: number,
  step: (index: number) => Promise<unknown>,
): Promise<readonly number[]> {
  const samples: number[] = [];
  const every = Math.ceil(count / SAMPLES);
  for (let index = 1; index <= count; index++) {
    await step(index);
    if (index % every !== 0 && index !== count) continue;
    const mib = await residentMiB(server);
    samples.push(mib);
    console.error(`${index} of ${count}: ${mib} MiB`);
  }
  return samples;
}

const { method, arg } = uploadTarget.prepareCaller!('');

/** An instance with a canister, through the driver of PocketIC servers. */
async function openInstance(serverUrl: string) {
  const replica = await createPocketIcReplica({ serverUrl });
  const canister = await replica.createCanister();
  await replica.install({ canister, mode: 'install', wasm, arg: uploadTarget.encodeInitArg({}) });
  return { replica, call: { canister, caller: ANONYMOUS, method, arg } };
}

type Opened = Awaited<ReturnType<typeof openInstance>>;

/** Submits the calls, and runs rounds until the last one has its outcome. */
async function runCalls({ replica, call }: Opened, count: number): Promise<void> {
  let last = '';
  for (let index = 0; index < count; index++) {
    const submission = await replica.submit(call);
    if (submission.kind === 'refused') throw new Error(submission.reject.text);
    last = submission.id;
  }
  while ((await replica.poll(last)) === undefined) await replica.round();
}

const { url, child } = await startServe('--ttl', '600');
const opened = await openInstance(url);
const batches = Math.ceil(calls / BATCH);
const byCalls = await sample(child, batches, async () => {
  await runCalls(opened, BATCH);
  await opened.replica.setTime((await opened.replica.time()) + NS_PER_BATCH);
});
await opened.replica.dispose();
console.log(
  `MiB of the server over ${(batches * BATCH).toLocaleString('en')} calls of one instance: ${byCalls.join(', ')}`,
);
const byInstances = await sample(child, instances, async () => {
  const other = await openInstance(url);
  await runCalls(other, 1);
  await other.replica.dispose();
});
console.log(
  `MiB of the server over ${instances.toLocaleString('en')} instances, created and deleted: ${byInstances.join(', ')}`,
);
console.log(`Node ${process.version}, load average ${loadavg()[0]!.toFixed(2)}`);
child.kill();
