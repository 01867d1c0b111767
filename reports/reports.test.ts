import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { create } from 'xmlbuilder2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../suites/tidy/tracked-files.js';
import { renderJUnit, xmlText } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { runReportJsonSchema, runReportSchema } from './run-report.js';
import { sampleFinding, sampleReport } from './testing/sample-report.js';
import { writeReports } from './write-reports.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

describe('run.json', () => {
  it('has a published schema that is current', () => {
    const published: unknown = JSON.parse(
      readFileSync(join(projectRoot, 'docs/schemas/run-report.schema.json'), 'utf8'),
    );
    expect(published).toEqual(runReportJsonSchema());
  });

  it('refuses a report that lacks what consumers rely on', () => {
    const { runs: _, ...withoutRuns } = sampleReport();
    expect(runReportSchema.safeParse(withoutRuns).success).toBe(false);
    expect(runReportSchema.safeParse(sampleReport()).success).toBe(true);
  });
});

describe('junit.xml', () => {
  it('names each finding and counts it as a failure', () => {
    const xml = renderJUnit(sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] }));
    expect(xml).toContain('failures="1"');
    expect(xml).toContain(`name="${sampleFinding.rule}"`);
    expect(xml).toContain('put A[1]');
  });

  it('is well-formed for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const finding = { ...sampleFinding, rule: text, seen: `${text}]]>`, steps: [text] };
        const xml = renderJUnit(sampleReport({ verdict: 'invalid', counterexamples: [finding] }));
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
  it('says the verdict first and how to repeat each finding', () => {
    const text = renderMarkdown(sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] }));
    expect(text.split('\n')[0]).toBe('# Upload stress: 1 property violated');
    expect(text).toContain(sampleFinding.replay);
  });
});

describe('writing', () => {
  it('writes every report', () => {
    expect(writeReports(folder, sampleReport()).map((path) => readFileSync(path, 'utf8').length > 0)).toEqual(
      [true, true, true],
    );
  });

  it('keeps the older report when the new one is not valid', () => {
    writeFileSync(join(folder, 'run.json'), 'older');
    expect(() => writeReports(folder, sampleReport({ runs: -1 }))).toThrow();
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe('older');
  });
});
