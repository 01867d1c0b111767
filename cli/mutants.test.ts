/** The command `mutants` as a user meets it, on few faults. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCounterexample } from '../harness/counterexamples/counterexample.js';
import type { MutantsReport } from '../reports/documents/mutants-report.js';
import { commandInProcess, start } from './testing/command.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mutants-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** For tests that do not ask what a campaign judges. */
const ONE_RULE = ['--rules', 'upload-succeeds'];

const reportOf = (stdout: string) => JSON.parse(stdout) as MutantsReport;
/** What does not depend on how fast the machine is. */
function withoutTimes({ mutants }: MutantsReport) {
  return mutants.map(({ ms: _ms, shrinkMs: _shrinkMs, exampleSuite: _examples, ...rest }) => rest);
}

describe('mutants', () => {
  it('kills faults, saves the counterexamples, and returns the same report again', async () => {
    const args = [
      'mutants',
      '--faults',
      'key-ignored,canary',
      '--seeds',
      '2',
      '--profile',
      'quick',
      '--json',
    ];
    const first = await commandInProcess([...args, '--no-baseline', '--out', folder]);
    expect(first.exitCode).toBe(0);
    const report = reportOf(first.stdout);
    expect(report.mutants.map(({ name, verdict, seedsKilled }) => [name, verdict, seedsKilled])).toEqual([
      ['canary', 'killed', 2],
      ['key-ignored', 'killed', 2],
    ]);
    expect(report.totals).toMatchObject({ killed: 2, campaigns: 4, kills: 4, canaryKilled: true });
    for (const { operations, checker, runs } of report.mutants) {
      expect(operations).toBeLessThanOrEqual(6);
      expect(checker).not.toBeNull();
      expect(runs).toBeGreaterThan(0);
    }
    expect(JSON.parse(readFileSync(join(folder, 'mutants.json'), 'utf8'))).toEqual(report);
    const saved = readdirSync(join(folder, 'mutants-counterexamples'));
    const [one] = saved;
    expect(await readCounterexample(join(folder, 'mutants-counterexamples', one!))).toMatchObject({
      isMinimal: true,
    });

    const again = await commandInProcess([...args, '--no-baseline', '--out', join(folder, 'again')]);
    expect(withoutTimes(reportOf(again.stdout))).toEqual(withoutTimes(report));
  });

  it('exits with 1 if a fault survives, and shows the example-based suite beside the campaigns', async () => {
    const { exitCode, stdout } = await commandInProcess([
      ...['mutants', '--faults', 'canary,expiry-from-begin', '--profile', 'quick', ...ONE_RULE],
      ...['--budget-per-mutant', '1s', '--out', folder],
    ]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^expiry-from-begin +survived +0\/1 .* survived$/m);
    expect(stdout).toMatch(/^canary +killed +1\/1 .* killed: sparse interleaving$/m);
    expect(stdout).toContain('1 of 2 mutants killed by every seed');
    expect(stdout).toContain('the example-based suite kills 1 of 2');
  });

  it('keeps its findings after Ctrl-C', async () => {
    const run = start([
      'mutants',
      '--faults',
      'canary,gaps-by-count',
      '--seeds',
      '500',
      '--json',
      '--no-baseline',
      '--out',
      folder,
    ]);
    await new Promise<void>((resolve) => run.stderr.once('data', () => resolve()));
    run.kill('SIGINT');
    const { exitCode, stdout } = await run;
    expect(exitCode).toBe(130);
    const report = reportOf(stdout);
    expect(report).toMatchObject({ interrupted: true, totals: { survived: 0 } });
    expect(report.totals.kills).toBeGreaterThan(0);
    expect(report.totals.kills).toBeLessThan(1_000);
  });

  it('rejects an unknown fault in one line, with similar names', async () => {
    const { exitCode, stdout, stderr } = await commandInProcess([
      'mutants',
      '--faults',
      'canary,gaps-found-by-count',
    ]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'upload-stress: there is no fault "gaps-found-by-count"; did you mean gaps-by-count? "npx upload-stress mutants --list" lists all 68',
    );
  });

  it('tries the faults of a module that the user names', async () => {
    const module = ['--target', 'targets/upload.ts', '--wasm', 'canister/wasm/upload-faults.wasm'];
    const correct = ['--correct-wasm', 'canister/wasm/upload.wasm', '--fault-list', 'canister/faults.json'];
    const { exitCode, stdout } = await commandInProcess([
      ...[
        'mutants',
        ...module,
        ...correct,
        '--faults',
        'canary',
        '--profile',
        'quick',
        ...ONE_RULE,
        '--out',
        folder,
        '--json',
      ],
    ]);
    expect(exitCode).toBe(0);
    const { wasm, mutants } = reportOf(stdout);
    expect(wasm.file).toBe('canister/wasm/upload-faults.wasm');
    expect(mutants).toMatchObject([{ name: 'canary', verdict: 'killed', exampleSuite: null }]);
  });

  it('rejects an unusable list of faults in one line', async () => {
    const list = join(folder, 'faults.json');
    const errorOf = async (text: string): Promise<string> => {
      writeFileSync(list, text);
      const { exitCode, stderr } = await commandInProcess(['mutants', '--fault-list', list, '--list']);
      expect(exitCode).toBe(2);
      return stderr.trim();
    };
    expect(await errorOf('[')).toMatch(/^upload-stress: fault list .*faults\.json: it is not JSON: [^\n]+$/);
    expect(await errorOf('[]')).toMatch(
      /must contain a fault; it must be a list of \{ "name", "description" \}$/,
    );
    expect(await errorOf('[{ "name": "a,b", "description": "" }]')).toMatch(
      /0\.name must be a name without commas/,
    );
    const missing = await commandInProcess(['mutants', '--fault-list', join(folder, 'none.json'), '--list']);
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missing.stderr).toMatch(/^upload-stress: fault list .*none\.json: [^\n]+$/m);
  });
});
