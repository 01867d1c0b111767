/** The command as a user sees it: exit codes, and one line for each error. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { runReportSchema } from '../reports/documents/run-report.js';
import { inProject, UPLOAD_WASM, type Fixtures } from '../suites/testing/fixtures.js';
import { command, commandInProcess, expectRefusal, it, printed, start } from './testing/command.js';

const WASM = inProject('canister/wasm/upload.wasm');

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

function parseReport(text: string) {
  return runReportSchema.parse(JSON.parse(text));
}

describe('upload-stress', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
    expect(await command(['--version'])).toEqual({ exitCode: 0, stdout: version, stderr: '' });
  });

  it('lists every command in its help', async () => {
    const { exitCode, stdout } = await commandInProcess(['--help']);
    expect(exitCode).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
    expect(listed).toEqual(expect.arrayContaining(['run', 'replay', 'report', 'serve', 'upload', 'help']));
  });

  it('suggests the command that a misspelt name resembles', async () => {
    const { exitCode, stderr } = await commandInProcess(['rnu']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/unknown command 'rnu'.*Did you mean run\?/);
  });
});

/** A run that only an interrupt ends in the time of a test. Another thread would not change what the tests see. */
const ENDLESS = ['run', '--budget', '1h', '--workers', '1'];

/**
 * A short campaign with the user's file, without past failures. The facts compare what was read with what was uploaded, and relations would
 * execute every schedule once more.
 */
function runWithFile(path: string, emptyFolder: string, out: string) {
  const options = ['--runs', '3', '--rules', 'facts', '--corpus', emptyFolder, '--json', '--out', out];
  return commandInProcess(['run', '--file', path, ...options]);
}

describe('run', () => {
  it('judges generated schedules, writes the reports, and repeats the same operations for the same seed', async ({
    folder,
    out,
  }) => {
    const args = [
      'run',
      '--profile',
      'quick',
      '--runs',
      '10',
      '--seed',
      '3',
      '--corpus',
      folder,
      '--out',
      out,
    ];
    const first = await commandInProcess(args);
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(/^no violations in 10 schedules\n10 schedules in /);
    const names = readdirSync(out).filter((name) => !name.startsWith('.'));
    expect(names.sort()).toEqual(['index.html', 'junit.xml', 'run.json', 'summary.md']);
    const saved = parseReport(readFileSync(join(out, 'run.json'), 'utf8'));

    const printedReport = parseReport((await commandInProcess([...args, '--json'])).stdout);
    expect(printedReport).toMatchObject({ verdict: 'valid', runs: 10 });
    expect(printedReport.operations).toEqual(saved.operations);
  });

  it('catches a seeded fault, and the replay fails in the same way', async ({ out }) => {
    const fault = [
      '--fault',
      'hash-in-arrival-order',
      '--profile',
      'quick',
      '--seed',
      '1',
      '--max-findings',
      '1',
      '--workers',
      '1',
    ];
    const found = await command(['run', ...fault, '--json', '--out', out]);
    expect(found.exitCode).toBe(1);
    const [finding] = parseReport(found.stdout).counterexamples;
    expect(finding!.steps.length).toBeLessThanOrEqual(9);
    const replayed = await commandInProcess(['replay', finding!.file!, '--times', '3', '--json']);
    expect(replayed.exitCode).toBe(1);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ verdict: 'same', runs: 3, sameTrace: 3 });
  });

  it("uploads any bytes of the user's file and reads them back equal", async ({ folder, out, file }) => {
    const bytes = Uint8Array.from({ length: 2_500_000 }, (_, index) => (index * 31) ^ (index >> 8));
    const { exitCode, stdout } = await runWithFile(file('any.bin', bytes), folder, out);
    const { userFile } = parseReport(stdout);
    expect(exitCode).toBe(0);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(userFile).toMatchObject({ bytes: bytes.length, sha256 });
    expect(userFile!.readBack).toBeGreaterThanOrEqual(3);
  });

  it('uploads an empty file', async ({ folder, out, file }) => {
    const { exitCode, stdout } = await runWithFile(file('empty', ''), folder, out);
    expect(exitCode).toBe(0);
    expect(parseReport(stdout).userFile!.readBack).toBeGreaterThanOrEqual(3);
  });

  it('stops on Ctrl-C, prints the summary, keeps what was run, and exits 130', async ({ out }) => {
    const run = start([...ENDLESS, '--seed', '4', '--out', out]);
    await printed(run.stderr, /[1-9]\d* schedules \|/);
    run.kill('SIGINT');
    const { exitCode, stdout } = await run;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('interrupted');
    expect(parseReport(readFileSync(join(out, 'run.json'), 'utf8')).runs).toBeGreaterThan(0);
  });

  it('ends although the target leaves a timer that keeps running', async ({ file }) => {
    const target = file('timer.mjs', 'setInterval(() => {}, 1000); export default {};');
    const { exitCode, stderr } = await command(['run', '--target', target, '--runs', '1']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/timer\.mjs: its default export must be a Target object/);
  });

  it('ends with exit code 0 when its budget is used up', async ({ folder, out }) => {
    const args = ['run', '--budget', '1ms', '--seed', '1', '--corpus', folder, '--out', out];
    expect((await commandInProcess(args)).exitCode).toBe(0);
  });

  it('refuses a folder that another run writes to, and the other run goes on', async ({ out }) => {
    mkdirSync(out);
    const first = start([...ENDLESS, '--seed', '1', '--out', out]);
    await printed(first.stderr, /[1-9]\d* schedules \|/);
    const second = await commandInProcess(['run', '--runs', '1', '--out', out]);
    expect(second.exitCode).toBe(2);
    expect(lastLine(second.stderr)).toMatch(/another command is writing to /);
    await printed(first.stderr, /[1-9]\d* schedules \|/);
    first.kill('SIGINT');
    expect((await first).exitCode).toBe(130);
  });
});

