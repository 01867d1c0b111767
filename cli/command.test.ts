/** The command as a user meets it: exit codes, one line for what is wrong, nothing lost. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runReportSchema } from '../reports/documents/run-report.js';
import { projectRoot } from '../suites/tidy/tracked-files.js';
import { command, start } from './testing/command.js';

const WASM = resolve(projectRoot, 'canister/wasm/upload.wasm');

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upload-stress-'));
  out = join(folder, 'out');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Resolves as soon as the stream has printed it. */
function seen(stream: NodeJS.ReadableStream, text: RegExp): Promise<void> {
  let printed = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (part: Buffer) => {
      printed += part.toString();
      if (text.test(printed)) resolve();
    });
    stream.on('end', () => reject(new Error(`never printed ${text}: ${printed}`)));
  });
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';
const parseReport = (stdout: string) => runReportSchema.parse(JSON.parse(stdout));

describe('run', () => {
  it('judges generated schedules, writes the reports and exits 0', async () => {
    const { exitCode, stdout } = await command([
      'run',
      '--profile',
      'quick',
      '--runs',
      '20',
      '--seed',
      '3',
      '--out',
      out,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^all properties held\n20 schedules in /);
    expect(
      readdirSync(out)
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(['index.html', 'junit.xml', 'run.json', 'summary.md']);
  });

  it('prints one document with --json, the same operations for the same seed', async () => {
    const args = ['run', '--profile', 'quick', '--runs', '15', '--seed', '9', '--json', '--out', out];
    const [first, second] = [await command(args), await command(args)].map(({ stdout }) =>
      parseReport(stdout),
    );
    expect(first!.verdict).toBe('valid');
    expect(first!.runs).toBe(15);
    expect(second!.operations).toEqual(first!.operations);
  });

  it.each(['hash-in-arrival-order', 'chunk-key-by-name'])(
    'catches the fault %s, and the replay fails the same way',
    async (fault) => {
      const { exitCode, stdout } = await command([
        'run',
        '--fault',
        fault,
        '--seed',
        '1',
        '--json',
        '--out',
        out,
      ]);
      expect(exitCode).toBe(1);
      const [finding] = parseReport(stdout).counterexamples;
      expect(finding!.steps.length).toBeLessThanOrEqual(9);
      const replayed = await command(['replay', finding!.file!, '--times', '3', '--json']);
      expect(replayed.exitCode).toBe(1);
      expect(JSON.parse(replayed.stdout)).toMatchObject({ verdict: 'same', runs: 3, sameTrace: 3 });
    },
  );

  it('uploads a file of the user, any bytes, and reads it back equal', async () => {
    const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i * 31) ^ (i >> 8));
    const { exitCode, stdout } = await command([
      'run',
      '--file',
      file('any.bin', bytes),
      '--runs',
      '3',
      '--json',
      '--out',
      out,
    ]);
    const report = parseReport(stdout);
    expect(exitCode).toBe(0);
    expect(report.userFile).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(report.userFile!.readBack).toBeGreaterThanOrEqual(3);
  });

  it('uploads an empty file', async () => {
    const { exitCode, stdout } = await command([
      'run',
      '--file',
      file('empty', ''),
      '--runs',
      '3',
      '--json',
      '--out',
      out,
    ]);
    expect(exitCode).toBe(0);
    expect(parseReport(stdout).userFile!.readBack).toBeGreaterThanOrEqual(3);
  });

  it('stops within a second of Ctrl-C, prints the summary and exits 130', async () => {
    const run = start(['run', '--budget', '60s', '--seed', '4', '--out', out]);
    await seen(run.stderr, /[1-9]\d* schedules \|/);
    run.kill('SIGINT');
    const { exitCode, stdout } = await run;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('interrupted');
    expect(
      runReportSchema.parse(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))).runs,
    ).toBeGreaterThan(0);
  });
});

