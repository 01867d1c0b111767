import fc from 'fast-check';
import { create } from 'xmlbuilder2';
import { describe, expect, it } from 'vitest';
import { renderRunJUnit, xmlText } from './junit.js';
import { renderRunMarkdown } from './run-markdown.js';
import { renderRunSummary } from './run-summary.js';
import { runReportSchema } from '../documents/run-report.js';
import { sampleFinding, sampleReport } from '../testing/sample-report.js';

describe('run.json', () => {
  it('rejects a report without the number of runs', () => {
    const { runs: _, ...withoutRuns } = sampleReport();
    expect(runReportSchema.safeParse(withoutRuns).success).toBe(false);
    expect(runReportSchema.safeParse(sampleReport()).success).toBe(true);
  });
});

describe('junit.xml', () => {
  it('reports a run that judged no schedule as skipped', () => {
    expect(renderRunJUnit(sampleReport({ runs: 0 }))).toContain(
      '<skipped message="no schedule was judged"/>',
    );
  });

  it('contains each finding as a failed test case', () => {
    const xml = renderRunJUnit(sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] }));
    expect(xml).toContain('failures="1"');
    expect(xml).toContain(`name="${sampleFinding.rule}: ${sampleFinding.fingerprint}"`);
    expect(xml).toContain('put A[1]');
  });

  it('is well-formed XML for any text of a run', () => {
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
        const name = `${xmlText(text)}: ${sampleFinding.fingerprint}`;
        expect(cases[1]!.replace(/\s/g, ' ')).toBe(name.replace(/\s/g, ' '));
      }),
      { numRuns: 300 },
    );
  });
});

describe('every report of a run', () => {
  const render = (changes: Parameters<typeof sampleReport>[0]) => {
    const report = sampleReport(changes);
    const terminal = renderRunSummary(report, { color: false, folder: 'out' });
    return { terminal, junit: renderRunJUnit(report), markdown: renderRunMarkdown(report) };
  };
  const accepted = [{ ...sampleFinding, reason: 'readers check the hash' }];
  const acceptedNotSeen = [
    { fingerprint: 'spec/outcome: put answers done instead of InvalidState', reason: 'x' },
  ];

  it('marks a finding that is not minimal', () => {
    const counterexamples = [{ ...sampleFinding, isMinimal: false }];
    for (const text of Object.values(render({ verdict: 'invalid', counterexamples })))
      expect(text).toContain('not minimal: the time for shrinking ran out');
    for (const text of Object.values(render({ verdict: 'invalid', counterexamples: [sampleFinding] })))
      expect(text).not.toContain('not minimal');
  });

  it('contains accepted deviations with their reasons, without failing', () => {
    for (const text of Object.values(render({ accepted }))) expect(text).toContain('readers check the hash');
    expect(render({ accepted }).junit).toContain('failures="0"');
    expect(render({ accepted }).terminal).toMatch(/^no violations in 100 schedules/);
  });

  it('names accepted deviations that no longer occur', () => {
    for (const text of Object.values(render({ acceptedNotSeen })))
      expect(text).toContain('accepted deviation no longer occurs');
  });
});

describe('a run without a verdict', () => {
  it('is named by its number, with the options that repeat it', () => {
    const unknown = { verdict: 'unknown', unknowns: 12, unknownReason: 'too many orders' } as const;
    const unknownRuns = [4, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    const report = sampleReport({ ...unknown, unknownRuns, seed: 3 });
    for (const text of [renderRunSummary(report, { color: false, folder: 'out' }), renderRunMarkdown(report)])
      expect(text).toContain(
        '12 runs could not be judged (run 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, …): too many orders; to repeat run 4, pass --seed 3 --runs 5',
      );
  });
});

describe('the terminal', () => {
  it('prints the command that replays each finding that was saved', () => {
    const other = { ...sampleFinding, replay: 'npx upload-stress replay other.json' };
    const lost = { ...sampleFinding, file: null, replay: '', notSaved: 'the disk is full' };
    const report = sampleReport({ verdict: 'invalid', counterexamples: [lost, sampleFinding, other] });
    const text = renderRunSummary(report, { color: false, folder: 'out' });
    const commands = text.split('\n').filter((line) => line.startsWith('  replay:   '));
    expect(commands).toEqual([sampleFinding, other].map(({ replay }) => `  replay:   ${replay}`));
    expect(text).toContain('  not saved: the disk is full');
  });
});

describe('summary.md', () => {
  it('claims nothing for a run that judged no schedule', () => {
    const text = renderRunMarkdown(sampleReport({ runs: 0, interrupted: true }));
    expect(text.split('\n')[0]).toBe('# Upload stress: no schedule was judged (interrupted)');
  });

  it('starts with the verdict and contains the replay command of each finding', () => {
    const text = renderRunMarkdown(sampleReport({ verdict: 'invalid', counterexamples: [sampleFinding] }));
    expect(text.split('\n')[0]).toBe('# Upload stress: 1 finding');
    expect(text).toContain(sampleFinding.replay);
  });

  it('keeps its Markdown structure for any text of a run, because the texts are code', () => {
    /** Replaces each code block and each code span, by the rules of CommonMark, with one word. */
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
          userFile: { path: text, bytes: 1, sha256: '', readBack: 0, problem: text, calls: [] },
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

describe('the terminal summary', () => {
  const summaryOf = (changes: Parameters<typeof sampleReport>[0]) =>
    renderRunSummary(sampleReport(changes), { color: false, folder: 'out' }).split('\n');

  it('states the number of schedules, operations, and reached states', () => {
    const lines = summaryOf({
      runs: 2_000,
      operations: { put: 1_500, begin: 500 },
      states: { Paused: 0, Failed: 3 },
    });
    expect(lines[0]).toBe('no violations in 2,000 schedules');
    expect(lines[1]).toMatch(/^2,000 schedules in 1\.2 s \(81\/s, 2 workers\) on embedded 0\.1\.0, seed 42$/);
    expect(lines.slice(2, 4)).toEqual(['2,000 operations: put 1,500, begin 500', '1 of 2 states reached']);
  });

  it('does not claim success for a run that judged no schedule', () => {
    expect(summaryOf({ runs: 0, verdict: 'valid' })[0]).toBe('no schedule was judged');
    const userFile = { path: 'a.bin', bytes: 1, sha256: '', readBack: 0, problem: null, calls: [] };
    expect(summaryOf({ interrupted: true, userFile })).toContain('your file: a.bin, 1 byte, not read back');
  });

  it('contains no control sequence and no line break from the texts of a run', () => {
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
