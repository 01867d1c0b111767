/** The gate as a CI service meets it. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandInProcess, expectRefusal, start } from './testing/command.js';
import type { Baseline } from '../campaigns/gate/baseline.js';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';
import { coverageReportSchema } from '../reports/documents/coverage-report.js';
import { gateReportSchema } from '../reports/documents/gate-report.js';
import { mutationReportSchema } from '../reports/documents/mutation-report.js';
import { sampleMutation } from '../reports/testing/sample-code-reports.js';

let folder: string;
let agreed: string;
let noCorpus: string;
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);
/** The rest of the gate is slow, and the same for every test but one. */
const COUNTERS = ['--only', 'counters'];
/** For tests that do not ask what the campaign judges. */
const ONE_RULE = ['--rules', 'upload-succeeds', '--workers', '1'];
/** The rules that the mutants and the corpus need. The relations would execute every schedule once more. */
const FEW_RULES = ['--rules', 'facts,specification', '--workers', '1'];
function argumentsOf(args: readonly string[]): readonly string[] {
  // No gate of a test reaches this budget on a busy machine.
  return ['gate', '--quiet', '--budget', '1h', '--corpus', noCorpus, '--out', join(folder, 'out'), ...args];
}
function gate(args: readonly string[], env: Record<string, string> = {}) {
  return commandInProcess(argumentsOf(args), env);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upload-stress-gate-'));
  agreed = join(folder, 'baseline.json');
  noCorpus = join(folder, 'corpus');
  mkdirSync(noCorpus);
  const { exitCode, stdout } = await gate(['--baseline', agreed, '--update', ...COUNTERS]);
  expect(exitCode).toBe(0);
  expect(lastLine(stdout)).toContain('Commit it, so that a reviewer can read the diff');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The baseline with one figure changed. */
function planted(name: string, change: (scenarios: Baseline['scenarios']) => void): string {
  const baseline = JSON.parse(readFileSync(agreed, 'utf8')) as Baseline;
  change(baseline.scenarios);
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(baseline));
  return path;
}
function fewerInstructions(scenarios: Baseline['scenarios']) {
  const { counters } = scenarios['upload 0 B']! as { counters: { instructions: number } };
  counters.instructions -= 1;
}

let whole: ReturnType<typeof gate> | undefined;
/** The result of a gate of all parts but the score. It runs once. */
function wholeGate(): ReturnType<typeof gate> {
  whole ??= gate(['--baseline', agreed, '--min-coverage', '1', ...FEW_RULES, '--out', join(folder, 'whole')]);
  return whole;
}

/** The coverage of the whole gate. */
function readCoverage() {
  return coverageReportSchema.parse(JSON.parse(readFileSync(join(folder, 'whole', 'coverage.json'), 'utf8')));
}