type Place = Pick<Fixtures, 'folder' | 'file'>;

interface BadInput {
  readonly args: (place: Place) => readonly string[];
  readonly says: RegExp;
}

const MINIMAL_WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const BAD_INPUTS: Readonly<Record<string, BadInput>> = {
  'a wasm file that does not exist': {
    args: ({ folder }) => ['run', '--wasm', join(folder, 'no.wasm')],
    says: /it does not exist/,
  },
  'an empty wasm file': {
    args: ({ file }) => ['run', '--wasm', file('e.wasm', '')],
    says: /the file is empty/,
  },
  'a truncated wasm file': {
    args: ({ file }) => ['run', '--wasm', file('t.wasm', UPLOAD_WASM.subarray(0, 90_000))],
    says: /damaged or cut short/,
  },
  'a wasm file that holds text': {
    args: ({ file }) => ['run', '--wasm', file('x.wasm', 'hello')],
    says: /it is not a WebAssembly module/,
  },
  'a module without the methods of the target': {
    args: ({ file }) => ['run', '--wasm', file('f.wasm', MINIMAL_WASM)],
    says: /it does not export "canister_update uploads_begin"/,
  },
  'damaged gzip data': {
    args: ({ file }) => ['run', '--wasm', file('g.wasm', Uint8Array.of(0x1f, 0x8b, 8, 0, 1))],
    says: /gzip data is damaged/,
  },
  'a folder in place of a wasm file': {
    args: ({ folder }) => ['run', '--wasm', folder],
    says: /it is a folder/,
  },
  'an init argument that is not Candid': {
    args: ({ file }) => ['run', '--init-arg', file('i', 'nonsense')],
    says: /it is not a Candid message/,
  },
  'an init argument of another type': {
    args: ({ file }) => ['run', '--init-arg', file('i', '4449444c0001710568656c6c6f')],
    says: /target "upload" cannot decode it/,
  },
  "a user's file that does not exist": {
    args: ({ folder }) => ['run', '--file', join(folder, 'none')],
    says: /file .*: it does not exist/,
  },
  "a folder in place of the user's file": {
    args: ({ folder }) => ['run', '--file', folder],
    says: /it is a folder/,
  },
  'an unknown fault': {
    args: () => ['run', '--fault', 'gremlins'],
    says: /there is no fault "gremlins"; "npx upload-stress mutants --list" lists all \d+$/,
  },
  'a target module that does not exist': {
    args: ({ folder }) => ['run', '--target', join(folder, 't.ts'), '--wasm', WASM],
    says: /target .*t\.ts: it does not exist/,
  },
  'an unknown option': { args: () => ['run', '--fast'], says: /unknown option '--fast'/ },
  'a seed that is not a number': { args: () => ['run', '--seed', 'abc'], says: /whole number/ },
  'an output folder below a file': {
    args: ({ file }) => ['run', '--out', join(file('blocker', ''), 'out')],
    says: /cannot write to .*blocker/,
  },
  'a PocketIC server that is not installed': {
    args: () => ['run', '--replica', 'pocketic'],
    says: /no PocketIC server was found/,
  },
  'a counterexample that does not exist': {
    args: ({ folder }) => ['replay', join(folder, 'none.json')],
    says: /none\.json: it does not exist$/,
  },
  'a counterexample that is not JSON': {
    args: ({ file }) => ['replay', file('c.json', '{"a":')],
    says: /JSON/,
  },
  'a counterexample of another shape': {
    args: ({ file }) => ['replay', file('c.json', '{"formatVersion":1}')],
    says: /not a counterexample/,
  },
  'a counterexample of a newer format': {
    args: ({ file }) => ['replay', file('c.json', '{"formatVersion":99}')],
    says: /format version 99, but this program supports 1/,
  },
};

describe('the command', () => {
  it.for(Object.entries(BAD_INPUTS))(
    'refuses %s with one line and exit code 2',
    async ([, { args, says }], { folder, file, out }) => {
      const given = args({ folder, file });
      const isComplete = given.includes('--out') || given[0] !== 'run';
      const all = isComplete ? given : [...given, '--out', out, '--runs', '1'];
      expectRefusal(await commandInProcess(all, { POCKET_IC_BIN: '', PATH: '/nowhere' }), says);
    },
  );

  it('refuses bad input in the same way in a process of its own', async ({ folder }) => {
    expectRefusal(await command(['run', '--wasm', join(folder, 'no.wasm')]), /it does not exist/);
    expectRefusal(await command(['run', '--fast']), /unknown option '--fast'/);
  });
});

describe('doctor', () => {
  it('lists what was found on this machine and which replica would run', async () => {
    const { exitCode, stdout } = await commandInProcess(['doctor'], { POCKET_IC_BIN: '' });
    expect(stdout).toMatch(/embedded engine/);
    expect(stdout).toMatch(/of 401 recorded steps/);
    expect(stdout).toMatch(/of 10997 recorded requests/);
    expect(stdout).toMatch(/--replica auto explores on the embedded engine/);
    expect(exitCode).toBe(0);
  });
});
