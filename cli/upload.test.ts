/** `upload` to `serve --live` in a process of its own. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../client/testing/pictures.js';
import { compileWat } from '../replicas/embedded/testing/compile-wat.js';
import { createFolder, removeFolder } from '../suites/testing/fixtures.js';
import { command, commandInProcess, expectRefusal, printed, start } from './testing/command.js';
import { startLive, type LiveChild } from './testing/live.js';

let folder: string;
let live: LiveChild;
beforeAll(async () => {
  folder = createFolder();
  live = await startLive(['--verbose']);
});
afterAll(async () => {
  removeFolder(folder);
  await live.end();
});

function file(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 9) * seed) & 255);
}

interface Document {
  readonly interrupted: boolean;
  readonly files: {
    readonly ok: boolean;
    readonly memory?: string;
    readonly assets: Record<string, unknown>[];
    readonly failures?: Record<string, unknown>[];
  }[];
}

async function json(args: readonly string[]): Promise<{ exitCode: number | undefined; document: Document }> {
  const { exitCode, stdout } = await commandInProcess(['upload', ...args, '--json', '--quiet']);
  return { exitCode, document: JSON.parse(stdout) as Document };
}

describe('upload', () => {
  it('finds the canister, uploads the file, and prints its blob and its memory', async () => {
    const bytes = bytesOf(4_000_000, 3);
    const { exitCode, stdout, stderr } = await command(['upload', file('a.bin', bytes), '--host', live.url]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(stdout).toMatch(new RegExp(`a\\.bin: 4000000 B as blob_\\d+, SHA-256 ${sha256}, in memory_\\d+$`));
    expect(stderr).toMatch(/^A a\.bin {2}\[/);
    expect(exitCode).toBe(0);
    expect(live.stderr()).toMatch(/^update uploads_put_chunk \d+ B from \S+: replied \d+ B in [\d.]+ ms$/m);
  });

  it('uploads two files in one call, a picture with its derivatives', async () => {
    const picture = file('cat.jpg', await noise(300, 200).jpeg().toBuffer());
    const { exitCode, document } = await json([picture, file('b.bin', bytesOf(10, 5)), '--host', live.url]);
    expect(exitCode).toBe(0);
    expect(document.files.map(({ assets }) => assets.map(({ kind }) => kind))).toEqual([
      ['Original', 'Display', 'Thumb'],
      ['Original'],
    ]);
    expect(document.files[0]!.memory).toMatch(/^memory_\d+$/);
    expect(document.files.flatMap(({ assets }) => assets).every(({ verified }) => verified === true)).toBe(
      true,
    );
  });

  it('reports a failure of lane B and exits with code 1 if derivatives of a file that is not a picture are requested', async () => {
    const path = file('notes.txt', new TextEncoder().encode('no picture'));
    const { exitCode, stdout, stderr } = await commandInProcess([
      'upload',
      path,
      '--host',
      live.url,
      '--derivatives',
      '--quiet',
    ]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^notes\.txt: lane B, process failed: not-an-image: /);
    expect(stderr).toMatch(/arrived and readable: Original as blob_\d+ \(10 B/);
    const { document } = await json([path, '--host', live.url, '--derivatives']);
    expect(document.files[0]).toMatchObject({
      ok: false,
      failures: [{ lane: 'B', step: 'process', reason: 'not-an-image' }],
    });
  });

  it('ends with code 130 on Ctrl-C, and the next call resumes the upload', async () => {
    const slow = await startLive(['--block-time', '400']);
    const path = file('long.bin', bytesOf(10_800_000, 7));
    const args = ['upload', path, '--host', slow.url, '--parallel', '1'];
    const first = start(args);
    await printed(first.stderr, /\[#+-/);
    first.kill('SIGINT');
    const { exitCode, stderr } = await first;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/failed: stopped/);
    expect(stderr).toMatch(/interrupted: the canister keeps the uploaded chunks/);
    const second = await json(['upload', ...args.slice(1)].slice(1));
    expect(second.exitCode).toBe(0);
    const [asset] = second.document.files[0]!.assets;
    expect(asset).toMatchObject({ size: 10_800_000, putsRepeated: 0, verified: true });
    expect(asset!['bytesResumed']).toBeGreaterThanOrEqual(1_800_000);
    expect(await slow.end()).toBe(0);
  });

  it('refuses a canister with another interface with one line and exit code 2', async () => {
    const other = file(
      'other.wasm',
      await compileWat(`(module
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (import "ic0" "msg_reply" (func $reply))
        (memory 1)
        (data (i32.const 0) "DIDL\\00\\01\\71\\02hi")
        (func (export "canister_query upload_config") (call $append (i32.const 0) (i32.const 10)) (call $reply)))`),
    );
    const server = await startLive(['--wasm', other]);
    const args = ['upload', file('c', bytesOf(1, 1)), '--host', server.url];
    const { exitCode, stdout, stderr } = await commandInProcess(args);
    expect(stderr).toMatch(/^upload-stress: \S+ is not an upload canister: upload_config: .+$/);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(await server.end()).toBe(0);
  });

  it('ends on Ctrl-C while a host accepts the connection and does not answer', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    const met = new Promise((resolve) => mute.once('connection', resolve));
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as AddressInfo;
    const child = start([
      'upload',
      file('c', bytesOf(1, 1)),
      '--host',
      `http://127.0.0.1:${port}`,
      '--canister',
      live.canister,
    ]);
    await met;
    child.kill('SIGINT');
    const { exitCode, stderr } = await child;
    expect([exitCode, stderr]).toEqual([130, expect.stringMatching(/^interrupted: [^\n]*$/)]);
    mute.close();
  });

  it('uploads a file whose name has control characters, and escapes them in the output', async () => {
    const path = file('a\u001b[31mb\nc \u202egnp 文件 🚀.bin', bytesOf(10, 9));
    const { exitCode, stdout, stderr } = await commandInProcess(['upload', path, '--host', live.url]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/a\\u001b\[31mb\\u000ac \\u202egnp 文件 🚀\.bin: 10 B as blob_\d+/);
    expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\u202e]/);
  });

  it.runIf(existsSync('/proc/self/status'))(
    'reports an error for a file that holds more than its size says',
    async () => {
      const { exitCode, stdout, stderr } = await commandInProcess([
        'upload',
        '/proc/self/status',
        '--host',
        live.url,
        '--quiet',
      ]);
      expect(stderr).toMatch(
        /^status \(Original\): lane A, read failed: file-unreadable: .*more than the 0 B/,
      );
      expect([exitCode, stdout]).toEqual([1, '']);
    },
  );

  const cases: Record<string, () => { args: string[]; says: RegExp }> = {
    'a file that does not exist': () => ({
      args: [join(folder, 'none'), '--host', live.url],
      says: /cannot read /,
    }),
    'a missing FILE': () => ({ args: ['--host', live.url], says: /missing required argument/ }),
    'a missing --host': () => ({ args: [folder], says: /required option '--host <url>'/ }),
    'a host that is not a URL': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', 'replica'],
      says: /is not a host/,
    }),
    'a host that does not answer': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', 'http://127.0.0.1:9'],
      says: /does not answer/,
    }),
    'an invalid canister id': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--canister', 'aaaaa-aa'],
      says: /is not a canister id/,
    }),
    'a canister of another network': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--canister', 'rrkah-fqaaa-aaaaa-aaaaq-cai'],
      says: /has no canister rrkah-fqaaa-aaaaa-aaaaq-cai: .*does not belong to any subnet/,
    }),
    'a canister that does not exist': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--canister', 'lqy7q-dh777-77777-aaaaq-cai'],
      says: /is not an upload canister: .*not found/,
    }),
    'a folder': () => ({ args: [folder, '--host', live.url], says: /is a folder: name the files in it/ }),
    'a device': () => ({ args: ['/dev/zero', '--host', live.url], says: /is not a regular file/ }),
    'a pipe without a writer': () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      return { args: [pipe, '--host', live.url], says: /is not a regular file/ };
    },
    'an identity file that does not exist': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--identity', join(folder, 'none.pem')],
      says: /identity .*: it does not exist/,
    }),
    'zero parallel calls': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--parallel', '0'],
      says: /whole number of at least 1/,
    }),
  };

  it.each(Object.entries(cases))('refuses %s with one line and exit code 2', async (_, make) => {
    const { args, says } = make();
    expectRefusal(await commandInProcess(['upload', ...args]), says);
  });
});
