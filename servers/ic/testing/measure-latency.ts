/**
 * Prints the latency of an agent's update call, and the server's share of it.
 *
 *   npx tsx servers/ic/testing/measure-latency.ts [calls]
 *
 * The server (embedded engine in its thread, canister of the golden traces) runs in its own process. Its share is the time from the
 * arrival of a request to the last byte of the response. The rest of a call is the connection and the agent, whose verification of the
 * certificate is measured separately.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Certificate, HttpAgent, type v4ResponseBody } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { subnetKeyFromSeed } from '../bls.js';
import { startLiveServer } from '../live-server.js';
import { createWorkerBackend } from '../worker-backend.js';
import { BUILT_ENGINE } from './built-engine.js';

const SEED = new Uint8Array(32);
const TARGET_MS = 15;
const WASM = new URL('../../../conformance/golden/wasm/traps.traps.wasm', import.meta.url);

interface Started {
  readonly url: string;
  readonly canister: string;
}
/** Measurements of the calls since the last `collect`. */
interface Collected {
  readonly durationsMs: readonly number[];
  /** Processor time of the server's process. It does not depend on other work on the machine. */
  readonly cpuMs: number;
}
/** The server sends `Started` first, then `Collected` after each `collect`. */
type ServerMessage = Started | Collected;

async function serve(blockTimeMs: number): Promise<void> {
  const timeNs = BigInt(Date.now()) * 1_000_000n;
  const backend = await createWorkerBackend({ seed: SEED, timeNs, ...BUILT_ENGINE });
  const canister = await backend.createCanister();
  const wasm = readFileSync(WASM);
  await backend.install({ canister, mode: 'install', wasm, arg: new Uint8Array(0) });
  let durationsMs: number[] = [];
  let cpu = process.cpuUsage();
  const server = await startLiveServer(backend, {
    seed: SEED,
    blockTimeMs,
    onServed: ({ endpoint, durationMs }) => {
      if (endpoint === 'v3/canister/call') durationsMs.push(durationMs);
    },
  });
  process.on('message', () => {
    const { user, system } = process.cpuUsage(cpu);
    process.send?.({ durationsMs, cpuMs: (user + system) / 1000 } satisfies ServerMessage);
    durationsMs = [];
    cpu = process.cpuUsage();
  });
  process.on('disconnect', () => void server.close().then(() => backend.dispose()));
  process.send?.({ url: server.url, canister } satisfies ServerMessage);
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

function collect(child: ChildProcess): Promise<Collected> {
  const answer = nextMessage<Collected>(child);
  child.send('collect');
  return answer;
}

function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? NaN;
}

function row(name: string, values: readonly number[]): string {
  return `${name.padEnd(46)} median ${quantile(values, 0.5).toFixed(1).padStart(7)} ms   p95 ${quantile(
    values,
    0.95,
  )
    .toFixed(1)
    .padStart(7)} ms   n ${values.length}`;
}

function shareRows(name: string, { durationsMs, cpuMs }: Collected): string {
  return `  ${row(name, durationsMs)}\n    of it processor time ${(cpuMs / durationsMs.length).toFixed(1)} ms per call\n`;
}

async function timed(run: () => unknown): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

async function createClient({ url, canister }: Started) {
  const agent = await HttpAgent.create({
    host: url,
    identity: Ed25519KeyIdentity.generate(),
    shouldFetchRootKey: true,
  });
  const id = Principal.fromText(canister);
  const call = async (arg: Uint8Array): Promise<Uint8Array> => {
    const { response } = await agent.call(id, { methodName: 'mutate', arg, effectiveCanisterId: id });
    if (response.status !== 200) throw new Error(`call answered ${response.status}`);
    return (response.body as v4ResponseBody).certificate;
  };
  const verify = (certificate: Uint8Array) =>
    Certificate.create({ certificate, rootKey: agent.rootKey!, principal: { canisterId: id }, agent });
  return { call, verify };
}

async function measure(blockTimeMs: number, calls: number): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', String(blockTimeMs)]);
  const started = await nextMessage<Started>(child);
  const client = await createClient(started);
  const empty = new Uint8Array(0);
  for (let index = 0; index < 20; index += 1) await client.verify(await client.call(empty));
  await collect(child);

  process.stdout.write(`block time ${blockTimeMs} ms\n`);
  const [round, verification]: [number[], number[]] = [[], []];
  for (let index = 0; index < calls; index += 1) {
    let certificate: Uint8Array = empty;
    round.push(await timed(async () => (certificate = await client.call(empty))));
    verification.push(await timed(() => client.verify(certificate)));
  }
  const shares = await collect(child);
  process.stdout.write(shareRows("server's share of an update call", shares));
  process.stdout.write(`  ${row('call as the agent sees it, unverified', round)}\n`);
  process.stdout.write(`  ${row("agent's verification of the certificate", verification)}\n`);

  const chunk = new Uint8Array(1_800_000);
  for (let index = 0; index < Math.min(calls, 20); index += 1) await client.call(chunk);
  process.stdout.write(shareRows("server's share with 1.8 MB of argument", await collect(child)));

  const clients = await Promise.all(Array.from({ length: 10 }, () => createClient(started)));
  const tookMs = await timed(() =>
    Promise.all(
      clients.map(async ({ call }) => {
        for (let index = 0; index < calls; index += 1) await call(empty);
      }),
    ),
  );
  process.stdout.write(shareRows("server's share, ten clients at once", await collect(child)));
  process.stdout.write(
    `  ten clients: ${Math.round((10 * calls * 1000) / tookMs)} calls per second, none lost\n`,
  );
  child.disconnect();
  return quantile(shares.durationsMs, 0.5);
}

async function measureSignature(): Promise<void> {
  const key = subnetKeyFromSeed(SEED);
  const times: number[] = [];
  for (let index = 0; index < 60; index += 1) {
    times.push(await timed(() => void key.signStateRoot(new Uint8Array(32).fill(index))));
  }
  process.stdout.write(`${row('one BLS signature (one per state)', times.slice(10))}\n`);
}

const [first, second] = process.argv.slice(2);
if (first === '--serve') {
  await serve(Number(second));
} else {
  const calls = Number(first ?? 100);
  const [load = 0] = loadavg();
  process.stdout.write(`load ${load.toFixed(1)} on ${cpus().length} processors before the start\n`);
  await measureSignature();
  const share = await measure(0, calls);
  await measure(100, Math.ceil(calls / 5));
  process.stdout.write(
    `target: under ${TARGET_MS} ms at block time 0: ${share < TARGET_MS ? 'met' : 'MISSED'}\n`,
  );
  process.exitCode = share < TARGET_MS ? 0 : 1;
}
