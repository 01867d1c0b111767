/** `bench` as a user sees it, with small sizes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { BenchReport } from '../reports/documents/bench-report.js';
import { commandInProcess, expectRefusal, it as base, printed, start } from './testing/command.js';

/** With `bench`: the command, writing to the test's own folder. */
const it = base.extend<{
  readonly bench: (...args: readonly string[]) => ReturnType<typeof commandInProcess>;
}>({
  bench: async ({ folder }, use) => {
    await use((...args) => commandInProcess(['bench', '--out', folder, ...args]));
  },
});
const SMALL = ['--file-size', '20kB', '--chunk-sizes', '1kB,4KiB,10kB', '--parallel', '1,8'];

const WASM = 'canister/wasm/upload.wasm';

describe('bench', () => {
  it('prints a table that fits a terminal, and the next command', async ({ folder }) => {
    const { exitCode, stdout, stderr } = await commandInProcess(['bench', '--out', folder, ...SMALL]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^20 kB to canister\/wasm\/upload\.wasm on embedded/);
    expect(stdout).toMatch(/^10 kB \* /m);
    expect(stdout).toMatch(/net ×1 +net ×8/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/Next: npx upload-stress bench --scaling/);
    expect(stdout.split('\n').filter((line) => line.length > 100 && !line.includes('index.html'))).toEqual(
      [],
    );
    expect(stderr).toMatch(/^1 of 3 \| chunks of 1 kB/);
  });

  it('measures the same counters in every run', async ({ bench, folder }) => {
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

  it('takes the block time of the network as the time of each round', async ({ bench }) => {
    const { stdout } = await bench(...SMALL, '--block-time', '500ms', '--json', '--quiet');
    const { chunkSizes } = JSON.parse(stdout) as BenchReport;
    for (const row of chunkSizes.rows) {
      if (row.kind !== 'passed') throw new Error(row.text);
      for (const { rounds, seconds } of row.network) expect(seconds).toBe(rounds / 2);
    }
  });

  it.for<[readonly string[], RegExp]>([
    [['--chunk-sizes', '1kB,none'], /give a size such as 64KiB/],
    [['--parallel', '0'], /at least 1/],
    [['--large'], /--large requires --scaling/],
    [['--wasm', 'no-such-file.wasm'], /no-such-file\.wasm: it does not exist/],
  ])('refuses %j with one line and exit code 2', async ([args, line], { folder }) => {
    expectRefusal(await commandInProcess(['bench', '--out', folder, ...args]), line);
  });

  it('keeps what was measured before Ctrl-C', async ({ folder }) => {
    // Progress is printed about once a second, so that the interrupt can come during any chunk size but the first. The file is small
    // enough for a busy machine, and the sizes are many enough for a fast one.
    const sizes = Array.from({ length: 40 }, (_, index) => (150 + index) / 100);
    const args = ['--file-size', '15MB', '--chunk-sizes', sizes.map((size) => `${size}MB`).join(',')];
    const running = start(['bench', ...args, '--parallel', '1', '--wasm', WASM, '--out', folder]);
    await printed(running.stderr, /\b([2-9]|[1-3]\d) of 40/);
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^interrupted: these are the measurements up to then/);
    const saved = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')) as BenchReport;
    expect(saved.isInterrupted).toBe(true);
    const { length } = saved.chunkSizes.rows;
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(sizes.length);
    expect(saved.chunkSizes.rows.map(({ chunkSize }) => chunkSize)).toEqual(
      sizes.slice(0, length).map((size) => Math.round(size * 1_000_000)),
    );
    const counted = length === 1 ? '1 chunk size' : `${length} chunk sizes`;
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toContain(`interrupted after ${counted}`);
  });

  it('ends on Ctrl-C before anything is measured', async ({ folder }) => {
    const running = start(['bench', '--file-size', '200MB', '--chunk-sizes', '1.8MB', '--out', folder]);
    await printed(running.stderr, /./);
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
  });
});
