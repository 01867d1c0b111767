/** Campaigns on several machines: processes that share a real server. */
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { InputError } from '../../harness/input-error.js';
import {
  createFolder,
  inProject,
  it as base,
  readFaultsWasm,
  removeFolder,
} from '../../suites/testing/fixtures.js';
import { findRedis, NO_REDIS, startRedis, type TestServer } from '../../suites/testing/redis-server.js';
import { commandInProcess, start } from '../../cli/testing/command.js';
import { runCampaign } from '../campaign/campaign.js';
import type { CampaignResult } from '../campaign/campaign-result.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject, type SubjectSpec } from '../subject/subject.js';
import { CampaignServer } from './campaign-server.js';
import { connect, type Connection } from './connection.js';
import { decodeData, encodeData } from './encoding.js';
import { JobQueue } from './job-queue.js';
import type { CampaignOutcome } from './merge.js';
import { reportOfCampaign } from './report.js';
import type { CampaignSpec } from './spec.js';
import { startCampaign, type StartOptions } from './start.js';
import { campaignStatus, removeCampaign } from './status.js';
import { startWork } from './work.js';

const executable = findRedis();
const VERSION = '1.2.3';
const FAULT = 'hash-in-arrival-order';
const RUNS = 42;
/** For what does not depend on the results: two ranges without a failure. */
const FEW = { runs: 14 };
/** A thread cannot load TypeScript inside of vitest. */
const threadModule = pathToFileURL(inProject('dist/campaigns/cluster/worker.js'));

const wasm = readFaultsWasm();
const SUBJECT: SubjectSpec = {
  targetModule: undefined,
  wasm,
  wasmLabel: 'upload-faults.wasm',
  wasmSha256: createHash('sha256').update(wasm).digest('hex'),
  fault: FAULT,
  initArg: undefined,
};

if (executable === undefined) console.warn(`skipped: ${NO_REDIS}`);

interface Cluster extends Connection {
  readonly server: TestServer;
  readonly begin: (changes?: Partial<StartOptions>) => ReturnType<typeof startCampaign>;
  /** Works on the campaign in this process until it is complete. */
  readonly finish: (id: string, threads?: number) => Promise<boolean>;
}

/** With `cluster`: a server of the test's own, and a connection to it. */
const it = base.extend<{ readonly cluster: Cluster }>({
  cluster: async ({}, use) => {
    const folder = createFolder();
    const server = await startRedis(executable ?? '', folder);
    const connection = await connect(server.url);
    const { redis } = connection;
    await use({
      ...connection,
      server,
      begin: (changes = {}) =>
        startCampaign({
          ...{ redis, subject: SUBJECT, profile: 'quick', seed: 1, runs: RUNS, rangeSize: 7 },
          ...{ rules: ['facts'], findingsMax: 20, shrinkMsMax: undefined, accepted: [] },
          ...{ commit: 'abc', toolVersion: VERSION, ...changes },
        }),
      finish: (id, threads = 1) =>
        startWork({ redis, id, threads, toolVersion: VERSION, threadModule, onEvent: () => undefined }).done,
    });
    connection.close();
    await server.kill();
    removeFolder(folder);
  },
});

let whole: Promise<CampaignResult> | undefined;

/** What a campaign in one process finds. It is run once for all tests. */
function inOneProcess(): Promise<CampaignResult> {
  return (whole ??= runInOneProcess());
}

async function runInOneProcess(): Promise<CampaignResult> {
  const runner = await openRunner(SUBJECT, await openSubject(SUBJECT), 'embedded');
  try {
    return await runCampaign({
      ...{ runner, profile: PROFILES.quick, seed: 1, runs: RUNS, rules: new Set(['facts']) },
      ...{ wasmSha256: SUBJECT.wasmSha256, fault: FAULT, toolVersion: VERSION },
    });
  } finally {
    await runner.replica.dispose();
  }
}

