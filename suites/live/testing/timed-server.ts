/**
 * A live server in a process of its own that tells how long it took over each request. Started by `fork` with the block time in
 * milliseconds as argument; sends `{ url, canister }` when it is ready, and to each message answers what it served since the last.
 */
import { serveUploads } from './places.js';

export interface Served {
  readonly endpoint: string;
  readonly status: number;
  /** Milliseconds from the arrival of the request to the last byte of its answer. */
  readonly durationMs: number;
}

export interface ServedSince {
  readonly requests: readonly Served[];
  /** Milliseconds of processor time of the whole server, which a busy machine changes less than durations. */
  readonly cpuMs: number;
}

let served: Served[] = [];
let cpu = process.cpuUsage();
const server = await serveUploads({
  blockTimeMs: Number(process.argv[2] ?? 0),
  onServed: (one) => void served.push(one),
});
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu);
  const since: ServedSince = { requests: served, cpuMs: (user + system) / 1000 };
  process.send!(since);
  served = [];
  cpu = process.cpuUsage();
});
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
process.send!({ url: server.url, canister: server.canister });
