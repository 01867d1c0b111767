/** `report`, and the annotations for a CI service. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createFolder, removeFolder } from '../suites/testing/fixtures.js';
import { commandInProcess, expectRefusal, it, type Finished } from './testing/command.js';

const RENDERED = ['index.html', 'junit.xml', 'summary.md'];

/** One failing run and the folder that it wrote to. Tests read them. */
let shared: string;
let out: string;
let stepSummary: string;
let failing: Finished;

beforeAll(async () => {
  shared = createFolder();
  out = join(shared, 'out');
  stepSummary = join(shared, 'step-summary');
  failing = await commandInProcess(
    [
      ...[
        'run',
        '--profile',
        'quick',
        '--fault',
        'hash-in-arrival-order',
        '--seed',
        '1',
        '--max-findings',
        '1',
      ],
      ...['--json', '--quiet', '--out', out],
    ],
    { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: stepSummary },
  );
});
afterAll(() => removeFolder(shared));

const read = (name: string) => readFileSync(join(out, name), 'utf8');

describe('report', () => {
  it('renders every report again from run.json alone, byte for byte', async () => {
    const before = ['run.json', ...RENDERED].map(read);
    for (const name of RENDERED) rmSync(join(out, name));
    const { exitCode, stdout } = await commandInProcess(['report', join(out, 'run.json')]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('index.html');
    expect(['run.json', ...RENDERED].map(read)).toEqual(before);
  });

  it('writes the reports and run.json to the folder given by --out', async ({ folder }) => {
    const other = join(folder, 'other');
    await commandInProcess(['report', join(out, 'run.json'), '--out', other]);
    const names = readdirSync(other).filter((name) => !name.startsWith('.'));
    expect(names.sort()).toEqual(['index.html', 'junit.xml', 'run.json', 'summary.md']);
    expect(readFileSync(join(other, 'run.json'), 'utf8')).toBe(read('run.json'));
  });

  it('includes every document of the folder, also when a single file in it is given', async ({ folder }) => {
    const all = join(folder, 'all');
    const bench = ['bench', '--file-size', '2kB', '--chunk-sizes', '1kB,512B,256B', '--quiet'];
    await commandInProcess([...bench, '--out', all]);
    const { exitCode } = await commandInProcess(['report', join(out, 'run.json'), '--out', all]);
    expect(exitCode).toBe(0);
    const page = () => readFileSync(join(all, 'index.html'), 'utf8');
    const whole = page();
    expect(whole).toContain('<h2 id="chunk-sizes">');
    expect(whole).toContain('<h2 id="this-run">');
    const before = readFileSync(join(all, 'bench.json'), 'utf8');
    for (const path of [all, join(all, 'bench.json'), join(all, 'run.json')]) {
      rmSync(join(all, 'index.html'));
      await commandInProcess(['report', path]);
      expect(page()).toBe(whole);
    }
    expect(readFileSync(join(all, 'bench.json'), 'utf8')).toBe(before);
  });

  it('refuses two results of the same command', async () => {
    const both = await commandInProcess(['report', join(out, 'run.json'), join(out, 'run.json')]);
    expectRefusal(both, /are both results of upload-stress run/);
  });

  it('refuses a folder without a document', async ({ folder }) => {
    expectRefusal(await commandInProcess(['report', folder]), /the folder contains none of run\.json/);
  });

  const broken: Readonly<Record<string, { content: string | undefined; says: RegExp }>> = {
    'a file that does not exist': { content: undefined, says: /it does not exist/ },
    'a file that is not JSON': { content: '{"a":', says: /it is not JSON/ },
    'a file with terminal sequences': {
      content: '\u001b]0;x\u0007',
      says: /it is not JSON: [^\u001b\u0007]*$/,
    },
    'a document of another shape': {
      content: '{"formatVersion":1,"kind":"run"}',
      says: /not a valid document of upload-stress run: tool: /,
    },
    'a foreign document': {
      content: '{"name":"x"}',
      says: /not a report document; pass run\.json/,
    },
    'a document of a newer format': {
      content: '{"formatVersion":99,"kind":"gate"}',
      says: /format version 99 is newer than the supported version 1/,
    },
  };
  it.for(Object.entries(broken))(
    'refuses %s with one line and exit code 2',
    async ([, { content, says }], { folder, file }) => {
      const path = content === undefined ? join(folder, 'none.json') : file('broken.json', content);
      expectRefusal(await commandInProcess(['report', path]), says);
    },
  );
});

describe('a run in a CI service', () => {
  it('prints a finding as an annotation, on stderr if --json is given, and adds to the step summary', () => {
    expect(failing.exitCode).toBe(1);
    const { counterexamples } = JSON.parse(failing.stdout) as { counterexamples: { file: string }[] };
    const lines = failing.stderr.split('\n').filter((line) => line.startsWith('::error '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`file=${counterexamples[0]!.file}`);
    expect(readFileSync(stepSummary, 'utf8')).toBe(`${read('summary.md')}\n`);
  });
});
