/** `upload-stress report`, and what a CI service is told: the command as a user meets it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, type Finished } from './testing/command.js';

const RENDERED = ['index.html', 'junit.xml', 'summary.md'];

let folder: string;
let out: string;
let stepSummary: string;
let failing: Finished;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upload-stress-'));
  out = join(folder, 'out');
  stepSummary = join(folder, 'step-summary');
  failing = await command(
    ['run', '--fault', 'hash-in-arrival-order', '--seed', '1', '--json', '--quiet', '--out', out],
    { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: stepSummary },
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const read = (name: string) => readFileSync(join(out, name), 'utf8');

describe('report', () => {
  it('draws every report again, byte for byte, from run.json alone', async () => {
    const before = ['run.json', ...RENDERED].map(read);
    for (const name of RENDERED) rmSync(join(out, name));
    const { exitCode, stdout } = await command(['report', join(out, 'run.json')]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('index.html');
    expect(['run.json', ...RENDERED].map(read)).toEqual(before);
  });

  it('goes to another folder on request, run.json with it', async () => {
    const other = join(folder, 'other');
    await command(['report', join(out, 'run.json'), '--out', other]);
    const names = readdirSync(other).filter((name) => !name.startsWith('.'));
    expect(names.sort()).toEqual(['index.html', 'junit.xml', 'run.json', 'summary.md']);
    expect(readFileSync(join(other, 'run.json'), 'utf8')).toBe(read('run.json'));
  });

  it('of a folder is all that it holds; of a file in it as well, and the file stays as it is', async () => {
    const all = join(folder, 'all');
    const bench = ['bench', '--file-size', '2kB', '--chunk-sizes', '1kB,512B,256B', '--quiet'];
    await command([...bench, '--out', all]);
    const { exitCode } = await command(['report', join(out, 'run.json'), '--out', all]);
    expect(exitCode).toBe(0);
    const page = () => readFileSync(join(all, 'index.html'), 'utf8');
    const whole = page();
    expect(whole).toContain('<h2 id="chunk-sizes">');
    expect(whole).toContain('<h2 id="this-run">');
    const before = readFileSync(join(all, 'bench.json'), 'utf8');
    for (const path of [all, join(all, 'bench.json'), join(all, 'run.json')]) {
      rmSync(join(all, 'index.html'));
      await command(['report', path]);
      expect(page()).toBe(whole);
    }
    expect(readFileSync(join(all, 'bench.json'), 'utf8')).toBe(before);
  });

  it('two results of one command do not go on one page', async () => {
    const { exitCode, stderr } = await command(['report', join(out, 'run.json'), join(out, 'run.json')]);
    expect([exitCode, stderr.split('\n').length]).toEqual([2, 1]);
    expect(stderr).toMatch(/are both of upload-stress run/);
  });

  it('a folder without any is told so', async () => {
    const { exitCode, stderr } = await command(['report', tmpdir()]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/the folder has none of run\.json/)]);
  });

  const broken: Readonly<Record<string, { content: string | undefined; says: RegExp }>> = {
    'a missing file': { content: undefined, says: /it does not exist/ },
    'a file that is no JSON': { content: '{"a":', says: /it is no JSON/ },
    'a file with terminal sequences': {
      content: '\u001b]0;x\u0007',
      says: /it is no JSON: [^\u001b\u0007]*$/,
    },
    'a document of another shape': {
      content: '{"formatVersion":1,"kind":"run"}',
      says: /it is no result of upload-stress run: tool: /,
    },
    'a foreign document': {
      content: '{"name":"x"}',
      says: /it is no result of this program; give a run\.json/,
    },
    'a newer format': {
      content: '{"formatVersion":99,"kind":"gate"}',
      says: /format version 99, this program knows 1/,
    },
  };
  it.each(Object.keys(broken))('%s gets one line and exit 2', async (name) => {
    const { content, says } = broken[name]!;
    const file = join(folder, 'broken.json');
    rmSync(file, { force: true });
    if (content !== undefined) writeFileSync(file, content);
    const { exitCode, stderr, stdout } = await command(['report', file]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('in a CI service', () => {
  it('a finding is an annotation; with --json it does not go to stdout', () => {
    expect(failing.exitCode).toBe(1);
    const { counterexamples } = JSON.parse(failing.stdout) as { counterexamples: { file: string }[] };
    const lines = failing.stderr.split('\n').filter((line) => line.startsWith('::error '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`file=${counterexamples[0]!.file}`);
    expect(readFileSync(stepSummary, 'utf8')).toBe(`${read('summary.md')}\n`);
  });
});
