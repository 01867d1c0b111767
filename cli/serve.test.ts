/** `serve` and `serve --live` as a user sees them. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HttpAgent } from '@icp-sdk/core/agent';
import { PocketIc } from '@dfinity/pic';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileWat } from '../replicas/embedded/testing/compile-wat.js';
import { createFolder, inProject, removeFolder } from '../suites/testing/fixtures.js';
import { command, commandInProcess, expectRefusal, start } from './testing/command.js';
import { startLive } from './testing/live.js';

let folder: string;
beforeAll(() => {
  folder = createFolder();
});
afterAll(() => {
  removeFolder(folder);
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const CANISTER = 'lxzze-o7777-77777-aaaaa-cai';

describe('serve --live', () => {
  it('installs the reference canister, shows its id at GET /, and ends with code 0 on SIGTERM', async () => {
    const portFile = join(folder, 'live-port');
    const live = await startLive(['--port-file', portFile]);
    expect(live.canister).toBe(CANISTER);
    expect(readFileSync(portFile, 'utf8')).toBe(`${new URL(live.url).port}\n`);
    const json = await fetch(live.url, { headers: { accept: 'application/json' } });
    expect(await json.json()).toMatchObject({ canister: CANISTER, block_time_ms: 0 });
    const page = await fetch(live.url, { headers: { accept: 'text/html' } });
    expect((await page.text()).match(/\b[a-z0-9]{5}(-[a-z0-9]{5})*-cai\b/g)).toEqual([CANISTER]);
    expect(page.headers.get('access-control-allow-origin')).toBe('*');
    expect(await live.end()).toBe(0);
    expect(existsSync(portFile)).toBe(false);
    expect(live.stderr()).toBe('');
  });

  it('applies a block time and an origin, and ends with code 0 on Ctrl-C', async () => {
    const live = await startLive(['--block-time', '250', '--cors', 'http://localhost:5173']);
    const json = await fetch(live.url, { headers: { accept: 'application/json' } });
    expect(json.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(await json.json()).toMatchObject({ block_time_ms: 250 });
    expect(await live.end('SIGINT')).toBe(0);
  });

  /** `(func $spin (loop (br 0)))` under the name of a method. */
  const spinning = async (method: string): Promise<string> =>
    file(
      `${method.replace(/\W/g, '-')}.wasm`,
      await compileWat(`(module (func (export "${method}") (loop $again (br $again))))`),
    );

  it('answers status requests and ends on Ctrl-C while a message runs forever', async () => {
    const live = await startLive(['--wasm', await spinning('canister_update spin')]);
    const agent = await HttpAgent.create({ host: live.url, shouldFetchRootKey: true, retryTimes: 0 });
    const call = agent.call(CANISTER, {
      methodName: 'spin',
      arg: new Uint8Array(0),
      effectiveCanisterId: CANISTER,
      callSync: false,
    });
    expect((await call).response.status).toBe(202);
    const query = agent.query(CANISTER, { methodName: 'none', arg: new Uint8Array(0) });
    query.catch(() => undefined);
    const json = await fetch(live.url, { headers: { accept: 'application/json' } });
    expect(await json.json()).toMatchObject({ canister: CANISTER });
    expect(await agent.status()).toMatchObject({ replica_health_status: 'healthy' });
    expect(await live.end('SIGINT')).toBe(0);
    expect(live.stderr()).toBe('');
    await expect(query).rejects.toThrow();
  });

  it('ends on Ctrl-C while a canister is being installed', async () => {
    const wasm = await spinning('canister_init');
    const child = start(['serve', '--live', '--verbose', '--wasm', wasm]);
    await new Promise((seen) => child.stderr.once('data', seen));
    // From here on any moment will do; most of the time the installation runs by now.
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await child;
    expect([exitCode, stdout, stderr]).toEqual([0, '', `installing ${wasm}`]);
  });

  const cases: Record<string, () => { args: string[]; says: RegExp }> = {
    'a wasm file that does not exist': () => ({
      args: ['--wasm', join(folder, 'none')],
      says: /it does not exist/,
    }),
    'a wasm file that holds text': () => ({
      args: ['--wasm', file('x.wasm', 'hello')],
      says: /it is not a WebAssembly module/,
    }),
    'a module that is not a canister': () => ({
      args: [
        '--wasm',
        file(
          'import.wasm',
          Uint8Array.of(
            0,
            0x61,
            0x73,
            0x6d,
            1,
            0,
            0,
            0,
            1,
            4,
            1,
            0x60,
            0,
            0,
            2,
            7,
            1,
            1,
            0x78,
            1,
            0x79,
            0,
            0,
          ),
        ),
      ],
      says: /the canister cannot be installed: .*IC0505|cannot be installed/,
    }),
    'an init argument that is not Candid': () => ({
      args: ['--init-arg', file('arg', 'nonsense')],
      says: /it is not a Candid message/,
    }),
    'a port file that exists': () => ({
      args: ['--port-file', file('port', '')],
      says: /port file .* exists; if no other server is running, delete it/,
    }),
    'a port file in a folder that does not exist': () => ({
      args: ['--port-file', join(folder, 'none', 'port')],
      says: /port file .*: it does not exist/,
    }),
    'a port out of range': () => ({ args: ['--port', '70000'], says: /--port must be a number/ }),
    'an address that other machines reach': () => ({
      args: ['--ip-addr', '0.0.0.0'],
      says: /--ip-addr must be 127.0.0.1/,
    }),
    'a block time that is not a number': () => ({
      args: ['--block-time', 'soon'],
      says: /whole number from 0/,
    }),
    'an origin that is not a URL': () => ({ args: ['--cors', 'localhost'], says: /an origin such as/ }),
    'an option of the other server': () => ({
      args: ['--ttl', '5'],
      says: /--ttl is not supported with --live/,
    }),
  };

  it.each(Object.entries(cases))('refuses %s with one line and exit code 2', async (_, make) => {
    const { args, says } = make();
    expectRefusal(await commandInProcess(['serve', '--live', ...args]), says);
  });

  it('refuses a port that is in use with one line and exit code 2', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const port = String((other.address() as AddressInfo).port);
    const { exitCode, stderr } = await commandInProcess(['serve', '--live', '--port', port]);
    expect(stderr).toMatch(/^upload-stress: port \d+ is in use; choose another --port.*$/);
    expect(exitCode).toBe(2);
    other.close();
  });
});

