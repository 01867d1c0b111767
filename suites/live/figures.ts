/**
 * Prints what the live server costs: `npx tsx suites/live/figures.ts`. The server runs in a process of its own. Figures depend on what
 * else runs on the machine, so its load is printed with them.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { connectAgent } from '../../client/agent-connection.js';
import { uploadOriginalToICP, type UploadConnection } from '../../client/index.js';
import { identityOf } from './testing/places.js';
import { pseudorandomBytes } from '../../client/testing/pseudorandom-bytes.js';
import type { Served, ServedSince } from './testing/timed-server.js';

interface TimedServer {
  connect(user: string): Promise<UploadConnection>;
  /** What was served since the last time. */
  served(): Promise<ServedSince>;
  close(): void;
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
}

async function startTimedServer(blockTimeMs: number): Promise<TimedServer> {
  const path = fileURLToPath(new URL('./testing/timed-server.ts', import.meta.url));
  const child = fork(path, [String(blockTimeMs)]);
  const { url: host, canister } = await next<{ url: string; canister: string }>(child);
  return {
    connect: (user) => connectAgent({ host, canister, identity: identityOf(user) }),
    served: () => {
      child.send('served');
      return next<ServedSince>(child);
    },
    close: () => child.disconnect(),
  };
}

function quantile(values: readonly number[], share: number): number {
  return (
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN
  );
}
function spread(values: readonly number[]): string {
  return `median ${quantile(values, 0.5).toFixed(1)} ms, 95 % under ${quantile(values, 0.95).toFixed(1)} ms`;
}
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const begun = performance.now();
  const value = await work();
  return { ms: performance.now() - begun, value };
}

const isCall = ({ endpoint }: Served): boolean => endpoint.endsWith('/canister/call');

async function updateCalls(): Promise<void> {
  const server = await startTimedServer(0);
  const connection = await server.connect('calls');
  for (let warm = 0; warm < 30; warm += 1) await connection.capsulesCreate(null);
  await server.served();
  const whole: number[] = [];
  for (let call = 0; call < 200; call += 1)
    whole.push((await timed(() => connection.capsulesCreate(null))).ms);
  const { requests, cpuMs } = await server.served();
  const shares = requests.filter(isCall).map(({ durationMs }) => durationMs);
  print(`an agent's small update call, one after the other (${whole.length}):`);
  print(`  whole          ${spread(whole)}`);
  print(
    `  server's share ${spread(shares)}; ${(cpuMs / shares.length).toFixed(1)} ms of processor time each`,
  );
  print(`  the agent's own (signing, sending, verifying the certificate) is the rest`);
  const large = { bytes: pseudorandomBytes(21_000_000, 'large'), name: 'large', modifiedAtNs: 1n };
  const { ms, value } = await timed(() => uploadOriginalToICP(connection, large));
  const puts = (await server.served()).requests.filter(isCall).map(({ durationMs }) => durationMs);
  print(`21 MB, five puts in flight, read back: ${(ms / 1000).toFixed(2)} s, verified ${value.verified}`);
  print(`  server's share of a call of it: ${spread(puts)}`);
  server.close();
}

async function parallelClients(): Promise<void> {
  const server = await startTimedServer(0);
  const users = Array.from({ length: 10 }, (_, index) => `client ${index}`);
  const connections = await Promise.all(users.map((user) => server.connect(user)));
  const { ms, value } = await timed(() =>
    Promise.all(
      connections.map((connection, index) =>
        uploadOriginalToICP(connection, {
          bytes: pseudorandomBytes(5_400_000, users[index]!),
          name: 'same name',
        }),
      ),
    ),
  );
  const whole = value.filter(({ verified }) => verified).length;
  const repeated = value.reduce((sum, { putsRepeated }) => sum + putsRepeated, 0);
  print(`ten clients with 5.4 MB each at once: ${whole} of 10 whole, in ${(ms / 1000).toFixed(2)} s;`);
  print(`  of 30 puts ${repeated} were sent again`);
  if (whole !== 10) process.exitCode = 1;
  server.close();
}

async function blockTimes(): Promise<void> {
  print('5.4 MB (begin, 3 puts, finish, read back) by block time:');
  for (const blockTimeMs of [0, 100, 500, 1_000]) {
    const server = await startTimedServer(blockTimeMs);
    const connection = await server.connect('blocks');
    await connection.capsulesCreate(null);
    const times: string[] = [];
    for (const parallel of [1, 5]) {
      const input = {
        bytes: pseudorandomBytes(5_400_000, `${parallel}`),
        name: 'file',
        modifiedAtNs: BigInt(parallel),
      };
      const { ms } = await timed(() => uploadOriginalToICP(connection, input, { parallel }));
      times.push(`${(ms / 1000).toFixed(2)} s with ${parallel} in flight`);
    }
    print(`  ${String(blockTimeMs).padStart(5)} ms: ${times.join(', ')}`);
    server.close();
  }
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
}

print(`Node ${process.version}, ${cpus().length} cores, load before ${load()}`);
await updateCalls();
await parallelClients();
await blockTimes();
print(`load after ${load()}`);
