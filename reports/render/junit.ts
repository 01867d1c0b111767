/**
 * JUnit XML, so that a CI service shows results by name: of a run one test case for the campaign and one for each finding, of a gate
 * and of mutants one for each thing that was checked.
 */
import { create } from 'xmlbuilder2';
import type { GateReport } from '../documents/gate-report.js';
import { describeChange } from './gate-wording.js';
import type { MutantsReport } from '../documents/mutants-report.js';
import type { RunReport } from '../documents/run-report.js';

/** XML 1.0 has no way to write most control characters, not even escaped; they become U+FFFD. */

const NOT_IN_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export function xmlText(text: string): string {
  return text.toWellFormed().replace(NOT_IN_XML, '\uFFFD');
}

/** The library takes what looks like a reference in a text for one, and decodes it: `&lt;` would become `<`, and `&#0;` no XML at all. */
const escapeReferences = (text: string): string => xmlText(text).replaceAll('&', '&#38;');

interface TestCase {
  /** Below `upload-stress`. */
  readonly className: string;
  readonly name: string;
  readonly ms?: number;
  readonly failure?: { readonly type: string; readonly message: string; readonly body?: string };
  /** Why it was not done. */
  readonly skipped?: string;
}

interface Suite {
  readonly name: string;
  readonly ms: number;
  readonly startedAt: string;
  readonly cases: readonly TestCase[];
}

const seconds = (ms: number) => (ms / 1_000).toFixed(3);

function renderSuite({ name, ms, startedAt, cases }: Suite): string {
  const counts = {
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== undefined).length,
    errors: 0,
    time: seconds(ms),
  };
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', counts);
  const suite = root.ele('testsuite', {
    name: escapeReferences(name),
    ...counts,
    skipped: cases.filter(({ skipped }) => skipped !== undefined).length,
    timestamp: startedAt.replace(/\.\d+Z$|Z$/, ''),
  });
  for (const { className, name: caseName, ms: caseMs = 0, failure, skipped } of cases) {
    const element = suite.ele('testcase', {
      classname: escapeReferences(`upload-stress.${className}`),
      name: escapeReferences(caseName),
      time: seconds(caseMs),
    });
    if (failure !== undefined)
      element
        .ele('failure', { type: escapeReferences(failure.type), message: escapeReferences(failure.message) })
        .txt(escapeReferences(failure.body ?? failure.message));
    else if (skipped !== undefined) element.ele('skipped', { message: escapeReferences(skipped) });
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

export function renderRunJUnit(report: RunReport): string {
  const campaign: TestCase = {
    className: 'campaign',
    name: `${report.runs} schedules, profile ${report.profile}, seed ${report.seed}`,
    ms: report.durationMs,
    ...(report.verdict === 'unknown' ? { skipped: `${report.unknowns} runs could not be judged` } : {}),
  };
  const { userFile } = report;
  const file: TestCase[] =
    userFile === null
      ? []
      : [
          {
            className: 'user-file',
            name: `${userFile.path} comes through`,
            ...(userFile.problem === null
              ? {}
              : { failure: { type: 'user-file', message: userFile.problem } }),
          },
        ];
  const findings = report.counterexamples.map(
    ({ checker, rule, expected, seen, steps, replay }): TestCase => ({
      className: checker,
      name: rule,
      failure: {
        type: checker,
        message: seen,
        body: [`expected: ${expected}`, `seen: ${seen}`, '', ...steps, '', replay].join('\n'),
      },
    }),
  );
  return renderSuite({
    name: `upload-stress ${report.target} on ${report.replica}`,
    ms: report.durationMs,
    startedAt: report.startedAt,
    cases: [campaign, ...file, ...findings],
  });
}

export function renderMutantsJUnit(report: MutantsReport): string {
  return renderSuite({
    name: `upload-stress mutants, profile ${report.profile}`,
    ms: report.durationMs,
    startedAt: report.startedAt,
    cases: report.mutants.map(
      ({ name, description, verdict, seeds, seedsKilled, runs, ms, missed }): TestCase => ({
        className: 'mutants',
        name: `${name}: ${description}`,
        ms,
        ...(verdict === 'killed'
          ? {}
          : {
              failure: {
                type: 'survived',
                message: `killed by ${seedsKilled} of ${seeds} seeds, ${runs} schedules`,
                body: missed
                  .map(({ seed, refutation }) => `seed ${seed}: ${refutation ?? 'not found'}`)
                  .join('\n'),
              },
            }),
      }),
    ),
  });
}

export function renderGateJUnit(report: GateReport): string {
  const { comparison, counters, mutants, corpus, campaign, only, notDone } = report;
  const scenarios = counters.map(({ scenario, wallMs }): TestCase => {
    const worse = comparison.regressions.filter((change) => change.scenario === scenario);
    return {
      className: 'counters',
      name: scenario,
      ms: wallMs,
      ...(worse.length === 0
        ? {}
        : {
            failure: {
              type: 'regression',
              message: describeChange(worse[0]!),
              body: worse.map(describeChange).join('\n'),
            },
          }),
    };
  });
  const gone = comparison.gone.map((name): TestCase => ({
    className: 'counters',
    name,
    failure: { type: 'gone', message: 'it is in the baseline and is not measured any more' },
  }));
  const hunted = mutants.map(({ name, killed, runs }): TestCase => ({
    className: 'mutants',
    name,
    ...(killed ? {} : { failure: { type: 'survived', message: `it survived ${runs} schedules` } }),
  }));
  const past = corpus.map(({ file, problem }): TestCase => ({
    className: 'corpus',
    name: file,
    ...(problem === null ? {} : { failure: { type: 'corpus', message: problem } }),
  }));
  const findings = campaign.findings.map(({ checker, rule, file }): TestCase => ({
    className: checker,
    name: rule,
    failure: { type: checker, message: file === null ? rule : `upload-stress replay ${file}` },
  }));
  const judged: TestCase[] =
    only.includes('campaign') && campaign.runs > 0
      ? [
          {
            className: 'campaign',
            name: `${campaign.runs} of ${campaign.planned} schedules, profile ${campaign.profile}, seed ${report.seed}`,
          },
        ]
      : [];
  const left = notDone.map((name): TestCase => ({
    className: 'not-done',
    name,
    skipped: 'the budget left no time for it',
  }));
  return renderSuite({
    name: `upload-stress gate on ${report.engine}`,
    ms: report.durationMs,
    startedAt: report.startedAt,
    cases: [...scenarios, ...gone, ...hunted, ...past, ...judged, ...findings, ...left],
  });
}
