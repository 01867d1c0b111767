/** `run` records what it finds, and `findings` lists, shows, marks, and saves it. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { StoredFinding } from '../campaigns/store/rows.js';
import { readCounterexample } from '../harness/counterexamples/counterexample.js';
import { runReportSchema } from '../reports/documents/run-report.js';
import { createFolder, inProject, removeFolder } from '../suites/testing/fixtures.js';
import {
  type Child,
  commandInProcess,
  expectRefusal,
  type Finished,
  it as base,
  start,
} from './testing/command.js';
import { importReferenceTarget } from './testing/reference-target.js';

const FAULT = 'hash-in-arrival-order';
const FINGERPRINT =
  'fact/upload-succeeds: finish answers ChecksumMismatch instead of finished [chunks out of order]';

interface Project {
  /** A run that finds the fault. */
  readonly run: (...args: readonly string[]) => Promise<Finished>;
  /** The same in a process of its own. */
  readonly start: (...args: readonly string[]) => Child;
  readonly findings: (...args: readonly string[]) => Promise<Finished>;
  /** The findings as JSON. */
  readonly listed: () => Promise<readonly StoredFinding[]>;
}

const COMMIT = { UPLOAD_STRESS_STORE: '', GITHUB_SHA: 'commit-of-ci' };
const QUICK = [
  ...['run', '--profile', 'quick', '--runs', '60', '--rules', 'upload-succeeds', '--max-findings', '1'],
  ...['--seed', '1', '--quiet', '--replica', 'embedded'],
];

/** Commands whose working folder is the given one, and whose store is the default one. */
function projectIn(folder: string): Project {
  const findings = (...args: readonly string[]) => commandInProcess(['findings', ...args], COMMIT, folder);
  return {
    findings,
    run: (...args) => commandInProcess([...QUICK, ...args], COMMIT, folder),
    start: (...args) => start([...QUICK, ...args], COMMIT, folder),
    listed: async () => JSON.parse((await findings('--json')).stdout) as StoredFinding[],
  };
}

/** The folder of a run that found the fault, and what the run printed. Tests read them. */
let shared: string;
let found: Finished;
beforeAll(async () => {
  shared = createFolder();
  found = await projectIn(shared).run('--fault', FAULT, '--json');
});
afterAll(() => removeFolder(shared));

/** With `project`: the commands in the test's own folder. With `known`: the same after the run that found the fault. */
const it = base.extend<{ readonly project: Project; readonly known: Project }>({
  project: async ({ folder }, use) => {
    await use(projectIn(folder));
  },
  known: async ({ folder }, use) => {
    cpSync(join(shared, '.upload-stress'), join(folder, '.upload-stress'), { recursive: true });
    await use(projectIn(folder));
  },
});

