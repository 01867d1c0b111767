import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../documents/run-report.js';
import { visible } from '../text/visible-text.js';
import { findingOf, interleavedSchedule } from '../testing/sample-finding.js';
import { sampleFinding, sampleReport, sampleSeries } from '../testing/sample-report.js';
import type { Documents } from '../documents/documents.js';
import { sampleCoverageReport } from '../testing/sample-code-reports.js';
import {
  sampleBench,
  sampleCounters,
  sampleGate,
  sampleMutant,
  sampleMutants,
  sampleDocuments,
  sampleProbe,
  sampleScaling,
} from '../testing/sample-documents.js';
import { escapeHtml } from './html.js';
import { renderPage as renderDocuments } from './page.js';

const renderPage = (run: RunReport) => renderDocuments({ run });

function failing(changes: Partial<RunReport> = {}) {
  return sampleReport({ verdict: 'invalid', counterexamples: [findingOf(interleavedSchedule)], ...changes });
}
function headings(page: string) {
  return [...page.matchAll(/<h2 [^>]*>(.*?)<\/h2>/gs)].map(([, text]) => text!.trim());
}

describe('the page of a run', () => {
  it('shows the verdict, then the finding, then the run', () => {
    const page = renderPage(failing({ states: { Uploading: 3 }, series: sampleSeries(20) }));
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.indexOf('1 finding')).toBeLessThan(page.indexOf(sampleFinding.rule));
    expect(headings(page)).toEqual([
      sampleFinding.rule,
      'States reached',
      'Memory and instructions over the run',
      'Run details',
    ]);
  });

  it('does not claim success for a run or for mutants that tried nothing', () => {
    const empty = { ...sampleMutants().totals, mutants: 0, killed: 0, survived: 0, campaigns: 0, kills: 0 };
    for (const page of [
      renderPage(sampleReport({ runs: 0 })),
      renderDocuments({ mutants: sampleMutants({ mutants: [], totals: empty }) }),
    ])
      expect(page).toContain('<header class="hero unknown">');
  });

  it('omits sections without data', () => {
    expect(headings(renderPage(sampleReport()))).toEqual(['Run details']);
  });

  it('shows the replay command of a finding, and the steps of a finding without a timeline', () => {
    const page = renderPage(failing({ counterexamples: [sampleFinding] }));
    expect(page).toContain(sampleFinding.replay);
    expect(page).toContain(sampleFinding.steps[1]);
  });

  it('renders the same report to the same bytes', () => {
    const report = failing({ series: sampleSeries(300) });
    expect(renderPage(report)).toBe(renderPage(structuredClone(report)));
  });

  it('makes no request and contains no script', () => {
    const page = renderPage(failing({ series: sampleSeries(300) }));
    expect(page).not.toMatch(
      /<script|\ssrc=|<link(?! rel="icon" href="data:,")|@import|url\((?!#)|\son\w+=/i,
    );
  });

  it('stays below 2 MB for many large findings', () => {
    const steps = Array.from({ length: 100 }, () => interleavedSchedule.steps).flat();
    const large = {
      ...findingOf({ ...interleavedSchedule, steps: steps.slice(0, 400) }, undefined, {
        ...interleavedSchedule,
        steps,
      }),
      seen: '\u{1f3ac}'.repeat(1e6),
    };
    const page = renderPage(
      failing({ counterexamples: Array.from({ length: 60 }, () => large), series: sampleSeries(10_000) }),
    );
    expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
    expect(page).toContain('The timeline of this finding is omitted');
  });

  it('never interprets text of a run as markup', () => {
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
          checker: text,
          rule: text,
          expected: text,
          seen: text,
          replay: `x${text}`,
          file: text,
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
      { numRuns: 20 },
    );
  });

  it('never interprets text of an event as markup', () => {
    const finding = findingOf(interleavedSchedule);
    const text = '"><script>x()</script>';
    const events = finding.course!.events.map((event) => ({
      ...event,
      operation: text,
      outcome: text,
      text,
    }));
    const logs = [{ ...events[0]!, type: 'log' as const }];
    const timeline = { ...finding.course!, events: [...events, ...logs] };
    const original = { ...finding.original!, steps: [{ lane: 0, kind: text, words: text }] };
    const page = renderPage(failing({ counterexamples: [{ ...finding, course: timeline, original }] }));
    expect(page).not.toContain('<script');
  });
});

