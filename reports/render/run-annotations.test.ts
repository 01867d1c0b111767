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

describe('annotations', () => {
  it('say nothing where no CI service is', () => {
    expect(emitted(failing, { GITHUB_STEP_SUMMARY: join(folder, 's') })).toEqual({
      text: '',
      problem: undefined,
    });
  });

  it('are one line for each finding, with the file that replays it', () => {
    expect(emitted(failing, { GITHUB_ACTIONS: 'true' }).text).toBe(
      '::error file=reports/out/counterexamples/outcome.json,' +
        'title=upload-stress%3A what is read back hashes to what was stored::' +
        'expected: SHA-256 ab…%0Aseen: SHA-256 cd…%0A' +
        'repeat it: upload-stress replay reports/out/counterexamples/outcome.json\n',
    );
  });

  it('warn of what could not be judged, and of nothing when all is well', () => {
    const unknown = sampleReport({ verdict: 'unknown', unknowns: 3, unknownReason: 'too many orders' });
    expect(runAnnotations(unknown)).toEqual([
      '::warning title=upload-stress%3A not all runs could be judged::3 runs could not be judged: too many orders',
    ]);
    expect(runAnnotations(sampleReport())).toEqual([]);
  });

  it('stay one command a line for any text', () => {
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

  it('append the run to the step summary, and a full disk is one line', () => {
    const file = join(folder, 'summary');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file };
    emitted(failing, env);
    expect(emitted(failing, env).problem).toBeUndefined();
    expect(readFileSync(file, 'utf8').match(/# Upload stress: 1 property violated/g)).toHaveLength(2);
    const { problem } = emitted(failing, { ...env, GITHUB_STEP_SUMMARY: join(folder, 'none', 'summary') });
    expect(problem).toMatch(/^the step summary cannot be written: [^\n]+$/);
  });
});
