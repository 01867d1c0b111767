/** `run --workers`: the result does not depend on the number of threads. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type * as Library from '../library/index.js';
import { coverageReportSchema } from '../reports/documents/coverage-report.js';
import { exploreReportSchema } from '../reports/documents/explore-report.js';
import { gateReportSchema } from '../reports/documents/gate-report.js';
import { mutantsReportSchema } from '../reports/documents/mutants-report.js';
import { runReportSchema } from '../reports/documents/run-report.js';
import { createFolder, inProject, removeFolder } from '../suites/testing/fixtures.js';
import { commandInProcess, expectRefusal, it, printed, start } from './testing/command.js';

/** Without the relations, which take most of the time of a run. */
const ONE_RULE = ['--rules', 'wrong-calls-are-refused'];
const NO_RELATIONS = ['--rules', 'facts,specification'];
const RUN = ['run', '--profile', 'quick', '--seed', '3', '--replica', 'embedded', '--no-store', '--json'];

/** Past failures are replayed by one thread, before a campaign. */
let noCorpus: string;
beforeAll(() => {
  noCorpus = createFolder();
});
afterAll(() => removeFolder(noCorpus));

/** The report without what depends on times and folders. */
async function reportOf(args: readonly string[]) {
  const { stdout, stderr, exitCode } = await commandInProcess([...RUN, '--corpus', noCorpus, ...args]);
  const report = runReportSchema.parse(JSON.parse(stdout));
  const { startedAt, durationMs, schedulesPerSecond, environment, workers, ...rest } = report;
  for (const time of [startedAt, durationMs, schedulesPerSecond, environment]) expect(time).toBeDefined();
  const found = stderr.split('\n').filter((line) => line.startsWith('found: '));
  return { workers, result: { ...rest, found, exitCode } };
}

describe('the number of workers', () => {
  for (const { name, args, counts, findings } of [
    {
      name: 'of a canister with faults',
      args: [
        '--fault',
        'hash-in-arrival-order,cancelled-finishes',
        '--runs',
        '14',
        '--max-findings',
        '2',
        ...NO_RELATIONS,
      ],
      counts: [2, 7],
      findings: 1,
    },
    { name: 'of a correct canister', args: ['--runs', '9'], counts: [3], findings: 0 },
  ])
    it(`does not change the report ${name}`, async ({ out }) => {
      const one = await reportOf([...args, '--out', out, '--workers', '1']);
      expect(one.workers).toBe(1);
      expect(one.result.counterexamples).toHaveLength(findings);
      expect(one.result.digest).toMatch(/^[0-9a-f]{64}$/);
      for (const count of counts) {
        const { workers, result } = await reportOf([...args, '--out', out, '--workers', String(count)]);
        expect(result, `${count} workers`).toEqual(one.result);
        expect(workers).toBe(count);
      }
    });

  it('does not change the coverage, although each thread sets up its own canisters', async ({ out }) => {
    const coverageOf = async (workers: number) => {
      const folder = `${out}-${workers}`;
      // The campaign ends in the middle of the work of the other threads.
      const args = [
        '--coverage',
        '--fault',
        'cancelled-finishes',
        '--runs',
        '28',
        '--max-findings',
        '1',
        ...ONE_RULE,
      ];
      await reportOf([...args, '--out', folder, '--workers', String(workers)]);
      const text = readFileSync(`${folder}/coverage.json`, 'utf8');
      const { modules, runs } = coverageReportSchema.parse(JSON.parse(text));
      return { modules, runs };
    };
    const one = await coverageOf(1);
    expect(one.modules[0]!.blocks.reached).toBeGreaterThan(1_000);
    expect(await coverageOf(3)).toEqual(one);
  });

  it('is one per core by default, if there are enough runs for each', async ({ out }) => {
    const { workers } = await reportOf(['--runs', '51', '--out', out, ...ONE_RULE]);
    expect(workers).toBe(Math.min(availableParallelism(), 2));
    const short = await reportOf(['--runs', '50', '--out', out, ...ONE_RULE]);
    expect(short.workers).toBe(1);
  });

  it('is rejected if it is not a number of threads, or if the replica runs one schedule after the other', async ({
    out,
  }) => {
    const refused = (...args: readonly string[]) => commandInProcess([...RUN, '--out', out, ...args]);
    expectRefusal(await refused('--workers', '0'), /--workers/);
    expectRefusal(await refused('--workers', 'many'), /--workers/);
    expectRefusal(await refused('--workers', '257'), /at most 256/);
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
    const within = (budget: string) => reportOf(['--workers', '2', '--budget', budget, '--out', out]);
    let ended = await within('3s');
    // On a busy machine, the threads may not have started by then.
    if (ended.result.runs === 0) ended = await within('1m');
    expect(ended.workers).toBe(2);
    expect(ended.result).toMatchObject({ interrupted: false, verdict: 'valid', exitCode: 0 });
    expect(ended.result.runs).toBeGreaterThan(0);
  });
});

