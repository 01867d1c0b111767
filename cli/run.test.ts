/** The corpus, `--shrink-budget`, `--require-coverage`, and `--coverage` of `run`; and `replay`. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readCounterexample } from '../harness/counterexamples/counterexample.js';
import { coverageReportSchema } from '../reports/documents/coverage-report.js';
import { runReportSchema } from '../reports/documents/run-report.js';
import { inProject } from '../suites/testing/fixtures.js';
import type { ReplayReport } from '../campaigns/replay/replay-report.js';
import { commandInProcess, expectRefusal, it as base } from './testing/command.js';
import { importReferenceTarget } from './testing/reference-target.js';

const PAST = inProject('corpus/index-committed-later.json');
const SHARED_SLOT = inProject('corpus/shared-finish-slot.json');

const RUN = ['run', '--profile', 'quick', '--seed', '3'];

/** With `run`: a quick run that replays no past failures and writes to the test's own folder. */
const it = base.extend<{ readonly run: (...args: readonly string[]) => ReturnType<typeof commandInProcess> }>(
  {
    run: async ({ folder, out }, use) => {
      const empty = join(folder, 'empty-corpus');
      mkdirSync(empty);
      await use((...args) => commandInProcess([...RUN, '--corpus', empty, '--out', out, ...args]));
    },
  },
);

/** Options for a target that does not promise the specification of the reference canister. */
async function unspecified(folder: string): Promise<readonly string[]> {
  const target = join(folder, 'unspecified.mjs');
  const promises = `{ limits: { chunkSize: 'init' } }`;
  writeFileSync(
    target,
    `${await importReferenceTarget(folder)}\nexport default { ...uploadTarget, name: 'unspecified', promises: ${promises} };`,
  );
  return ['--wasm', inProject('canister/wasm/upload.wasm'), '--target', target];
}

describe('the corpus', () => {
  it('runs first and passes on the reference canister', async ({ out }) => {
    const { exitCode, stderr } = await commandInProcess([...RUN, '--runs', '2', '--out', out]);
    expect(exitCode).toBe(0);
    const count = readdirSync(inProject('corpus')).length;
    expect(stderr).toContain(`corpus: ${count} of ${count} past failures pass\n`);
  });

  it('fails the run before any new schedule if a past failure is back', async ({ folder, run }) => {
    const corpus = join(folder, 'corpus');
    mkdirSync(corpus);
    copyFileSync(PAST, join(corpus, 'past.json'));
    const { checker } = await readCounterexample(PAST);
    const target = join(folder, 'faulty.mjs');
    writeFileSync(
      target,
      `${await importReferenceTarget(folder)}\n` +
        `export default { ...uploadTarget, encodeInitArg: (limits) => uploadTarget.encodeInitArg(limits, { fault: 'index-committed-later' }) };\n`,
    );
    const wasm = inProject('canister/wasm/upload-faults.wasm');
    const args = ['--corpus', corpus, '--target', target, '--wasm', wasm, '--json'];
    const { exitCode, stdout, stderr } = await run(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('corpus: past.json fails: ');
    const report = runReportSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ verdict: 'invalid', runs: 0 });
    expect(report.counterexamples).toHaveLength(1);
    expect(report.counterexamples[0]).toMatchObject({ checker, isMinimal: false });
    expect(await readCounterexample(report.counterexamples[0]!.file!)).toMatchObject({
      checker,
      fault: null,
    });
  });

  it('is skipped with a note for another target or under a seeded fault', async ({ folder, run }) => {
    const corpus = join(folder, 'corpus');
    mkdirSync(corpus);
    const past = await readCounterexample(PAST);
    writeFileSync(join(corpus, 'foreign.json'), JSON.stringify({ ...past, target: 'other' }));
    const foreign = await run('--runs', '1', '--corpus', corpus);
    expect(foreign.exitCode).toBe(0);
    expect(foreign.stderr).toContain('corpus: foreign.json skipped: it is about target "other"\n');
    const faulty = await run('--runs', '1', '--corpus', corpus, '--fault', 'inline-limit-off-by-one');
    expect(faulty.stderr).toContain('corpus: 1 past failure not replayed: a seeded fault is enabled\n');
  });

  it('is refused with one line if it is missing or damaged', async ({ folder, file, out }) => {
    const runWith = (corpus: string) => commandInProcess([...RUN, '--out', out, '--corpus', corpus]);
    expectRefusal(await runWith(join(folder, 'none')), /^upload-stress: corpus .*none: no such folder$/);
    file('damaged.json', '{"formatVersion":1}');
    expectRefusal(
      await runWith(folder),
      /^upload-stress: counterexample .*damaged\.json: it is not a counterexample/,
    );
  });
});