describe('the page of all commands', () => {
  const all = (): Documents => ({ run: failing(), ...sampleDocuments() });

  it('has all sections in order, with a link to each', () => {
    const page = renderDocuments(all());
    const ids = [...page.matchAll(/<h2 id="([^"]*)"/g)].map(([, id]) => id!);
    expect(ids).toEqual([
      'finding-1',
      'orders',
      'probe',
      'coverage',
      'gate',
      'trend',
      'mutants',
      'mutation',
      'chunk-sizes',
      'growth',
      'this-run',
      'origins',
    ]);
    for (const id of ids) expect(page).toContain(`href="#${id}"`);
    const all_ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(all_ids).size).toBe(all_ids.length);
  });

  it('shows what each experiment tried and observed, and marks danger', () => {
    const page = renderDocuments({ probe: sampleProbe() });
    const text = page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('What chunks-out-of-order tries. accepted; the file is right chunkOrder: any');
    expect(text).toContain(
      'dangerous: the stranger&#39;s put is accepted access.put: anyone, but the target promises owner',
    );
    expect(text).toContain('stranger-aborts: the interface has no abort');
    expect(page).toContain('<header class="hero invalid">');
  });

  it('shows methods that never ran, and why each function was not reached', () => {
    const page = renderDocuments({ coverage: sampleCoverageReport() });
    const text = page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('Never ran: stats (query).');
    expect(text).toContain('begin (update) 300 5/6 3/4');
    expect(text).toContain('grow 0 0/5 0/4 called by reached code under a condition that never held');
    expect(text).toContain('not reached: 1 function called by reached code');
  });

  it('shows regressions, surviving mutants, rejects, and the times from production', () => {
    const text = renderDocuments(all())
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(text).toContain('upload 0 B instructions 1,000,000 1,100,000 +10.00 %');
    expect(text).toContain('50 aborted uploads');
    expect(text).toMatch(/expiry-from-begin description of expiry-from-begin ✕ survived 0\/3/);
    expect(text).toContain('2 MiB: put 0 IC0503 it is too large');
    expect(text).toContain(
      'Reported: 83 s in 64 KB chunks, 8 s in 1.8 MB chunks, 91 % less. Here: 114 s and 8 s, 93 % less.',
    );
  });

  it('warns if the results are of different wasm modules', () => {
    const others = sampleDocuments();
    const of = (sha256: string) =>
      renderDocuments({ ...others, bench: { ...others.bench, wasm: { file: 'other.wasm', sha256 } } });
    expect(of('12'.repeat(32))).toContain('The results on this page are of different wasm modules');
    expect(of('ab'.repeat(32))).not.toContain('The results on this page are of different wasm modules');
  });

  it('makes no request, contains no script, and renders to the same bytes', () => {
    const page = renderDocuments(all());
    expect(page).not.toMatch(
      /<script|\ssrc=|<link(?! rel="icon" href="data:,")|@import|url\((?!#)|\son\w+=/i,
    );
    expect(renderDocuments(structuredClone(all()))).toBe(page);
  });

  it('stays below 2 MB for very large documents', () => {
    const many = <T>(count: number, of: (index: number) => T) =>
      Array.from({ length: count }, (_, i) => of(i));
    const long = '\u{1f3ac}'.repeat(20_000);
    const names = many(300, (i) => `scenario ${i} ${long}`);
    const counters = names.map((scenario, i) => ({
      scenario,
      counters: sampleCounters({ calls: i }),
      wallMs: 1,
    }));
    const gate = sampleGate();
    const changes = names.map((scenario) => ({ scenario, counter: long, old: 1, new: 2, percent: 100 }));
    const scenarios = Object.fromEntries(names.map((name) => [name, sampleCounters()]));
    const entry = { ...gate.history[0]!, counters: scenarios, commit: long };
    const size = (documents: Documents) => Buffer.byteLength(renderDocuments(documents));
    const large: Documents = {
      run: failing({
        counterexamples: many(60, () => ({ ...findingOf(interleavedSchedule), seen: long })),
        series: sampleSeries(10_000),
        states: Object.fromEntries(many(100, (i) => [`${i} ${long}`, 1])),
      }),
      mutants: sampleMutants({
        mutants: many(400, (i) =>
          sampleMutant(`${i} ${long}`, {
            description: long,
            checkers: Object.fromEntries(many(50, (checker) => [`checker ${checker} ${long}`, 1])),
            missed: many(50, (seed) => ({ seed, refutation: long })),
          }),
        ),
      }),
      gate: {
        ...gate,
        counters,
        baseline: { ...gate.baseline!, scenarios },
        history: many(60, () => entry),
        comparison: {
          ...gate.comparison,
          regressions: changes,
          improvements: changes,
          added: names,
          gone: names,
        },
        corpus: many(300, (i) => ({ file: `${i} ${long}`, problem: long })),
        notDone: names,
      },
      bench: sampleBench({
        parallel: many(30, (i) => i + 1),
        rows: many(400, (i) => ({ ...sampleBench().chunkSizes.rows[0]!, chunkSize: 1_000 + i })),
      }),
      scaling: sampleScaling({
        series: many(200, (i) => ({
          ...sampleScaling().series[0]!,
          name: `${i} ${long}`,
          points: many(100, (x) => ({ x: 1 + x, instructions: 1 + x, wallMs: 1 + x })),
        })),
        speed: many(200, () => ({ ...sampleScaling().speed[0]!, name: long })),
      }),
    };
    expect(size(large)).toBeLessThan(2_000_000);
  });

  it('never interprets text of a document as markup', () => {
    const { mutants, gate, bench, scaling } = sampleDocuments() as Required<Documents>;
    const withText = (text: string) =>
      renderDocuments(
        {
          mutants: {
            ...mutants,
            profile: text,
            mutants: [sampleMutant(text, { description: text, checkers: { [text]: 1 }, alsoBy: {} })],
          },
          gate: {
            ...gate,
            engine: text,
            baseline: { ...gate.baseline!, file: text },
            comparison: { ...gate.comparison, gone: [text], added: [text] },
            corpus: [{ file: text, problem: text }],
            history: [{ ...gate.history[0]!, startedAt: text, commit: text }],
            coverage: { reached: 1, total: 2, minPercent: null, baseline: text, problems: [text] },
            notDone: [text],
          },
          bench: {
            ...bench,
            wasm: { file: text, sha256: text },
            chunkSizes: {
              ...bench.chunkSizes,
              replica: { name: text, version: text },
              rows: bench.chunkSizes.rows.map((row) =>
                row.kind === 'refused' ? { ...row, text, at: text, errorCode: text } : row,
              ),
            },
          },
          scaling: {
            ...scaling,
            series: scaling.series.map((each, i) => ({ ...each, name: `${i}${text}` })),
          },
        },
        [text],
      );
    // The number of labels in a plot depends on their widths, so only the kinds of tags are compared there.
    const tags = (page: string) => {
      const plots = page.match(/<svg[^]*?<\/svg>/g)!.join('');
      const kinds = new Set([...plots.matchAll(/<([^\s>]*)/g)].map(([, kind]) => kind!));
      const others = page.replace(/<svg[^]*?<\/svg>/g, '').match(/<[^>]*>/g)!;
      return [...[...kinds].sort(), ...others.map((tag) => tag.replace(/="[^"]*"/g, '=""'))];
    };
    const plain = tags(withText('plain'));
    for (const text of [
      '</style><script>x()</script>',
      '"><img src=x onerror=x()>',
      '<!--',
      '\u202E<b>',
      '&lt;b>',
    ])
      expect(tags(withText(text))).toEqual(plain);
  });
});
