/** A worker process of the scale test: works on a campaign with a stub engine, and prints its processor time. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CampaignServer } from '../campaigns/cluster/campaign-server.js';
import { connect } from '../campaigns/cluster/connection.js';
import { workWith } from '../campaigns/cluster/work.js';
import { PROFILES } from '../generators/profile.js';
import { StubExecutor, stubRunner, type Recording } from './cluster-stub.js';

const [id = '', file = '', failingEvery = '100'] = process.argv.slice(2);
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
const connection = await connect(undefined);
const { redis } = connection;
const server = new CampaignServer(redis, id);
const spec = await server.spec();
process.stdout.write('ready\n');
while ((await redis.exists('go')) === 0) await sleep(20);
const before = process.cpuUsage();
await workWith(
  {
    ...{ redis, id, server, spec, threads: 1 },
    runner: stubRunner(),
    profile: PROFILES.quick,
    executor: new StubExecutor(recording, Number(failingEvery)),
    onEvent: () => undefined,
  },
  new AbortController(),
);
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1_000 })}\n`);
connection.close();
