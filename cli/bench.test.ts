/** `bench` as a user meets it, with small sizes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchReport } from '../reports/documents/bench-report.js';
import { command, start } from './testing/command.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upload-stress-bench-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const bench = (...args: readonly string[]) => command(['bench', '--out', folder, ...args]);
const SMALL = ['--file-size', '20kB', '--chunk-sizes', '1kB,4KiB,10kB', '--parallel', '1,8'];

describe('bench', () => {
  it('prints a table that fits a terminal, and says what to do next', async () => {
    const { exitCode, stdout, stderr } = await bench(...SMALL);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^20 kB to canister\/wasm\/upload\.wasm on embedded/);
    expect(stdout).toMatch(/^10 kB \* /m);
    expect(stdout).toMatch(/net ×1 +net ×8/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/Next: upload-stress bench --scaling/);
    expect(stdout.split('\n').filter((line) => line.length > 100 && !line.includes('index.html'))).toEqual(
      [],
    );
    expect(stderr).toMatch(/^1 of 3 \| chunks of 1 kB/);
  });

  it('the counters of two runs are equal, wall times apart', async () => {
    const run = async () => {
      const { stdout } = await bench(...SMALL, '--json', '--quiet');
      const { chunkSizes } = JSON.parse(stdout) as BenchReport;
      return { ...chunkSizes, rows: chunkSizes.rows.map((row) => ({ ...row, wall: null })) };
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.best).toBe(10_000);
    const saved = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')) as BenchReport;
    expect(saved.chunkSizes.rows).toHaveLength(3);
  });

  it('the block time of the network is the time of each round', async () => {
    const { stdout } = await bench(...SMALL, '--block-time', '500ms', '--json', '--quiet');
    const { chunkSizes } = JSON.parse(stdout) as BenchReport;
    for (const row of chunkSizes.rows) {
      if (row.kind !== 'passed') throw new Error(row.text);
      for (const { rounds, seconds } of row.network) expect(seconds).toBe(rounds / 2);
    }
  });

  it.each([
    [['--chunk-sizes', '1kB,none'], /give a size such as 64KiB/],
    [['--parallel', '0'], /at least 1/],
    [['--large'], /--large goes with --scaling/],
    [['--wasm', 'no-such-file.wasm'], /no-such-file\.wasm: it does not exist/],
  ])('%j is one line and exit 2', async (args, line) => {
    const { exitCode, stderr } = await bench(...args);
    expect([exitCode, stderr.split('\n').length]).toEqual([2, 1]);
    expect(stderr).toMatch(line);
  });

  it('Ctrl-C in the middle keeps what was measured, and says so', async () => {
    // A size without end behind one that is quick.
    const sizes = ['--file-size', '400MB', '--chunk-sizes', '1.8MB,1.9MB', '--parallel', '1', '--wasm'];
    const running = start(['bench', ...sizes, 'canister/wasm/upload.wasm', '--out', folder]);
    await new Promise<void>((seen) => {
      running.stderr.on('data', (text: Buffer) => String(text).includes('2 of 2') && seen());
    });
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^interrupted: this is what was measured until then/);
    const saved = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')) as BenchReport;
    expect(saved.isInterrupted).toBe(true);
    expect(saved.chunkSizes.rows.map(({ chunkSize }) => chunkSize)).toEqual([1_800_000]);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain('interrupted after 1 chunk size');
  });

  it('Ctrl-C before anything is measured ends it', async () => {
    const running = start(['bench', '--file-size', '200MB', '--chunk-sizes', '1.8MB', '--out', folder]);
    await new Promise((seen) => running.stderr.once('data', seen));
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
  });
});
