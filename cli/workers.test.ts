/** `run --workers`: the result does not depend on the number of threads. */
import { availableParallelism } from 'node:os';
import { describe, expect } from 'vitest';
import { runReportSchema } from '../reports/documents/run-report.js';
import { command, commandInProcess, expectRefusal, it, printed, start } from './testing/command.js';

const RUN = ['run', '--profile', 'quick', '--seed', '3', '--replica', 'embedded', '--no-store', '--json'];

/** The report without what depends on times and folders. */
async function reportOf(args: readonly string[]) {
  const { stdout, stderr, exitCode } = await command([...RUN, ...args]);
  const report = runReportSchema.parse(JSON.parse(stdout));
  const { startedAt, durationMs, schedulesPerSecond, environment, workers, ...rest } = report;
  for (const time of [startedAt, durationMs, schedulesPerSecond, environment]) expect(time).toBeDefined();
  const found = stderr.split('\n').filter((line) => line.startsWith('found: '));
  return { workers, result: { ...rest, found, exitCode } };
}

describe('the number of workers', () => {
  for (const { name, args, counts } of [
    {
      name: 'of a canister with faults',
      args: ['--fault', 'paused-takes-chunks,cancelled-finishes', '--runs', '56', '--max-findings', '2'],
      counts: [2, 3, 7],
    },
    { name: 'of a correct canister', args: ['--runs', '32'], counts: [3] },
  ])
    it(`does not change the report ${name}`, async ({ out }) => {
      const one = await reportOf([...args, '--out', out, '--workers', '1']);
      expect(one.workers).toBe(1);
      expect(one.result.digest).toMatch(/^[0-9a-f]{64}$/);
      for (const count of counts) {
        const { workers, result } = await reportOf([...args, '--out', out, '--workers', String(count)]);
        expect(result, `${count} workers`).toEqual(one.result);
        expect(workers).toBe(count);
      }
    });

  it('is one per core by default', async ({ out }) => {
    const { workers } = await reportOf(['--runs', '24', '--out', out]);
    expect(workers).toBe(Math.min(availableParallelism(), 3));
  });

  it('is rejected if it is not a positive number, or if the replica runs one schedule after the other', async ({
    out,
  }) => {
    const refused = (...args: readonly string[]) => commandInProcess([...RUN, '--out', out, ...args]);
    expectRefusal(await refused('--workers', '0'), /--workers/);
    expectRefusal(await refused('--workers', 'many'), /--workers/);
    expectRefusal(await refused('--workers', '2', '--replica', 'pocketic'), /leave --workers out$/);
  });
});

describe('a run with several workers', () => {
  it('ends with its report on Ctrl-C', async ({ out }) => {
    const child = start([
      'run',
      '--workers',
      '2',
      '--replica',
      'embedded',
      '--no-store',
      '--json',
      '--out',
      out,
    ]);
    await printed(child.stderr, /[1-9]\d* of 2,?000 schedules/);
    child.kill('SIGINT');
    const { exitCode, stdout } = await child;
    expect(exitCode).toBe(130);
    const report = runReportSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ interrupted: true, workers: 2 });
    expect(report.runs).toBeGreaterThan(0);
  });

  it('ends within its budget', async ({ out }) => {
    const { workers, result } = await reportOf(['--workers', '2', '--budget', '3s', '--out', out]);
    expect(workers).toBe(2);
    expect(result).toMatchObject({ interrupted: false, verdict: 'valid', exitCode: 0 });
    expect(result.runs).toBeGreaterThan(0);
  });
});