describe('bad input gets one line and exit 2', () => {
  const wasm = Uint8Array.from(readFileSync(WASM));
  const minimal = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

  const cases: Record<string, () => { args: string[]; says: RegExp }> = {
    'a missing wasm': () => ({ args: ['run', '--wasm', join(folder, 'no.wasm')], says: /it does not exist/ }),
    'an empty wasm': () => ({ args: ['run', '--wasm', file('e.wasm', '')], says: /the file is empty/ }),
    'a truncated wasm': () => ({
      args: ['run', '--wasm', file('t.wasm', wasm.subarray(0, 90_000))],
      says: /damaged or cut short/,
    }),
    'a wasm that is text': () => ({
      args: ['run', '--wasm', file('x.wasm', 'hello')],
      says: /no WebAssembly module/,
    }),
    'a foreign wasm': () => ({
      args: ['run', '--wasm', file('f.wasm', minimal)],
      says: /it lacks "canister_update uploads_begin"/,
    }),
    'a damaged gzip': () => ({
      args: ['run', '--wasm', file('g.wasm', Uint8Array.of(0x1f, 0x8b, 8, 0, 1))],
      says: /gzip data is damaged/,
    }),
    'a wasm that is a folder': () => ({ args: ['run', '--wasm', folder], says: /it is a folder/ }),
    'an init argument that is no Candid': () => ({
      args: ['run', '--init-arg', file('i', 'nonsense')],
      says: /no Candid message/,
    }),
    'an init argument of another type': () => ({
      args: ['run', '--init-arg', file('i', '4449444c0001710568656c6c6f')],
      says: /not of the type that target "upload" takes/,
    }),
    'a missing file of the user': () => ({
      args: ['run', '--file', join(folder, 'none')],
      says: /file .*: it does not exist/,
    }),
    'a file that is a folder': () => ({ args: ['run', '--file', folder], says: /it is a folder/ }),
    'an unknown fault': () => ({
      args: ['run', '--fault', 'gremlins'],
      says: /no fault is called "gremlins": canister\/faults\.json lists all \d+$/,
    }),
    'a missing target': () => ({
      args: ['run', '--target', join(folder, 't.ts'), '--wasm', WASM],
      says: /no such file/,
    }),
    'an unknown option': () => ({ args: ['run', '--fast'], says: /unknown option '--fast'/ }),
    'a seed that is none': () => ({ args: ['run', '--seed', 'abc'], says: /whole number/ }),
    'an output folder below a file': () => ({
      args: ['run', '--out', join(file('blocker', ''), 'out')],
      says: /cannot write to .*blocker/,
    }),
    'a missing PocketIC server': () => ({
      args: ['run', '--replica', 'pocketic'],
      says: /no PocketIC server was found/,
    }),
    'a missing counterexample': () => ({
      args: ['replay', join(folder, 'none.json')],
      says: /none\.json: it does not exist$/,
    }),
    'a counterexample that is no JSON': () => ({ args: ['replay', file('c.json', '{"a":')], says: /JSON/ }),
    'a counterexample of another shape': () => ({
      args: ['replay', file('c.json', '{"formatVersion":1}')],
      says: /no counterexample/,
    }),
    'a counterexample of a newer format': () => ({
      args: ['replay', file('c.json', '{"formatVersion":99}')],
      says: /format version 99, this program knows 1/,
    }),
  };

  it.each(Object.keys(cases))('%s', async (name) => {
    const { args, says } = cases[name]!();
    const withOut =
      args.includes('--out') || args[0] !== 'run' ? args : [...args, '--out', out, '--runs', '1'];
    const { exitCode, stderr, stdout } = await command(withOut, { POCKET_IC_BIN: '', PATH: '/nowhere' });
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('testing ')),
    ).toHaveLength(1);
  });

  it('two runs into one folder: the second is refused, the first goes on', async () => {
    mkdirSync(out);
    const first = start(['run', '--budget', '8s', '--seed', '1', '--out', out]);
    await seen(first.stderr, /^testing /m);
    const second = await command(['run', '--runs', '1', '--out', out]);
    expect(second.exitCode).toBe(2);
    expect(lastLine(second.stderr)).toMatch(/another run is writing to /);
    expect((await first).exitCode).toBe(0);
  });
});

describe('doctor', () => {
  it('says what was found and what would run', async () => {
    const { exitCode, stdout } = await command(['doctor'], { POCKET_IC_BIN: '' });
    expect(stdout).toMatch(/embedded engine/);
    expect(stdout).toMatch(/--replica auto explores on the embedded engine/);
    expect(exitCode).toBe(0);
  });
});