describe('--shrink-budget', () => {
  it('ends shrinking early and marks the counterexample as not minimal', async ({ run }) => {
    const fault = ['--fault', 'canary', '--shrink-budget', '1ms', '--max-findings', '1', '--json'];
    const { exitCode, stdout } = await run(...fault);
    expect(exitCode).toBe(1);
    const [finding] = runReportSchema.parse(JSON.parse(stdout)).counterexamples;
    expect(finding!.isMinimal).toBe(false);
    const saved = await readCounterexample(finding!.file!);
    expect(saved.toolVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(saved.context!.sessions.length).toBeGreaterThan(0);
    expect(saved.context!.logs.length).toBeGreaterThan(0);
  });
});

describe('--accept', () => {
  const fault = ['--fault', 'trap-on-malformed-hash', '--runs', '20', '--json'];

  it('reports an accepted finding apart, and exits with 0', async ({ run, file }) => {
    const { exitCode, stdout } = await run(...fault);
    expect(exitCode).toBe(1);
    const [finding] = runReportSchema.parse(JSON.parse(stdout)).counterexamples;
    const absent = 'spec/outcome: put answers done instead of InvalidState [pause]';
    const deviations = [finding!.fingerprint, absent].map((fingerprint) => ({
      fingerprint,
      reason: 'known',
    }));
    const accepted = await run(...fault, '--accept', file('deviations.json', JSON.stringify(deviations)));
    expect(accepted.exitCode).toBe(0);
    const report = runReportSchema.parse(JSON.parse(accepted.stdout));
    expect(report).toMatchObject({
      verdict: 'valid',
      counterexamples: [],
      // So few schedules are no evidence.
      acceptedNotSeen: [],
    });
    expect(report.accepted).toMatchObject([{ fingerprint: finding!.fingerprint, reason: 'known' }]);
  });

  it('refuses a deviation without a reason in one line', async ({ out, file }) => {
    const path = file('deviations.json', '[{ "fingerprint": "spec/outcome: put answers a instead of b" }]');
    expectRefusal(
      await commandInProcess([...RUN, '--out', out, '--accept', path]),
      /^upload-stress: accepted deviations .*: entry 1, reason: /,
    );
  });
});

describe('--fault', () => {
  it('takes several names, and refuses a missing or unknown one', async ({ out }) => {
    const runWith = (names: string) => commandInProcess([...RUN, '--out', out, '--fault', names]);
    expectRefusal(await runWith('canary,'), /^upload-stress: --fault "canary,": a name is missing$/);
    expectRefusal(await runWith('canary,gremlins'), /^upload-stress: there is no fault "gremlins"/);
  });
});

describe('--rules', () => {
  it('is refused before the campaign if none of the rules applies to the target', async ({ folder, out }) => {
    expectRefusal(
      await commandInProcess([
        ...RUN,
        '--out',
        out,
        ...(await unspecified(folder)),
        '--rules',
        'specification',
      ]),
      /^upload-stress: none of the rules given by --rules applies to this target: specification \(/m,
    );
  });

  it('names the rules that do not apply if others do', async ({ folder, run }) => {
    const { exitCode, stderr } = await run(
      ...(await unspecified(folder)),
      '--runs',
      '1',
      '--rules',
      'facts,expiry',
    );
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^not judged, because .*: expiry \(it requires the specification upload\.did, and /m,
    );
  });
});

describe('--require-coverage', () => {
  it('exits with code 4 and names the states that were never reached', async ({ run }) => {
    const { exitCode, stderr } = await run('--runs', '1', '--require-coverage');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^upload-stress: states never reached: \w+/m);
  });

  it('is refused for an interface that does not have these states', async ({ folder, out }) => {
    const target = await unspecified(folder);
    expectRefusal(
      await commandInProcess([...RUN, '--out', out, '--require-coverage', ...target]),
      /^upload-stress: --require-coverage requires a target that promises specification: "upload\.did"/,
    );
  });
});

describe('--guided', () => {
  it('says what was mutated and kept, finds a fault, and saves a file that replays', async ({ run, out }) => {
    const fault = ['--fault', 'cancelled-finishes', '--max-findings', '1'];
    const { exitCode, stdout } = await run('--guided', '--runs', '30', '--json', ...fault);
    expect(exitCode).toBe(1);
    const { guidance, counterexamples, runs } = runReportSchema.parse(JSON.parse(stdout));
    expect(guidance?.kept).toBeGreaterThan(0);
    expect(guidance?.mutated).toBeLessThan(runs);
    expect(readFileSync(join(out, 'summary.md'), 'utf8')).toMatch(
      /^\| guidance \| \d+ schedules? mutated; /m,
    );
    const replayed = await commandInProcess(['replay', counterexamples[0]?.file ?? '']);
    expect(replayed.exitCode).toBe(1);
  });

  it('is refused with several workers, another replica, a file, and a service', async ({ out }) => {
    const refuse = async (args: readonly string[], reason: RegExp) =>
      expectRefusal(await commandInProcess([...RUN, '--out', out, '--guided', ...args]), reason);
    await refuse(['--workers', '2'], /^upload-stress: --guided has one worker/);
    await refuse(['--replica', 'pocketic'], /^upload-stress: --guided requires the embedded engine/);
    await refuse(['--file', PAST], /^upload-stress: --guided mutates generated schedules/);
    await refuse(['--target', 'http://127.0.0.1:1'], /^upload-stress: --guided is not supported for HTTP/);
  });

  it('is what the configuration says, unless an option overrides it', async ({ folder, out }) => {
    const writeConfig = (path: string, guided: string) =>
      writeFileSync(join(path, 'upload-stress.config.mjs'), `export default { guided: ${guided} };\n`);
    writeConfig(folder, 'true');
    const report = async (...args: readonly string[]) => {
      const all = [...RUN, '--runs', '4', '--out', out, '--json', ...args];
      const { stdout } = await commandInProcess(all, {}, folder);
      return runReportSchema.parse(JSON.parse(stdout));
    };
    expect((await report()).guidance).not.toBeNull();
    expect((await report('--no-guided')).guidance).toBeNull();
    // A process loads a configuration only once.
    const wrong = join(folder, 'wrong');
    mkdirSync(wrong);
    writeConfig(wrong, '"yes"');
    expectRefusal(await commandInProcess(RUN, {}, wrong), /guided must be true or false/);
  });
});

describe('--coverage', () => {
  it('prints what was reached, and writes coverage.json and its section of the page', async ({
    run,
    out,
  }) => {
    const { exitCode, stdout } = await run('--runs', '2', '--coverage');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^coverage of canister\/wasm\/upload\.wasm: functions [\d,]+ of /m);
    expect(stdout).toContain('  never ran: ');
    const text = readFileSync(join(out, 'coverage.json'), 'utf8');
    const [module] = coverageReportSchema.parse(JSON.parse(text)).modules;
    expect(module?.blocks.reached).toBeGreaterThan(0);
    expect(module?.blocks.reached).toBeLessThan(module?.blocks.total ?? 0);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('<h2 id="coverage">Code coverage</h2>');
  });

  it('exits with code 4 if too little is reached, or a function of the baseline no longer is', async ({
    out,
    run,
  }) => {
    const measured = await run('--runs', '2', '--min-coverage', '99');
    expect(measured.exitCode).toBe(4);
    expect(measured.stderr).toMatch(
      /the schedules reach [\d.]+ % of the basic blocks, and --min-coverage requires 99 %/,
    );
    const baseline = join(out, '..', 'baseline.json');
    const document = coverageReportSchema.parse(JSON.parse(readFileSync(join(out, 'coverage.json'), 'utf8')));
    for (const { functionList } of document.modules)
      for (const each of functionList) if (each.exports[0] === 'canister_query http_request') each.calls = 1;
    writeFileSync(baseline, JSON.stringify(document));
    const compared = await run('--runs', '2', '--coverage-baseline', baseline);
    expect(compared.exitCode).toBe(4);
    expect(compared.stderr).toMatch(/^upload-stress: no longer reached: canister_query http_request$/m);
  });

  it('is refused on PocketIC and for HTTP services', async ({ out }) => {
    const runWith = (...args: readonly string[]) =>
      commandInProcess([...RUN, '--out', out, '--coverage', ...args]);
    expectRefusal(
      await runWith('--replica', 'pocketic'),
      /^upload-stress: --coverage requires the embedded engine/,
    );
    expectRefusal(
      await runWith('--target', 'http://127.0.0.1:1'),
      /^upload-stress: --coverage is not supported for HTTP services/,
    );
  });
});