describe('serve', () => {
  const wasm = inProject('canister/wasm/upload.wasm');

  it('serves pic-js at its URL and ends with code 0 on SIGTERM', async () => {
    const portFile = join(folder, 'rest-port');
    const child = start(['serve', '--port-file', portFile, '--ttl', '600']);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const pic = await PocketIc.create(`http://127.0.0.1:${readFileSync(portFile, 'utf8').trim()}`);
    const canister = await pic.createCanister();
    await pic.installCode({ canisterId: canister, wasm });
    expect(canister.toText()).toBe(CANISTER);
    await pic.tearDown();
    child.kill('SIGTERM');
    expect((await child).exitCode).toBe(0);
    expect(existsSync(portFile)).toBe(false);
  });

  it('replaces the PocketIC binary through a link of that name', async () => {
    const link = join(folder, 'pocket-ic');
    symlinkSync(inProject('bin/pocket-ic'), link);
    const portFile = join(folder, 'binary-port');
    const child = execa(link, ['--port-file', portFile], { reject: false });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const pic = await PocketIc.create(`http://127.0.0.1:${readFileSync(portFile, 'utf8').trim()}`);
    await pic.installCode({ canisterId: await pic.createCanister(), wasm });
    await pic.tearDown();
    child.kill('SIGTERM');
    expect((await child).exitCode).toBe(0);
  });

  it.each([
    [['--block-time', '5'], /--block-time requires --live/],
    [['--frob'], /unknown option '--frob'/],
    [['--ttl', 'long'], /--ttl must be a number of seconds/],
  ])('refuses %j with one line and exit code 2', async (args, says) => {
    expectRefusal(await command(['serve', ...args]), says);
  });
});