describe('the store of a project', () => {
  it('gets the findings of a run with the commit, and the report gets the trend', async () => {
    const { trend, counterexamples } = runReportSchema.parse(JSON.parse(found.stdout));
    expect(counterexamples.map(({ fingerprint }) => fingerprint)).toContain(FINGERPRINT);
    expect(trend).toMatchObject({
      subject: `canister/wasm/upload-faults.wasm with fault ${FAULT}`,
      campaigns: [{ commit: 'commit-of-ci', verdict: 'invalid' }],
    });
    expect(existsSync(join(shared, '.upload-stress', 'findings.db'))).toBe(true);
    const text = (await projectIn(shared).findings()).stdout;
    expect(text).toContain(`  ${FINGERPRINT}\n`);
    expect(text).toMatch(/first 20\S+ \S+ commit-of-ci, last 20\S+ \S+ commit-of-ci, seen by 1 campaign/);
  });

  it('takes marks, and a run that sees a fixed finding opens it again', async ({
    folder,
    known: project,
  }) => {
    const statusOf = async () => (await project.listed()).find((one) => one.fingerprint === FINGERPRINT);
    const id = String((await statusOf())?.id);
    expect((await project.findings('fixed', id, '--commit', 'abc')).stdout).toContain(`#${id} is fixed.\n`);
    expect(await statusOf()).toMatchObject({ status: 'fixed', changed: { commit: 'abc' } });
    await project.run('--fault', FAULT, '--seed', '2');
    expect(await statusOf()).toMatchObject({ status: 'open', sightings: 2 });

    const accepted = await project.findings('accept', id, '--reason', 'known since 2020');
    expect(accepted.stdout).toBe(`#${id} is accepted.\nAdded to accepted.json.`);
    expect(JSON.parse(readFileSync(join(folder, 'accepted.json'), 'utf8'))).toEqual([
      { fingerprint: FINGERPRINT, reason: 'known since 2020' },
    ]);
    const { stdout } = await project.run('--fault', FAULT, '--seed', '3', '--json');
    const report = runReportSchema.parse(JSON.parse(stdout));
    expect(report.accepted.map(({ fingerprint }) => fingerprint)).toContain(FINGERPRINT);
    expect(await statusOf()).toMatchObject({ status: 'accepted', reason: 'known since 2020' });

    await project.findings('reopen', id);
    expect(await statusOf()).toMatchObject({ status: 'open', reason: null });
    expect(JSON.parse(readFileSync(join(folder, 'accepted.json'), 'utf8'))).toEqual([]);
  });

  it('makes runs begin with the findings that are marked as fixed', async ({ file, folder }) => {
    copyFileSync(inProject('canister/wasm/upload-faults.wasm'), join(folder, 'mine.wasm'));
    file(
      'target.mjs',
      `${await importReferenceTarget(folder)}
       const encodeInitArg = (limits) => uploadTarget.encodeInitArg(limits, { fault: process.env.FAULTY });
       export default { ...uploadTarget, encodeInitArg };`,
    );
    const args = [
      'run',
      '--wasm',
      'mine.wasm',
      '--target',
      'target.mjs',
      '--profile',
      'quick',
      '--seed',
      '1',
    ];
    const run = (faulty: Readonly<Record<string, string>>, runs: string) =>
      commandInProcess(
        [
          ...args,
          '--runs',
          runs,
          '--rules',
          'upload-succeeds',
          '--max-findings',
          '1',
          '--shrink-budget',
          '1ms',
        ],
        { UPLOAD_STRESS_STORE: '', ...faulty },
        folder,
      );
    const findings = (...rest: readonly string[]) =>
      commandInProcess(['findings', ...rest], { UPLOAD_STRESS_STORE: '' }, folder);
    expect((await run({ FAULTY: FAULT }, '60')).exitCode).toBe(1);
    await findings('fixed', '1');
    const passing = await run({}, '2');
    expect(passing.stderr).toContain('corpus: 1 of 1 past failure pass');
    const failing = await run({ FAULTY: FAULT }, '2');
    expect(failing.stderr).toContain('corpus: finding #1 fails: ');
    expect((await findings('show', '1')).stdout).toMatch(/^#1 open/);
  });

  it('returns the counterexample as a file that fails again', async ({ folder, known }) => {
    const shown = await known.findings('show', '1');
    expect(shown.stdout).toContain('2  lane 0: put A[1]\n');
    const saved = await known.findings('save', '1');
    const path = join(folder, saved.stdout.replace('Saved ', ''));
    expect(await readCounterexample(path)).toMatchObject({ fingerprint: FINGERPRINT });
    const replayed = await commandInProcess(['replay', path], {}, folder);
    expect([replayed.exitCode, replayed.stdout]).toEqual([
      1,
      expect.stringContaining('it fails in the same way'),
    ]);
  });

  it('takes two runs at once', async ({ project }) => {
    const runs = [1, 2].map(async (number) =>
      project.start('--fault', FAULT, '--out', `out-${number}`, '--shrink-budget', '1ms'),
    );
    expect((await Promise.all(runs)).map(({ exitCode }) => exitCode)).toEqual([1, 1]);
    // Both have the same seed, so that they find the same before it is shrunk.
    expect((await project.listed()).map(({ sightings }) => sightings)).toEqual([2]);
  });

  it('is not created with --no-store or with store: false in the configuration', async ({
    folder,
    file,
    project,
  }) => {
    await project.run('--no-store', '--runs', '2');
    file('upload-stress.config.mjs', 'export default { store: false };');
    await project.run('--runs', '2');
    expect(existsSync(join(folder, '.upload-stress'))).toBe(false);
    const { exitCode, stderr } = await project.findings();
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('the configuration has store: false')]);
  });

  it('is where the configuration says, also from a folder below', async ({ folder, file }) => {
    file('upload-stress.config.mjs', `export default { store: './kept/all.db' };`);
    mkdirSync(join(folder, 'below'));
    const args = ['run', '--profile', 'quick', '--runs', '2', '--seed', '1', '--quiet'];
    await commandInProcess(args, { UPLOAD_STRESS_STORE: '' }, join(folder, 'below'));
    expect(existsSync(join(folder, 'kept', 'all.db'))).toBe(true);
  });
});

describe('a store that cannot be used', () => {
  it('ends a run before any work if it is named', async ({ file, out }) => {
    const store = file('text.db', 'not a database');
    const refused = await commandInProcess(['run', '--out', out, '--store', store]);
    expectRefusal(refused, /^upload-stress: store .*text\.db: it is not an SQLite database; delete it/);
  });

  it('does not stop a run if it is the default one', async ({ folder, project }) => {
    writeFileSync(join(folder, '.upload-stress'), '');
    const { exitCode, stderr } = await project.run('--runs', '2');
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^upload-stress: the findings are not recorded: store .*: a part of the path is a file/,
      ),
    ]);
  });

  it('is refused by findings with one line', async ({ folder }) => {
    const missing = join(folder, 'missing.db');
    for (const args of [[], ['show', '1'], ['fixed', '1'], ['save', '1']])
      expectRefusal(
        await commandInProcess(['findings', ...args, '--store', missing]),
        /^upload-stress: store .*missing\.db: it does not exist; "npx upload-stress run" creates it$/,
      );
    expect(existsSync(missing)).toBe(false);
  });

  it('is not asked for what is wrong in the options', async () => {
    for (const [args, line] of [
      [['show', 'x'], /give a whole number of at least 1/],
      [['accept', '1'], /required option '--reason <text>' not specified/],
      [['list', '--status', 'lost'], /Allowed choices are open, fixed, accepted/],
    ] as const)
      expectRefusal(await commandInProcess(['findings', ...args]), line);
  });
});