/** Without what depends on the machine. */
function comparable({ elapsedMs: _, schedulesPerSecond: __, ...result }: CampaignResult): unknown {
  return JSON.parse(JSON.stringify({ ...result, workers: 0 })) as unknown;
}

async function outcomeOf({ redis }: Cluster, id: string): Promise<CampaignResult> {
  const bytes = await new CampaignServer(redis, id).outcome();
  const { messages } = decodeData(bytes ?? new Uint8Array(), 'the outcome') as CampaignOutcome;
  const result = messages.find((message) => message.type === 'result');
  if (result === undefined) throw new Error('there is no result');
  return result.result;
}

describe.skipIf(executable === undefined)('a campaign on several machines', () => {
  it('has the digest and the findings of a run in one process, and the same report', async ({
    cluster,
    folder,
  }) => {
    const { id, ranges } = await cluster.begin();
    expect(ranges).toBe(6);
    expect(await cluster.finish(id, 2)).toBe(true);
    const whole = await inOneProcess();
    expect(whole.findings).toHaveLength(1);
    expect(comparable(await outcomeOf(cluster, id))).toEqual(comparable(whole));
    const { report, commit } = await reportOfCampaign({
      ...{ redis: cluster.redis, id, toolVersion: VERSION },
      corpusFolder: `${folder}/counterexamples`,
    });
    expect(commit).toBe('abc');
    expect(report).toMatchObject({
      verdict: 'invalid',
      runs: RUNS,
      digest: whole.digest,
      interrupted: false,
    });
    expect(report.counterexamples[0]?.fingerprint).toBe(whole.findings[0]?.fingerprint);
    expect(report.counterexamples[0]?.course).not.toBeNull();
  });

  it('ends at the same run if the number of findings ends it', async ({ cluster }) => {
    const { id } = await cluster.begin({ findingsMax: 1 });
    await cluster.finish(id);
    const { runs, isComplete, findings } = await outcomeOf(cluster, id);
    expect(runs).toBeLessThan(RUNS);
    expect([isComplete, findings.length]).toEqual([false, 1]);
    expect((await campaignStatus(cluster.redis, id)).jobs.waiting).toBe(0);
  });

  it('loses nothing if workers and the server are killed', async ({ cluster, folder }) => {
    const { id } = await startedByCommand(cluster, folder);
    const env = { REDIS_URL: cluster.server.url };
    const workers = [1, 2].map(() =>
      start(['campaign', 'work', id, '--workers', '1', '--quiet'], env, folder),
    );
    const server = new CampaignServer(cluster.redis, id);
    await expect.poll(() => server.rangesDone()).toBeGreaterThan(1);
    workers[0]?.kill('SIGKILL');
    await workers[0];
    await cluster.server.kill();
    await cluster.server.start();
    // The other worker connects again.
    const done = await server.rangesDone();
    await expect.poll(() => server.rangesDone()).toBeGreaterThan(done);
    workers[1]?.kill('SIGKILL');
    await workers[1];
    const last = await commandInProcess(['campaign', 'work', id, '--workers', '1'], env, folder);
    expect([last.exitCode, last.stderr]).toEqual([0, expect.stringContaining('Complete.')]);
    expect((await outcomeOf(cluster, id)).digest).toBe((await inOneProcess()).digest);
  });

  it('gives the jobs of a worker that is stopped to the others at once', async ({ cluster }) => {
    const { id } = await cluster.begin();
    const working = startWork({
      ...{ redis: cluster.redis, id, threads: 1, toolVersion: VERSION, threadModule },
      onEvent: ({ type }) => {
        if (type === 'executed') working.stop();
      },
    });
    expect(await working.done).toBe(false);
    const { jobs, state } = await campaignStatus(cluster.redis, id);
    expect([state, jobs.active, jobs.failed]).toEqual(['waiting', 0, 0]);
    expect(jobs.waiting).toBeGreaterThan(0);
    expect(await cluster.finish(id)).toBe(true);
    expect((await outcomeOf(cluster, id)).digest).toBe((await inOneProcess()).digest);
  });

  it('gets the jobs back that its server has lost', async ({ cluster }) => {
    const { id, ranges } = await cluster.begin(FEW);
    const queue = new JobQueue(cluster.redis, id);
    await queue.drain();
    await queue.close();
    const { id: again } = await cluster.begin(FEW);
    expect(again).toBe(id);
    expect((await campaignStatus(cluster.redis, id)).jobs.waiting).toBe(ranges);
    const second = new JobQueue(cluster.redis, id);
    await second.drain();
    await second.close();
    // The process that merges adds what is missing.
    expect(await cluster.finish(id)).toBe(true);
  });

  it('takes the target along, with what it imports by path, to a folder that has neither', async ({
    cluster,
    folder,
    file,
  }) => {
    const env = { REDIS_URL: cluster.server.url, UPLOAD_STRESS_STORE: '' };
    file('names.ts', `export const name: string = 'travelling';`);
    file(
      'my-target.ts',
      `import { uploadTarget } from 'canister-upload-stress';\nimport { name } from './names.js';\nexport default { ...uploadTarget, name };`,
    );
    linkPackage(folder);
    const subject = ['--wasm', inProject('canister/wasm/upload.wasm'), '--target', 'my-target.ts'];
    const options = ['--profile', 'quick', '--runs', '3', '--seed', '1', '--rules', 'facts', '--json'];
    const started = await commandInProcess(['campaign', 'start', ...subject, ...options], env, folder);
    const { id } = JSON.parse(started.stdout) as { readonly id: string };
    const elsewhere = createFolder();
    const worked = await start(['campaign', 'work', id, '--workers', '1'], env, elsewhere);
    const reported = await start(['campaign', 'report', id, '--json'], env, elsewhere);
    removeFolder(elsewhere);
    expect([worked.exitCode, reported.exitCode]).toEqual([0, 0]);
    expect(JSON.parse(reported.stdout)).toMatchObject({ target: 'travelling', runs: 3, verdict: 'valid' });
  });

  it('keeps the first result of a range', async ({ cluster }) => {
    const { id } = await cluster.begin();
    const server = new CampaignServer(cluster.redis, id);
    await server.putRange(0, encodeData('first'));
    await server.putRange(0, encodeData('second'));
    const [bytes] = await server.ranges([0]);
    expect(decodeData(bytes ?? new Uint8Array(), 'a range')).toBe('first');
  });

  it('can be removed with its code', async ({ cluster }) => {
    const { id } = await cluster.begin();
    const { id: other } = await cluster.begin({ seed: 2 });
    await removeCampaign(cluster.redis, id);
    expect((await CampaignServer.list(cluster.redis)).map((each) => each.id)).toEqual([other]);
    await expect(campaignStatus(cluster.redis, id)).rejects.toThrow('the server has no such campaign');
    await removeCampaign(cluster.redis, other);
    expect(await cluster.redis.keys('upload-stress:*')).toEqual([]);
  });
});

