import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ReplicaError } from '../replica.js';
import { parseCanisterLogLine, type CanisterLogLine } from './canister-log-line.js';
import { LineTail } from './line-tail.js';
import { startServer } from './server-process.js';
import { writeFakeServer } from './testing/fake-server.js';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('startServer', () => {
  it('starts a server with its own port file and stops it with SIGTERM', async () => {
    const server = await startServer({ binary: await writeFakeServer(), ttlSeconds: 7 });
    const args = (await (await fetch(server.url)).json()) as string[];
    expect(args[0]).toBe('--port-file');
    expect(args.slice(2)).toEqual(['--ttl', '7']);
    expect(existsSync(args[1] ?? '')).toBe(true);
    await Promise.all([server.stop(), server.stop()]);
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(args[1] ?? '')).toBe(false);
  });

  it('runs two servers at the same time', async () => {
    const binary = await writeFakeServer();
    const [first, second] = await Promise.all([startServer({ binary }), startServer({ binary })]);
    expect(first.url).not.toBe(second.url);
    await first.stop();
    expect(isAlive(second.pid)).toBe(true);
    await second.stop();
  });

  it('starts a server in a process group of its own, which Ctrl-C in a terminal does not reach', async () => {
    const server = await startServer({ binary: await writeFakeServer() });
    const groupOf = async (pid: number) =>
      Number((await execa('ps', ['-o', 'pgid=', '-p', String(pid)])).stdout);
    expect(await groupOf(server.pid)).toBe(server.pid);
    expect(await groupOf(process.pid)).not.toBe(server.pid);
    await server.stop();
  });

  it('ends a server with the process that started it', async () => {
    const binary = await writeFakeServer();
    const module = new URL('server-process.ts', import.meta.url).href;
    const program = `import { startServer } from ${JSON.stringify(module)};
      console.log((await startServer({ binary: ${JSON.stringify(binary)} })).pid);
      process.exit(0);`;
    const { stdout } = await execa(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      program,
    ]);
    while (isAlive(Number(stdout))) await delay(10);
  });

  it('kills a server that ignores SIGTERM after the grace', async () => {
    const server = await startServer({ binary: await writeFakeServer('ignore-sigterm'), stopGraceMs: 200 });
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('reports a server that exits, with its last output', async () => {
    const start = startServer({ binary: await writeFakeServer('die') });
    await expect(start).rejects.toThrow(ReplicaError);
    await expect(start).rejects.toThrow(
      /exited with code 101 before it listened.*\nthread main panicked: no room/s,
    );
  });

  it('reports a server that never listens', async () => {
    const start = startServer({ binary: await writeFakeServer('hang'), startTimeoutMs: 400 });
    await expect(start).rejects.toThrow(/did not listen within 400 ms\. It wrote nothing to stderr\./);
  });

  it('reports a binary that cannot be started', async () => {
    await expect(startServer({ binary: '/absent/pocket-ic' })).rejects.toThrow(/could not be started/);
  });

  it('reads the output of a verbose server in bounded memory and parses canister lines', async () => {
    const seen: CanisterLogLine[] = [];
    const server = await startServer({
      binary: await writeFakeServer('chatty'),
      onCanisterLog: (line) => seen.push(line),
    });
    while (seen.length < 20_000) await delay(10);
    expect(seen[19_999]).toEqual({
      time: '2021-05-06 19:17:10.000000001 UTC',
      canister: 'lxzze-o7777-77777-aaaaa-cai',
      text: 'line 19999',
    });
    expect(server.lastErrors()).toHaveLength(100);
    await server.stop();
  });
});

describe('LineTail', () => {
  it('keeps the last lines and truncates long ones, for any split of the text', () => {
    const tail = new LineTail({ linesMax: 2, lineLengthMax: 5 });
    for (const piece of ['one\ntw', 'o\r\nthree', 'hundred\nop', 'en']) tail.push(piece);
    expect(tail.last()).toEqual(['three', 'open']);
    expect(tail.last(5)).toEqual(['two', 'three', 'open'].slice(-3));
  });
});

describe('parseCanisterLogLine', () => {
  it('returns undefined for other lines', () => {
    expect(parseCanisterLogLine('INFO pocket_ic_server: listening')).toBeUndefined();
    expect(parseCanisterLogLine('t: [Canister a-b] [Canister c-d] x')?.text).toBe('[Canister c-d] x');
  });
});
