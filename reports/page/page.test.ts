import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../run-report.js';
import { visible } from '../visible-text.js';
import { findingOf, wildSchedule } from '../testing/sample-finding.js';
import { sampleFinding, sampleReport, sampleSeries } from '../testing/sample-report.js';
import { escapeHtml } from './html.js';
import { renderPage as renderDocuments } from './page.js';

const renderPage = (run: RunReport) => renderDocuments({ run });

const failing = (changes: Partial<RunReport> = {}) =>
  sampleReport({ verdict: 'invalid', counterexamples: [findingOf(wildSchedule)], ...changes });
const headings = (page: string) =>
  [...page.matchAll(/<h2 [^>]*>(.*?)<\/h2>/gs)].map(([, text]) => text!.trim());

describe('the page', () => {
  test('says the verdict first, then the finding, then the run', () => {
    const page = renderPage(failing({ states: { Uploading: 3 }, series: sampleSeries(20) }));
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.indexOf('1 property violated')).toBeLessThan(page.indexOf(sampleFinding.rule));
    expect(headings(page).map((text) => text.replace(/<.*>/, ''))).toEqual([
      ` ${sampleFinding.rule}`,
      'States reached',
      'Over the run',
      'This run',
    ]);
  });

  test('has no section for what the report lacks', () => {
    expect(headings(renderPage(sampleReport()))).toEqual(['This run']);
  });

  test('shows the command that repeats a finding, and the steps of one whose course is missing', () => {
    const page = renderPage(failing({ counterexamples: [sampleFinding] }));
    expect(page).toContain(sampleFinding.replay);
    expect(page).toContain(sampleFinding.steps[1]);
  });

  test('is the same whenever the same report is drawn', () => {
    const report = failing({ series: sampleSeries(300) });
    expect(renderPage(report)).toBe(renderPage(structuredClone(report)));
  });

  test('needs no network and has no script', () => {
    const page = renderPage(failing({ series: sampleSeries(300) }));
    expect(page).not.toMatch(
      /<script|\ssrc=|<link(?! rel="icon" href="data:,")|@import|url\((?!#)|\son\w+=/i,
    );
  });

  test('stays under 2 MB whatever the run was', () => {
    const steps = Array.from({ length: 100 }, () => wildSchedule.steps).flat();
    const large = {
      ...findingOf({ ...wildSchedule, steps: steps.slice(0, 400) }, undefined, { ...wildSchedule, steps }),
      seen: '\u{1f3ac}'.repeat(1e6),
    };
    const page = renderPage(
      failing({ counterexamples: Array.from({ length: 60 }, () => large), series: sampleSeries(10_000) }),
    );
    expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
    expect(page).toContain('Its timeline is left out');
  });

  test('any text of a run is text in the page: no tag or attribute comes from it', () => {
    const plain = renderPage(failing());
    const tags = (page: string) => page.match(/<[^>]*>/g)!.map((tag) => tag.replace(/="[^"]*"/g, '=""'));
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc.constantFrom(
        '</style><script>x()</script>',
        '"><img src=x onerror=x()>',
        '<!--',
        ']]>',
        '\u202E<b>',
      ),
    );
    fc.assert(
      fc.property(nasty, (text) => {
        const [finding] = failing().counterexamples;
        const counterexample = {
          ...finding!,
          ...{ checker: text, rule: text, expected: text, seen: text, replay: `x${text}`, file: text },
        };
        const page = renderPage(
          failing({
            counterexamples: [counterexample],
            wasm: { file: text, sha256: text, fault: null },
            replicas: [{ name: text, version: text }],
            target: text,
          }),
        );
        expect(tags(page)).toEqual(tags(plain));
        expect(page).toContain(escapeHtml(text));
        expect(visible(text)).toBe(visible(visible(text)));
      }),
      { numRuns: 100 },
    );
  });

  test('any text of an event is text as well', () => {
    const finding = findingOf(wildSchedule);
    const text = '"><script>x()</script>';
    const events = finding.course!.events.map((event) => ({
      ...event,
      operation: text,
      outcome: text,
      text,
    }));
    const logs = [{ ...events[0]!, type: 'log' as const }];
    const course = { ...finding.course!, events: [...events, ...logs] };
    const original = { ...finding.original!, steps: [{ lane: 0, kind: text, words: text }] };
    const page = renderPage(failing({ counterexamples: [{ ...finding, course, original }] }));
    expect(page).not.toContain('<script');
  });
});