/** Makes the folder a project in which this package is installed. */
function linkPackage(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(inProject('.'), join(folder, 'node_modules', 'canister-upload-stress'), 'junction');
}

async function startedByCommand({ server }: Cluster, folder: string): Promise<{ readonly id: string }> {
  const options = ['--profile', 'quick', '--runs', String(RUNS), '--seed', '1', '--range-size', '2'];
  const args = ['campaign', 'start', ...options, '--fault', FAULT, '--rules', 'facts', '--json'];
  const { stdout } = await commandInProcess(args, { REDIS_URL: server.url }, folder);
  return JSON.parse(stdout) as { readonly id: string };
}

describe.skipIf(executable === undefined)('a worker', () => {
  it('declines a campaign of another version or another runtime', async ({ cluster }) => {
    const { id, spec } = await cluster.begin();
    const declined = async (campaign: string, toolVersion: string) =>
      startWork({ redis: cluster.redis, id: campaign, threads: 1, toolVersion, onEvent: () => undefined })
        .done;
    await expect(declined(id, '9.9.9')).rejects.toThrow(
      'is declined: it was started with version 1.2.3 of this program, and this is 9.9.9',
    );
    const { wasmFeatures } = spec.runtime;
    const others: readonly (readonly [CampaignSpec, RegExp])[] = [
      [
        { ...spec, runtime: { ...spec.runtime, instructionTable: '0' } },
        /is declined: .* another instruction table/,
      ],
      [
        { ...spec, runtime: { ...spec.runtime, wasmFeatures: [...wasmFeatures, 'time-travel'] } },
        /is declined: .* lacks the WebAssembly features time-travel/,
      ],
      [{ ...spec, firstTraceHash: '0'.repeat(64) }, /is declined: its first run has another history here/],
    ];
    for (const [changed, line] of others) {
      const other = await CampaignServer.create(cluster.redis, changed, [], 0);
      await expect(declined(other.id, VERSION)).rejects.toThrow(line);
    }
  });

  it('executes nothing whose hash is not that of the approved id', async ({ cluster }) => {
    const { id, spec } = await cluster.begin();
    const { redis } = cluster;
    const code = `upload-stress:code:${spec.subject.wasmSha256}`;
    await redis.set(code, Buffer.from(wasm.slice(0, -1)));
    await expect(cluster.finish(id)).rejects.toThrow(
      /the code .* on the server was changed; nothing of it is executed/,
    );
    await redis.del(code);
    await expect(cluster.finish(id)).rejects.toThrow(/the server lacks the code/);
    await redis.set(`upload-stress:${id}:spec`, canonicalJson({ ...spec, seed: 2 }));
    await expect(cluster.finish(id)).rejects.toThrow(/has another specification than the approved one/);
  });

  it('reports a job that no worker can do, and a new start gives it another try', async ({ cluster }) => {
    const { id } = await cluster.begin(FEW);
    const queue = new JobQueue(cluster.redis, id);
    await queue.add([{ type: 'shrink', key: 'unknown' }]);
    await expect(cluster.finish(id)).rejects.toThrow(
      `campaign ${id}: shrinking a failure failed: the server lacks the failure to shrink`,
    );
    expect(await campaignStatus(cluster.redis, id)).toMatchObject({ state: 'failed', jobs: { failed: 1 } });
    await queue.remove();
    await queue.close();
    await cluster.begin(FEW);
    expect(await cluster.finish(id)).toBe(true);
  });

  it('takes over the merging of a process that was lost', async ({ cluster }) => {
    const { id } = await cluster.begin(FEW);
    const server = new CampaignServer(cluster.redis, id);
    expect(await server.acquireLease('lost', 1_500)).toBe(true);
    expect(await server.acquireLease('other', 1_500)).toBe(false);
    expect(await server.renewLease('other', 1_500)).toBe(false);
    await server.releaseLease('other');
    expect(await server.renewLease('lost', 1_500)).toBe(true);
    expect(await cluster.finish(id)).toBe(true);
  });
});

describe.skipIf(executable === undefined)('the server', () => {
  it('is refused with one line without the password', async ({ cluster: { server } }) => {
    const other = `redis://:wrong-password@127.0.0.1:${server.port}`;
    const none = `redis://127.0.0.1:${server.port}`;
    for (const url of [other, none]) {
      const refused = connect(url);
      await expect(refused).rejects.toThrow(InputError);
      await expect(refused).rejects.toThrow(
        `server redis://127.0.0.1:${server.port}: it requires another password; give it in the URL, as in redis://:PASSWORD@HOST:PORT`,
      );
    }
  });

  it('appears without its password in every text', async ({ cluster }) => {
    const { id } = await cluster.begin();
    const env = { REDIS_URL: cluster.server.url };
    for (const args of [['status'], ['status', id], ['status', id, '--json'], ['report', id]]) {
      const { stdout, stderr } = await commandInProcess(['campaign', ...args], env);
      expect(stdout + stderr).not.toContain(cluster.server.password);
    }
  });
});
