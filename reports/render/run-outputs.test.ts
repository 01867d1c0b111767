import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { create } from 'xmlbuilder2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderRunJUnit, xmlText } from './junit.js';
import { renderRunMarkdown } from './run-markdown.js';
import { renderRunSummary } from './run-summary.js';
import { runReportSchema } from '../documents/run-report.js';
import { sampleFinding, sampleReport } from '../testing/sample-report.js';
import { writeReports } from '../write-reports.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

describe('run.json', () => {
  it('refuses a report that lacks what consumers rely on', () => {
    const { runs: _, ...withoutRuns } = sampleReport();
    expect(runReportSchema.safeParse(withoutRuns).success).toBe(false);
    expect(runReportSchema.safeParse(sampleReport()).success).toBe(true);
  });
});

describe('junit.xml', () => {
  it('names each finding and counts it as a failure', () => {
    const xml = renderRunJUnit(sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] }));
    expect(xml).toContain('failures="1"');
    expect(xml).toContain(`name="${sampleFinding.rule}"`);
    expect(xml).toContain('put A[1]');
  });

  it('is well-formed for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const finding = { ...sampleFinding, rule: text, seen: `${text}]]>`, steps: [text] };
        const xml = renderRunJUnit(sampleReport({ verdict: 'invalid', counterexamples: [finding] }));
        const parsed = create(xml);
        const cases: string[] = [];
        parsed.each(
          (node) => {
            if (node.node.nodeName === 'testcase')
              cases.push((node.node as unknown as Element).getAttribute('name') ?? '');
          },
          false,
          true,
        );
        expect(cases).toHaveLength(2);
        // XML parsers fold line breaks in attributes into spaces.
        expect(cases[1]!.replace(/\s/g, ' ')).toBe(xmlText(text).replace(/\s/g, ' '));
      }),
      { numRuns: 300 },
    );
  });
});

describe('summary.md', () => {
  it('claims nothing for a run that judged nothing', () => {
    const text = renderRunMarkdown(sampleReport({ runs: 0, interrupted: true }));
    expect(text.split('\n')[0]).toBe('# Upload stress: interrupted before anything was judged');
  });

  it('says the verdict first and how to repeat each finding', () => {
    const text = renderRunMarkdown(sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] }));
    expect(text.split('\n')[0]).toBe('# Upload stress: 1 property violated');
    expect(text).toContain(sampleFinding.replay);
  });

  it('is the same Markdown for any text of a run: its texts are code, whatever they hold', () => {
    /** The page with each code block and each stretch of code by the CommonMark rules put as one word. */
    const skeleton = (text: string) =>
      text
        .replace(/^(`{3,})\n[^]*?\n\1$/gm, 'block')
        .replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, 'code')
        .split('\n');
    const render = (text: string) =>
      renderRunMarkdown(
        sampleReport({
          verdict: 'invalid',
          target: text,
          counterexamples: [{ ...sampleFinding, expected: text, seen: text, checker: text, steps: [text] }],
          userFile: { path: text, bytes: 1, sha256: '', readBack: 0, problem: text },
        }),
      );
    const unit = fc.constantFrom('`', '```', '\n', '|', '<', 'a', ' ', '@', '\\', '#');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(skeleton(render(text))).toEqual(skeleton(render('plain')));
      }),
    );
  });
});

describe('the summary in the terminal', () => {
  it('prints no sequence of a run and no line break of its texts', () => {
    const text = 'x\u001b]0;title\u0007\n::error::y';
    const finding = { ...sampleFinding, rule: text, expected: text, seen: text, steps: [text], replay: text };
    const render = (counterexample: typeof finding) =>
      renderRunSummary(sampleReport({ verdict: 'invalid', counterexamples: [counterexample] }), {
        color: false,
        folder: 'out',
      });
    const summary = render(finding);
    expect(summary).not.toMatch(/[\u001b\u0007]/);
    const plain = render({ ...finding, rule: 'a', expected: 'a', seen: 'a', steps: ['a'], replay: 'a' });
    expect(summary.split('\n')).toHaveLength(plain.split('\n').length);
  });
});

describe('writing', () => {
  it('writes every report', async () => {
    const written = await writeReports(folder, [sampleReport()]);
    expect(written.map((path) => basename(path))).toEqual([
      'run.json',
      'junit.xml',
      'summary.md',
      'index.html',
    ]);
    for (const path of written) expect(readFileSync(path, 'utf8')).not.toBe('');
  });

  it('keeps the older report when the new one is not valid', async () => {
    writeFileSync(join(folder, 'run.json'), 'older');
    await expect(writeReports(folder, [sampleReport({ runs: -1 })])).rejects.toThrow();
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe('older');
  });
});
