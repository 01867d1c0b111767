import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAnnotations, emitRunAnnotations } from './run-annotations.js';
import { sampleFinding, sampleReport } from '../testing/sample-report.js';

const failing = sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annotations-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function emitted(report: typeof failing, env: Record<string, string>) {
  let text = '';
  const problem = emitRunAnnotations(report, { env, stream: { write: (part) => (text += part) } });
  return { text, problem };
}

describe('annotations of a run', () => {
  it('are not written outside of GitHub Actions', () => {
    expect(emitted(failing, { GITHUB_STEP_SUMMARY: join(folder, 's') })).toEqual({
      text: '',
      problem: undefined,
    });
  });

  it('contain one command per finding, with the file and the replay command', () => {
    expect(emitted(failing, { GITHUB_ACTIONS: 'true' }).text).toBe(
      '::error file=reports/out/counterexamples/outcome.json,' +
        'title=upload-stress%3A bytes lost or wrong%3A what is read back hashes to what was stored::' +
        'expected: SHA-256 ab…%0Aseen: SHA-256 cd…%0A' +
        'replay: upload-stress replay reports/out/counterexamples/outcome.json\n',
    );
  });

  it('warn about runs without a verdict, and are empty for a valid run', () => {
    const unknown = sampleReport({ verdict: 'unknown', unknowns: 3, unknownReason: 'too many orders' });
    expect(runAnnotations(unknown)).toEqual([
      '::warning title=upload-stress%3A 3 of 100 schedules could not be judged::3 runs could not be judged: too many orders',
    ]);
    expect(runAnnotations(sampleReport())).toEqual([]);
  });

  it('contain exactly one command per line for any text of a run', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const finding = {
          ...sampleFinding,
          file: text,
          rule: text,
          seen: `\n::warning::${text}`,
          replay: text,
        };
        const lines = runAnnotations({ ...failing, counterexamples: [finding] });
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^::error file=[^,:\n\r]*,title=[^,:\n\r]*::[^\n\r]*$/);
      }),
    );
  });

  it('append the report to the job summary, and return one line if the summary cannot be written', () => {
    const file = join(folder, 'summary');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file };
    emitted(failing, env);
    expect(emitted(failing, env).problem).toBeUndefined();
    expect(readFileSync(file, 'utf8').match(/# Upload stress: 1 finding/g)).toHaveLength(2);
    const { problem } = emitted(failing, { ...env, GITHUB_STEP_SUMMARY: join(folder, 'none', 'summary') });
    expect(problem).toMatch(/^cannot write the job summary: [^\n]+$/);
  });
});
