/**
 * Tests the driver with the executable. The driver starts it in place of the PocketIC server's binary and runs canisters on the engine in
 * its threads. The results must equal those of the engine without a server.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { CanisterLogLine } from '../../replicas/pocketic/canister-log-line.js';
import { findServer } from '../../replicas/pocketic/find-server.js';
import { createPocketIcReplica } from '../../replicas/pocketic/pocketic-replica.js';
import type { Call, Outcome, Replica, Submission } from '../../replicas/replica.js';
import { runServerBinary } from './command.js';
import { counterModule } from './testing/counter-module.js';
import { BUILT_ENGINE } from './testing/built-engine.js';
import { writeLauncher } from './testing/launcher.js';
import { startServer } from './testing/start-server.js';
import { createWorkerBackend } from './worker-backend.js';

const CALLER = 'izwuf-gb2vh-b6iqq-fhxvm-dfric-yfku3-tu6fg-3ibrs-3fsg6-nb7cm-jae';
const CONTROLLER = '2vxsx-fae';
const ABSENT = 'lqy7q-dh777-77777-aaaaq-cai';
const NOTHING = new Uint8Array(0);

const { found } = await findServer();
const realServers = found ? [found] : [];

let wasm: Uint8Array;
beforeAll(async () => {
  wasm = await counterModule();
});

/** Everything that a user of a canister can observe, as plain data. */
type Seen =
  { readonly refused: Submission } | { readonly outcome: Outcome | undefined } | { readonly value: unknown };

/** Runs the same calls on any replica. Cycles are omitted, because the replicas charge management calls differently. */
async function observe(replica: Replica): Promise<Seen[]> {
  const seen: Seen[] = [];
  const canister = await replica.createCanister({ controller: CONTROLLER });
  seen.push({ value: canister });
  for (const mode of ['install', 'install', 'upgrade', 'reinstall'] as const) {
    seen.push({ outcome: await replica.install({ canister, mode, wasm, arg: NOTHING }) });
  }
  const call = (method: string, more: Partial<Call> = {}): Call => ({
    canister,
    method,
    arg: NOTHING,
    caller: CALLER,
    ...more,
  });
  for (const method of ['inc', 'inc', 'say', 'refuse', 'fail', 'absent']) {
    const submission = await replica.submit(call(method));
    if (submission.kind === 'refused') throw new Error(submission.reject.text);
    seen.push({ outcome: await replica.poll(submission.id) });
    await replica.round();
    seen.push({ outcome: await replica.poll(submission.id) });
  }
  for (const method of ['get', 'absent']) seen.push({ outcome: await replica.query(call(method)) });
  seen.push({ outcome: await replica.query(call('get', { canister: ABSENT })) });
  seen.push({ refused: await replica.submit(call('inc', { canister: ABSENT })) });
  await replica.setTime(1_704_067_200_000_000_001n);
  await replica.round();
  seen.push({ value: await replica.time() }, { outcome: await replica.query(call('now')) });
  seen.push({ value: (await replica.stableMemory(canister)).length });
  const { heapBytes, stableBytes } = await replica.metrics(canister);
  seen.push({ value: { heapBytes, stableBytes } });
  seen.push({ value: (await replica.logs(canister)).map(({ content }) => Buffer.from(content).toString()) });
  return seen;
}

describe('the driver with the executable', () => {
  it('returns the same results as the engine without a server', async () => {
    const lines: CanisterLogLine[] = [];
    const replica = await createPocketIcReplica({
      binary: await writeLauncher(),
      onCanisterLog: (line) => lines.push(line),
    });
    onTestFinished(() => replica.dispose());
    expect(replica.info.version).toMatch(/^upload-stress-server /);
    const seen = await observe(replica);
    expect(seen).toEqual(await observe(createEmbeddedReplica()));
    expect(seen.length).toBeGreaterThan(20);
    while (lines.length < 2) await delay(10);
    expect(lines[0]).toMatchObject({ canister: 'lxzze-o7777-77777-aaaaa-cai', text: 'hello, world' });
    expect(lines[0]?.time).toMatch(/^2021-05-06 19:17:10\.\d{9} UTC$/);
  });

  // If a PocketIC server is installed, the results must be the same on it.
  it.each(realServers)('returns the same results on PocketIC $version', async ({ path: binary }) => {
    const replica = await createPocketIcReplica({ binary });
    onTestFinished(() => replica.dispose());
    expect(await observe(replica)).toEqual(await observe(createEmbeddedReplica()));
  });

  it('installs a module that does not fit in one message in chunks', async () => {
    const { url } = await startServer(() => createWorkerBackend(BUILT_ENGINE));
    const replica = await createPocketIcReplica({ serverUrl: url });
    onTestFinished(() => replica.dispose());
    const canister = await replica.createCanister();
    const big = await counterModule(2_500_000);
    expect(await replica.install({ canister, mode: 'install', wasm: big, arg: NOTHING })).toMatchObject({
      kind: 'reply',
    });
    expect(await replica.query({ canister, method: 'get', arg: NOTHING, caller: CALLER })).toMatchObject({
      kind: 'reply',
    });
  });

  it('refuses a message that is too large as PocketIC does', async () => {
    const { url } = await startServer(() => createWorkerBackend(BUILT_ENGINE));
    const replica = await createPocketIcReplica({ serverUrl: url });
    onTestFinished(() => replica.dispose());
    const canister = await replica.createCanister();
    await replica.install({ canister, mode: 'install', wasm, arg: NOTHING });
    const submit = (length: number) =>
      replica.submit({ canister, method: 'allowed', arg: new Uint8Array(length), caller: CONTROLLER });
    // The text equals the one in conformance/golden/ingress.json, except for the id of the request.
    const text =
      /^BadIngressMessage\("Request 0x[0-9a-f]{64} is too large\. Message byte size 2097316 is larger than the max allowed 2097152\."\)$/;
    expect(await submit(2_097_152)).toMatchObject({
      kind: 'refused',
      reject: { text: expect.stringMatching(text) as string },
    });
    expect((await submit(2_096_752)).kind).toBe('accepted');
  });

  it('reports an instance whose thread has ended, and keeps the other instances', async () => {
    const dying = new URL('data:text/javascript,setTimeout(() => process.exit(1), 50)');
    const entries = [dying, BUILT_ENGINE.entry];
    const { url } = await startServer(() => createWorkerBackend({ entry: entries.shift()! }));
    const [dead, alive] = [
      await createPocketIcReplica({ serverUrl: url }),
      await createPocketIcReplica({ serverUrl: url }),
    ];
    onTestFinished(() => alive.dispose());
    await expect(dead.time()).rejects.toThrow(
      /\(500\): the engine of this instance has ended: its thread has ended/,
    );
    expect(await alive.time()).toBe(1_620_328_630_000_000_001n);
    await dead.dispose();
  });
});