describe('gate', () => {
  it('writes the page with the trend, one line of history per run, and a summary for the CI service', async () => {
    const [out, summary] = [join(folder, 'trend'), join(folder, 'step-summary')];
    const args = ['--baseline', planted('trend.json', fewerInstructions), '--out', out, ...COUNTERS];
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_SHA: 'ab'.repeat(20) };
    for (const before of [0, 1]) {
      const { stdout } = await gate([...args, '--json'], env);
      const report = gateReportSchema.parse(JSON.parse(stdout));
      expect(report.history.map(({ commit, verdict }) => [commit, verdict])).toEqual(
        Array.from({ length: before }, () => ['ab'.repeat(20), 'regression']),
      );
      expect(report.baseline!.scenarios['upload 0 B']!.calls).toBe(2);
    }
    const read = (name: string) => readFileSync(join(out, name), 'utf8');
    expect(read('gate-history.jsonl').trimEnd().split('\n')).toHaveLength(2);
    expect(read('index.html')).toContain('<h2 id="trend">');
    expect(read('index.html')).toContain('1 of 84 counters differs from the baseline.');
    expect(read('gate-junit.xml')).toMatch(/<failure type="regression" message="upload 0 B\/instructions: /);
    const pages = readFileSync(summary, 'utf8').split(/^(?=# )/m);
    expect([pages.length, pages[1]]).toEqual([2, `${read('gate-summary.md')}\n`]);
  });

  it('passes again on the same commit, and an update of the baseline changes no byte', async () => {
    const before = readFileSync(agreed, 'utf8');
    const { exitCode, stdout } = await wholeGate();
    expect(stdout).toMatch(/^gate passed\ncounters +\d+ scenarios, all counters equal the baseline$/m);
    expect(stdout).toMatch(/^mutants +7 of 7 killed$/m);
    expect(stdout).toMatch(/^campaign +300 of 300 schedules/m);
    expect(stdout).toMatch(/^coverage +basic blocks .* 1 % required$/m);
    expect(readCoverage().runs).toBe(300);
    expect(exitCode).toBe(0);
    expect((await gate(['--baseline', agreed, '--update', ...COUNTERS])).exitCode).toBe(0);
    const withoutWall = (text: string) => text.replace(/"wallMs": \d+/g, '');
    expect(withoutWall(readFileSync(agreed, 'utf8'))).toBe(withoutWall(before));
  });

  it('reports a planted regression of one instruction with exit code 3, the counter, both values, and an annotation', async () => {
    const baseline = planted('planted.json', fewerInstructions);
    const args = argumentsOf(['--baseline', baseline, ...COUNTERS]);
    const { exitCode, stdout } = await commandInProcess(args, { GITHUB_ACTIONS: 'true' });
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^gate failed: a counter regressed/);
    expect(stdout).toMatch(/upload 0 B\/instructions +\d+ +\d+ +\+0\.000\d %/);
    expect(stdout).toMatch(/If this is intended: npx upload-stress gate --baseline .* --update/);
    expect(stdout).toMatch(
      /^::error file=.*,title=upload-stress%3A regression::upload 0 B\/instructions: \d+ → \d+/m,
    );
  });

  it('passes within a tolerance, and passes an improvement with advice', async () => {
    const worse = planted('tolerated.json', fewerInstructions);
    expect((await gate(['--baseline', worse, '--tolerance', 'instructions=1', ...COUNTERS])).exitCode).toBe(
      0,
    );
    const better = planted('better.json', (scenarios) => {
      (scenarios['upload 0 B']!.counters as { cycles: number }).cycles += 1_000;
    });
    const { exitCode, stdout } = await gate(['--baseline', better, ...COUNTERS]);
    expect(exitCode).toBe(0);
    expect(lastLine(stdout)).toMatch(/^To keep the new counters: npx upload-stress gate .* --update/);
  });

  it('merges parts into the whole result, with its exit code', async () => {
    const baseline = planted('sharded.json', fewerInstructions);
    const exits: unknown[] = [];
    for (const shard of ['1/2', '2/2'])
      exits.push(
        (await gate(['--baseline', baseline, '--shard', shard, '--only', 'counters', 'mutants'])).exitCode,
      );
    expect(exits.sort()).toEqual([0, 3]);
    const files = [1, 2].map((index) => join(folder, 'out', `gate-${index}-of-2.json`));
    const { exitCode, stdout } = await commandInProcess([
      'merge',
      '--json',
      '--out',
      join(folder, 'joined'),
      ...files,
    ]);
    expect(exitCode).toBe(3);
    const joined = gateReportSchema.parse(JSON.parse(stdout));
    expect(joined.comparison.regressions).toHaveLength(1);
    expect(joined.mutants.map(({ killed }) => killed)).toEqual(Array(7).fill(true));
    expect(joined.counters).toHaveLength(
      Object.keys((JSON.parse(readFileSync(agreed, 'utf8')) as Baseline).scenarios).length,
    );
    const missing = await commandInProcess(['merge', files[0]!, '--out', join(folder, 'joined')]);
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      'upload-stress: the report of shard 2/2 is missing',
    ]);
  });

  it('exits with 1 if a corpus file fails again, before any regression', async () => {
    const corpus = join(folder, 'failing-corpus');
    mkdirSync(corpus);
    const run = [
      'run',
      '--fault',
      'canary',
      '--profile',
      'quick',
      '--seed',
      '1',
      '--runs',
      '30',
      '--max-findings',
      '1',
      '--quiet',
      '--json',
    ];
    const { stdout } = await commandInProcess([...run, '--out', join(folder, 'canary')]);
    const [found] = (JSON.parse(stdout) as { counterexamples: { file: string }[] }).counterexamples;
    copyFileSync(found!.file, join(corpus, 'caught.json'));
    // A seeded fault is to be caught; as a failure of a canister without that fault it passes.
    const counterexample = JSON.parse(readFileSync(found!.file, 'utf8')) as Record<string, unknown>;
    writeFileSync(join(corpus, 'mended.json'), JSON.stringify({ ...counterexample, fault: null }));
    const args = ['--baseline', agreed, '--corpus', corpus, '--only', 'corpus'];
    expect((await gate(args)).stdout).toMatch(/corpus +2 of 2 passed/);
    // One that names a fault which has nothing to do with it is not caught.
    writeFileSync(
      join(corpus, 'lost.json'),
      JSON.stringify({ ...counterexample, fault: 'inline-limit-off-by-one' }),
    );
    const worse = planted('both.json', fewerInstructions);
    const { exitCode, stdout: text } = await gate([
      '--baseline',
      worse,
      '--corpus',
      corpus,
      '--only',
      'corpus',
      'counters',
    ]);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/lost\.json: the fault inline-limit-off-by-one is no longer found/);
    expect(text).toMatch(/upload 0 B\/instructions/);
  });

  it('rejects unusable input with one line and exit code 2', async () => {
    const file = (name: string, content: string) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    const baseline = JSON.parse(readFileSync(agreed, 'utf8')) as object;
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [
        ['--baseline', join(folder, 'none.json')],
        /it does not exist; create it with: npx upload-stress gate --update$/,
      ],
      [['--baseline', file('cut.json', '{"formatVersion":')], /cut\.json: it is not JSON/],
      [['--baseline', file('other.json', '{"formatVersion":1}')], /it is not a baseline: /],
      [
        ['--baseline', file('newer.json', JSON.stringify({ ...baseline, formatVersion: 2 }))],
        /it has format version 2, but this program supports 1/,
      ],
      [
        ['--baseline', file('mine.json', JSON.stringify({ ...baseline, canister: 'mine.wasm' }))],
        /it belongs to mine\.wasm, not to canister\/wasm\/upload\.wasm/,
      ],
      [['--baseline', agreed, '--wasm', file('text.wasm', 'no wasm')], /it is not a WebAssembly module/],
      [['--baseline', agreed, '--shard', '3/2'], /give i\/n/],
      [['--baseline', agreed, '--shard', '1/2', '--update'], /omit --shard/],
      [['--baseline', agreed, '--tolerance', 'speed=2'], /there is no counter "speed"/],
      [
        ['--baseline', agreed, '--only', 'score'],
        /nothing is required of it; add --min-score or --score-baseline$/,
      ],
      [['--baseline', agreed, '--mutation', agreed], /--mutation requires --min-score or --score-baseline$/],
      [
        [
          '--baseline',
          agreed,
          '--min-score',
          '1',
          '--mutation',
          file('m.json', JSON.stringify(sampleMutation())),
        ],
        /m\.json: it is about another module, canister\/wasm\/upload\.wasm$/,
      ],
      [['--baseline', agreed, '--min-coverage', '101'], /give a number from 0 to 100\.$/],
      [['--baseline', agreed, '--coverage-baseline', agreed], /not a report document/],
      [['--baseline', agreed, '--corpus', join(folder, 'no-folder')], /no such folder/],
    ];
    for (const [args, line] of cases) {
      expectRefusal(await commandInProcess(argumentsOf(args)), line);
    }
  });

  it('judges coverage and score with exit code 4, and says what is too low', async () => {
    const out = join(folder, 'limits');
    const sha256 = createHash('sha256').update(readFileSync(BUILT_IN_WASM)).digest('hex');
    const mutation = sampleMutation({ wasm: { file: 'upload.wasm', sha256 } });
    const mutationFile = join(folder, 'mutation.json');
    writeFileSync(mutationFile, JSON.stringify(mutation));
    const limits = ['--min-coverage', '99', '--min-score', '99', '--mutation', mutationFile];
    // The methods that the whole gate reached, and one more, are the baseline.
    await wholeGate();
    const coverage = readCoverage();
    const [module] = coverage.modules;
    const methods = module!.functionList.filter(({ exports }) => exports.length > 0);
    const lost = methods.find(({ calls }) => calls === 0)!;
    const functionList = methods.map((each) => (each === lost ? { ...each, calls: 1 } : each));
    const planted = join(folder, 'coverage.json');
    writeFileSync(planted, JSON.stringify({ ...coverage, modules: [{ ...module, functionList }] }));
    const args = ['--baseline', agreed, '--out', out, ...ONE_RULE, '--only', 'coverage', 'score', ...limits];
    const { exitCode, stdout } = await gate([...args, '--coverage-baseline', planted]);
    expect(stdout).toMatch(
      /^gate failed: too little was tested\ncoverage +basic blocks .* 99 % required, compared with .*\nscore/,
    );
    expect(stdout).toMatch(
      /^the schedules reach \d+\.\d % of the basic blocks, and --min-coverage requires 99 %$/m,
    );
    expect(stdout).toMatch(/^the score is 50\.0 %, and --min-score requires 99 %$/m);
    // Every other method of the baseline is reached again.
    expect(stdout).toMatch(new RegExp(`no longer reached: ${lost.exports[0]!}$`, 'm'));
    expect(exitCode).toBe(4);
  });

  it('runs a sample of mutants for the score, and takes its results when it runs again', async () => {
    const out = join(folder, 'score');
    const sample = ['--only', 'score', '--min-score', '0', '--sample', '1'];
    const args = ['--baseline', agreed, '--out', out, ...sample, ...ONE_RULE];
    const { exitCode, stdout } = await gate(args);
    const report = mutationReportSchema.parse(JSON.parse(readFileSync(join(out, 'mutation.json'), 'utf8')));
    const { NoCoverage } = report.states;
    expect(report.mutants).toHaveLength(1 + NoCoverage);
    expect(stdout).toContain(` of ${1 + NoCoverage} mutant`);
    expect(exitCode).toBe(report.score === null ? 4 : 0);
    const cut = await gate([...args, '--budget', '1ms']);
    expect([cut.exitCode, cut.stdout]).toEqual([2, expect.stringMatching(/^not done: score$/m)]);
  });

  it('reports an exhausted budget and does not pass', async () => {
    const { exitCode, stdout } = await gate(['--baseline', agreed, '--budget', '1ms']);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^gate incomplete: the budget ran out/);
    expect(stdout).toMatch(/not done: counters, upload 3\.6 MB in chunks of 1\.8 MB/);
  });

  it('ends on Ctrl-C at once and does not pass', async () => {
    const args = ['gate', '--corpus', noCorpus, '--out', join(folder, 'stopped'), '--baseline', agreed];
    const running = start(args);
    await new Promise((seen) => running.stderr.once('data', seen));
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^gate interrupted/);
  });
});
