/** `upload` against `serve --live`, both as processes. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../client/testing/pictures.js';
import { command, start } from './testing/command.js';
import { startLive, type LiveChild } from './testing/live.js';

let folder: string;
let live: LiveChild;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upload-stress-'));
  live = await startLive(['--verbose']);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await live.end();
});

function file(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const bytesOf = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 9) * seed) & 255);

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
  const { exitCode, stdout } = await command(['upload', ...args, '--json', '--quiet']);
  return { exitCode, document: JSON.parse(stdout) as Document };
}

describe('upload', () => {
  it('finds the canister, brings the file over, and says where it is', async () => {
    const bytes = bytesOf(4_000_000, 3);
    const { exitCode, stdout, stderr } = await command(['upload', file('a.bin', bytes), '--host', live.url]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(stdout).toMatch(
      new RegExp(`a\\.bin: 4000000 B as blob_\\d+, SHA-256 ${sha256}, held by memory_\\d+$`),
    );
    expect(stderr).toMatch(/^A a\.bin {2}\[/);
    expect(exitCode).toBe(0);
    expect(live.stderr()).toMatch(/^update uploads_put_chunk \d+ B from \S+: replied \d+ B in [\d.]+ ms$/m);
  });

  it('a picture gets its derivatives and a memory of four; two files go in one call', async () => {
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

  it('a file that is no picture fails on lane B when derivatives are asked for: exit 1 and the report', async () => {
    const path = file('notes.txt', new TextEncoder().encode('no picture'));
    const { exitCode, stdout, stderr } = await command([
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

  it('Ctrl-C ends it with exit 130, and the next call goes on where it stopped', async () => {
    const slow = await startLive(['--block-time', '400']);
    const path = file('long.bin', bytesOf(18_000_000, 7));
    const args = ['upload', path, '--host', slow.url, '--parallel', '1'];
    const first = start(args);
    await new Promise<void>((resolve) => {
      first.stderr!.on('data', (part: Buffer) => /\[#+-/.test(part.toString()) && resolve());
    });
    first.kill('SIGINT');
    const { exitCode, stderr } = await first;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/failed: stopped/);
    expect(stderr).toMatch(/interrupted: what arrived stays on the canister/);
    const second = await json(['upload', ...args.slice(1)].slice(1));
    expect(second.exitCode).toBe(0);
    const [asset] = second.document.files[0]!.assets;
    expect(asset).toMatchObject({ size: 18_000_000, putsRepeated: 0, verified: true });
    expect(asset!['bytesResumed']).toBeGreaterThanOrEqual(1_800_000);
    expect(await slow.end()).toBe(0);
  });

  const cases: Record<string, () => { args: string[]; says: RegExp }> = {
    'a missing file': () => ({ args: [join(folder, 'none'), '--host', live.url], says: /cannot read / }),
    'no file': () => ({ args: ['--host', live.url], says: /missing required argument/ }),
    'no host': () => ({ args: [folder], says: /required option '--host <url>'/ }),
    'a host that is none': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', 'replica'],
      says: /is not a host/,
    }),
    'a host that does not answer': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', 'http://127.0.0.1:9'],
      says: /does not answer/,
    }),
    'a canister id that is none': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--canister', 'aaaaa-aa'],
      says: /is not a canister id/,
    }),
    'a missing key': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--identity', join(folder, 'none.pem')],
      says: /cannot read the identity/,
    }),
    'no calls in flight': () => ({
      args: [file('c', bytesOf(1, 1)), '--host', live.url, '--parallel', '0'],
      says: /whole number of at least 1/,
    }),
  };

  it.each(Object.keys(cases))('%s gets one line and exit 2', async (name) => {
    const { args, says } = cases[name]!();
    const { exitCode, stdout, stderr } = await command(['upload', ...args]);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});
