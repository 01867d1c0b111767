import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InstallError, installServer } from './install.js';
import { SERVER_VERSION, releaseAsset } from './release.js';

const PROGRAM = '#!/bin/sh\necho pocket-ic-server 10.0.0\n';
const ARCHIVE = gzipSync(PROGRAM.padEnd(200_000, '#\n'));
const SHA256 = createHash('sha256').update(ARCHIVE).digest('hex');

type Answer = (response: ServerResponse) => void;
const whole: Answer = (response) => response.writeHead(200).end(ARCHIVE);
function status(code: number): Answer {
  return (response) => response.writeHead(code).end('no');
}
const moved: Answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end();
/** Declares the full length and sends half of it. */
const half: Answer = (response) => {
  response.writeHead(200, { 'content-length': String(ARCHIVE.length) });
  response.write(ARCHIVE.subarray(0, ARCHIVE.length / 2), () => response.destroy());
};
/** Sends half without a length, so that only the gzip stream is incomplete. */
const cut: Answer = (response) => response.writeHead(200).end(ARCHIVE.subarray(0, ARCHIVE.length / 2));
const silent: Answer = () => undefined;

/** Uses the answers in order, then repeats the last one. */
async function serve(...answers: readonly Answer[]) {
  let requests = 0;
  const server = createServer((_request, response) =>
    (answers[Math.min(requests++, answers.length - 1)] ?? whole)(response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'upload-stress-install-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pocket-ic.gz`;
  return { url, target: path.join(folder, 'bin', 'pocket-ic'), requests: () => requests };
}

const left = (target: string): Promise<string[]> => readdir(path.dirname(target)).catch(() => []);

describe('installServer', () => {
  it('writes a complete executable file and returns its hash', async () => {
    const { url, target } = await serve(whole);
    const installed = await installServer({ url, target, sha256: SHA256.toUpperCase() });
    expect(installed).toEqual({ target, sha256: SHA256, bytes: 200_000 });
    expect((await stat(target)).mode & 0o777).toBe(0o755);
    expect((await readFile(target, 'utf8')).startsWith(PROGRAM)).toBe(true);
    expect(await left(target)).toEqual(['pocket-ic']);
  });

  it('follows redirects', async () => {
    const { url, target, requests } = await serve(moved, whole);
    await installServer({ url, target });
    expect(requests()).toBe(2);
  });

  it.each([
    ['an error of a server that recovers', [status(500), status(429), whole], 3],
    ['a connection that breaks', [half, whole], 2],
    ['a truncated body', [cut, whole], 2],
  ])('retries after %s', async (_what, answers, expected) => {
    const { url, target, requests } = await serve(...answers);
    const lines: string[] = [];
    await installServer({ url, target, backoffMs: 1, onProgress: (line) => lines.push(line) });
    expect(requests()).toBe(expected);
    expect(lines).toHaveLength(expected - 1);
    expect(await left(target)).toEqual(['pocket-ic']);
  });

  it.each([
    ['a missing file', status(404), 1, /answered 404/],
    ['a server that stays down', status(503), 3, /answered 503/],
    ['a body that is always truncated', cut, 3, /could not be installed: Z_BUF_ERROR/],
    [
      'something that is not gzip',
      (response) => response.end('<html>'),
      3,
      /could not be installed: Z_DATA_ERROR/,
    ],
  ])('fails on %s and leaves no file', async (_what, answer, expected, message) => {
    const { url, target, requests } = await serve(answer);
    const install = installServer({ url, target, attemptsMax: 3, backoffMs: 1 });
    await expect(install).rejects.toThrow(InstallError);
    await expect(install).rejects.toThrow(message);
    expect(requests()).toBe(expected);
    expect(await left(target)).toEqual([]);
  });

  it('rejects a wrong checksum without a retry and keeps the existing file', async () => {
    const { url, target, requests } = await serve(whole);
    await installServer({ url, target });
    await writeFile(target, 'the old one');
    const wrong = installServer({ url, target, sha256: '0'.repeat(64) });
    await expect(wrong).rejects.toThrow(new RegExp(`has SHA-256 ${SHA256}, expected 0{64}: not installed`));
    expect(requests()).toBe(2);
    expect(await readFile(target, 'utf8')).toBe('the old one');
    expect(await left(target)).toEqual(['pocket-ic']);
  });

  it('fails after the time limit if the server does not answer', async () => {
    const { url, target } = await serve(silent);
    await expect(installServer({ url, target, timeoutMs: 200 })).rejects.toThrow(
      /was not downloaded in time/,
    );
  });

  it('does not retry after an error of the disk', async () => {
    const { url, target, requests } = await serve(whole);
    await installServer({ url, target });
    await expect(installServer({ url, target: path.join(target, 'pocket-ic') })).rejects.toThrow(
      /EEXIST|ENOTDIR/,
    );
    expect(requests()).toBe(2);
  });
});

describe('releaseAsset', () => {
  it('returns the file that the postinstall script of @dfinity/pic downloads', async () => {
    const script = await readFile(
      new URL('../../node_modules/@dfinity/pic/postinstall.mjs', import.meta.url),
      'utf8',
    );
    const { url } = releaseAsset('linux', 'x64')!;
    const [base, file] = [path.dirname(path.dirname(url)), path.basename(url)];
    expect(url).toContain(`/${SERVER_VERSION}/`);
    expect(script).toContain(`${base}/\${version}/pocket-ic-\${PLATFORM}.gz`);
    expect(file).toBe('pocket-ic-x86_64-linux.gz');
  });

  it('returns undefined for other platforms', () => {
    expect(releaseAsset('win32', 'x64')).toBeUndefined();
  });
});

describe('npm run pocketic:install', () => {
  const run = (...args: string[]) =>
    execa('npx', ['tsx', new URL('install-main.ts', import.meta.url).pathname, ...args], { reject: false });

  it('installs the server, and finds it on the second run', async () => {
    const { url, target } = await serve(whole);
    const first = await run('--url', url, '--to', target, '--sha256', SHA256);
    expect([first.exitCode, first.stdout]).toEqual([
      0,
      expect.stringContaining(`SHA-256 of the download ${SHA256}`),
    ]);
    const second = await run('--url', url, '--to', target);
    expect([second.exitCode, second.stdout]).toEqual([
      0,
      expect.stringContaining('PocketIC 10.0.0 is already at'),
    ]);
  });

  it('exits with 2 and one line if the server does not answer', async () => {
    const { target } = await serve(whole);
    const { exitCode, stderr } = await run(
      '--url',
      'http://127.0.0.1:9/x.gz',
      '--to',
      target,
      '--attempts',
      '1',
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^pocketic:install: http:\/\/127\.0\.0\.1:9\/x\.gz could not be installed: /m);
  });

  it.each([
    [
      ['--sha256', 'abc'],
      "option '--sha256 <hex>' argument 'abc' is invalid. Expected 64 hexadecimal digits.",
    ],
    [
      ['--attempts', '0'],
      "option '--attempts <n>' argument '0' is invalid. Expected a number of at least 1.",
    ],
    [['--speed'], "unknown option '--speed'"],
  ])('exits with 2 on %s', async (args, line) => {
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(line);
  });
});