describe('the other users of several workers', () => {
  it('kill the same mutants with the same counterexamples', async ({ out }) => {
    const args = [
      'mutants',
      '--profile',
      'quick',
      '--no-baseline',
      '--faults',
      'canary,hash-not-compared',
      '--json',
    ];
    const one = await commandInProcess([...args, '--workers', '1', '--out', `${out}-1`]);
    const three = await commandInProcess([...args, '--workers', '3', '--out', `${out}-3`]);
    const killed = ({ stdout }: typeof one) =>
      mutantsReportSchema.parse(JSON.parse(stdout)).mutants.map(({ ms, shrinkMs, ...rest }) => ({
        ...rest,
        isTimed: ms >= 0 && shrinkMs !== null,
      }));
    expect(killed(three)).toEqual(killed(one));
    const files = (folder: string) => readdirSync(`${folder}/mutants-counterexamples`).sort();
    expect(files(`${out}-3`)).toEqual(files(`${out}-1`));
  });

  it('run the same campaign in a gate', async ({ out }) => {
    const args = [
      'gate',
      '--only',
      'campaign',
      '--shard',
      '1/25',
      '--seed',
      '5',
      '--budget',
      '10m',
      '--json',
      ...ONE_RULE,
    ];
    const campaignWith = async (workers: string) => {
      const { stdout } = await commandInProcess([
        ...args,
        '--workers',
        workers,
        '--out',
        `${out}-${workers}`,
      ]);
      return gateReportSchema.parse(JSON.parse(stdout)).campaign;
    };
    expect(await campaignWith('2')).toEqual(await campaignWith('1'));
  });

  it('explore the same orders of generated workloads', async ({ out }) => {
    const args = [
      'explore',
      '--generated',
      '4',
      '--orders',
      '15',
      '--seed',
      '3',
      '--fault',
      'canary',
      '--json',
    ];
    const exploredBy = async (workers: string) => {
      const { stdout } = await commandInProcess([
        ...args,
        '--replica',
        'embedded',
        '--max-findings',
        '1',
        '--workers',
        workers,
        '--out',
        out,
      ]);
      const { startedAt, durationMs, seconds, environment, ...rest } = exploreReportSchema.parse(
        JSON.parse(stdout),
      );
      for (const time of [startedAt, durationMs, seconds, environment]) expect(time).toBeDefined();
      return rest;
    };
    const one = await exploredBy('1');
    expect(one.findings).toHaveLength(1);
    expect(await exploredBy('3')).toEqual(one);
  });

  it('are campaigns of the library', async () => {
    const built = pathToFileURL(inProject('dist/library/index.js')).href;
    const { runCampaign, referenceCanister } = (await import(built)) as typeof Library;
    const campaignWith = (workers: number) =>
      runCampaign({ ...referenceCanister(), seed: 2, profile: 'quick', runs: 6, workers });
    const [one, three] = [await campaignWith(1), await campaignWith(3)];
    expect([one.workers, three.workers]).toEqual([1, 3]);
    expect(three.digest).toBe(one.digest);
    expect(three.operations).toEqual(one.operations);
  });
});