describe('the executable', () => {
  const folder = async (): Promise<string> => {
    const made = await mkdtemp(path.join(tmpdir(), 'upload-stress-main-'));
    onTestFinished(() => rm(made, { recursive: true, force: true }));
    return made;
  };

  it('states the version that programs ask for, and is rejected by the search for a PocketIC server even so', async () => {
    const launcher = await writeLauncher();
    vi.stubEnv('UPLOAD_STRESS_POCKET_IC_VERSION', '16.0.0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await execa(launcher, ['--version'])).stdout).toBe('pocket-ic-server 16.0.0');
    const search = await findServer({ env: { POCKET_IC_BIN: launcher, PATH: '' }, packageFolders: [] });
    expect(search.found).toBeUndefined();
    expect(search.rejected[0]?.reason).toMatch(
      /^not the PocketIC server but its replacement: upload-stress-server \(embedded engine /,
    );
  });

  it('writes its port, and deletes the file and exits with 0 on SIGTERM', async () => {
    const portFile = path.join(await folder(), 'x.port');
    const child = execa(await writeLauncher(), ['--port-file', portFile, '--ttl', '600'], { reject: false });
    onTestFinished(() => void child.kill('SIGKILL'));
    while (!existsSync(portFile) || !readFileSync(portFile, 'utf8').endsWith('\n')) await delay(20);
    const url = `http://127.0.0.1:${readFileSync(portFile, 'utf8').trim()}`;
    expect((await fetch(`${url}/status`)).status).toBe(200);
    const second = await execa(await writeLauncher(), ['--port-file', portFile], { reject: false });
    expect([second.exitCode, second.stdout, second.stderr]).toEqual([0, '', '']);
    child.kill('SIGTERM');
    expect(await child).toMatchObject({ exitCode: 0, stdout: `listening on ${url}` });
    expect(existsSync(portFile)).toBe(false);
  });

  it('exits after the ttl without a request', async () => {
    const { exitCode } = await execa(await writeLauncher(), ['--ttl', '0.3'], {
      reject: false,
      timeout: 300_000,
    });
    expect(exitCode).toBe(0);
  });

  it.each([
    [['--port', '70000'], 'serve: --port must be a number from 0 to 65535'],
    [['--ttl', 'long'], 'serve: --ttl must be a number of seconds'],
    [['--hard-ttl', 'long'], 'serve: --hard-ttl must be a number of seconds'],
    [['--ip-addr', '0.0.0.0'], 'serve: --ip-addr must be 127.0.0.1 or ::1'],
    [['--speed'], "serve: unknown option '--speed'"],
    [
      ['--port-file', '/absent/folder/x.port'],
      'serve: the folder of --port-file does not exist (/absent/folder/x.port)',
    ],
  ])('exits with 2 and one line on %s', async (args, line) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => error.mockRestore());
    expect(await runServerBinary(args, BUILT_ENGINE)).toBe(2);
    expect(error.mock.calls).toEqual([[expect.stringContaining(line)]]);
  });

  it('does not change an existing port file', async () => {
    const portFile = path.join(await folder(), 'x.port');
    await writeFile(portFile, 'mine');
    expect((await execa(await writeLauncher(), ['--port-file', portFile], { reject: false })).exitCode).toBe(
      0,
    );
    expect(readFileSync(portFile, 'utf8')).toBe('mine');
  });
});