describe('replay', () => {
  it('explains the failure in words and repeats the same trace two hundred times', async () => {
    const { exitCode, stdout } = await commandInProcess(['replay', SHARED_SLOT]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('it fails in the same way');
    expect(stdout).toMatch(/^lane 0\n {2}in step 1: begin A .*: Ok with session 1$/m);
    expect(stdout).toMatch(/^the first wrong event is event \d+, .*: ChecksumMismatch/m);
    expect(stdout).toMatch(/^ {2}FINISH_HASH_BAD sid=1$/m);
    const many = await commandInProcess(['replay', SHARED_SLOT, '--times', '200', '--json']);
    const report = JSON.parse(many.stdout) as ReplayReport;
    expect(report).toMatchObject({ verdict: 'same', runs: 200 });
    expect(report.traceHashes).toHaveLength(1);
  });

  it('stops before the step given by --until and prints the state there', async () => {
    const { exitCode, stdout } = await commandInProcess(['replay', SHARED_SLOT, '--until', '4']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^> 4 {2}lane 1: begin B/m);
    expect(stdout).toMatch(/^ {2}A: Finishing, 1 of 1 chunks/m);
    expect(stdout).toMatch(/^ {2}lane 0: finish A: partly executed, not answered$/m);
    expect(stdout).not.toContain('B: ');
    const beyond = await commandInProcess(['replay', SHARED_SLOT, '--until', '9']);
    expectRefusal(beyond, /--until 9: the schedule has 6 steps/);
  });

  it('passes on the canister without the fault', async () => {
    const args = ['--wasm', inProject('canister/wasm/upload.wasm')];
    const { exitCode, stdout } = await commandInProcess(['replay', SHARED_SLOT, ...args]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('it passes: it no longer fails');
  });
});
