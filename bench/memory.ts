/**
 * Prints the memory of a server over many calls of one instance, and over many instances that are created and deleted. The figures end on a
 * plateau. Usage: `node dist/bench/memory.js [calls] [instances]`, 20,000 and 200 by default.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { PocketIc } from '@dfinity/pic';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { uploadTarget } from '../targets/upload.js';

const SAMPLES = 10;
/** The time of the instance advances this much with every thousand calls, so that outcomes become older than 5 minutes. */
const MS_PER_THOUSAND_CALLS = 10_000;

const [calls, instances] = [Number(process.argv[2] ?? 20_000), Number(process.argv[3] ?? 200)];
if (![calls, instances].every((count) => Number.isSafeInteger(count) && count >= SAMPLES)) {
  console.error(`usage: memory [calls] [instances], whole numbers of at least ${SAMPLES}`);
  process.exit(2);
}

const wasm = Uint8Array.from(readFileSync(BUILT_IN_WASM));

async function startServer(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const main = path.join(PACKAGE_ROOT, 'dist/servers/pocketic/main.js');
  const child = spawn(process.execPath, [main, '--ttl', '600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url: line.replace('listening on ', ''), child };
}

/** Resident memory of the process in MiB. */
async function residentMiB({ pid }: ChildProcess): Promise<number> {
  const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Math.round(Number(stdout) / 1024);
}

/** Runs `step` `count` times and samples the memory of the server. */
async function sample(
  server: ChildProcess,
  count: number,
  step: (index: number) => Promise<unknown>,
): Promise<readonly number[]> {
  const samples: number[] = [];
  const every = Math.ceil(count / SAMPLES);
  for (let index = 1; index <= count; index++) {
    await step(index);
    if (index % every === 0 || index === count) samples.push(await residentMiB(server));
  }
  return samples;
}

async function openInstance(
  url: string,
): Promise<{ readonly pic: PocketIc; readonly call: () => Promise<unknown> }> {
  const pic = await PocketIc.create(url);
  const canisterId = await pic.createCanister();
  await pic.installCode({ canisterId, wasm, arg: uploadTarget.encodeInitArg({}) });
  const { method, arg } = uploadTarget.prepareCaller!('');
  return { pic, call: () => pic.updateCall({ canisterId, method, arg }) };
}

const { url, child } = await startServer();
const { pic, call } = await openInstance(url);
const byCalls = await sample(child, calls, async (index) => {
  if (index % 1_000 === 0) await pic.advanceTime(MS_PER_THOUSAND_CALLS);
  await call();
});
await pic.tearDown();
console.log(
  `MiB of the server over ${calls.toLocaleString('en')} calls of one instance: ${byCalls.join(', ')}`,
);
const byInstances = await sample(child, instances, async () => {
  const opened = await openInstance(url);
  await opened.call();
  await opened.pic.tearDown();
});
console.log(
  `MiB of the server over ${instances.toLocaleString('en')} instances, created and deleted: ${byInstances.join(', ')}`,
);
console.log(`Node ${process.version}, load average ${loadavg()[0]!.toFixed(2)}`);
child.kill();
