/**
 * Results as JUnit XML for CI services. A run has one test case for the campaign and one for each finding; a gate and the mutants have
 * one for each thing that was checked.
 */
import { create } from 'xmlbuilder2';
import type { GateReport } from '../documents/gate-report.js';
import type { MutantsReport } from '../documents/mutants-report.js';
import type { Finding, RunReport } from '../documents/run-report.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { describeChange } from './gate-wording.js';
import {
  describeAccepted,
  describeNotSeen,
  describeShrinking,
  describeTried,
  describeUnknowns,
} from './run-wording.js';

/** XML 1.0 cannot represent most control characters, not even escaped. They become U+FFFD. */
const NOT_IN_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export function xmlText(text: string): string {
  return text.toWellFormed().replace(NOT_IN_XML, '\uFFFD');
}

/** The library decodes character references in its input: it turns `&lt;` into `<` and `&#0;` into invalid XML. An escaped `&` prevents that. */
function escapeReferences(text: string): string {
  return xmlText(text).replaceAll('&', '&#38;');
}

interface Failure {
  readonly type: string;
  readonly message: string;
  readonly body?: string;
}

interface TestCase {
  /** Without the prefix `upload-stress.`. */
  readonly className: string;
  readonly name: string;
  readonly ms?: number;
  readonly failure?: Failure | undefined;
  /** Why the test case did not run. */
  readonly skipped?: string | undefined;
}

interface Suite {
  readonly name: string;
  readonly ms: number;
  readonly startedAt: string;
  readonly cases: readonly TestCase[];
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

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
    name: `${describeTried(report)}, profile ${report.profile}, seed ${report.seed}`,
    ms: report.durationMs,
    skipped: report.runs === 0 ? 'no schedule was judged' : skippedReason(report),
  };
  const findings = report.counterexamples.map((finding): TestCase => ({
    className: finding.checker,
    name: nameOf(finding),
    failure: { type: finding.checker, message: finding.seen, body: bodyOf(finding) },
  }));
  const accepted = report.accepted.map((finding): TestCase => ({
    className: finding.checker,
    name: nameOf(finding),
    skipped: describeAccepted(finding),
  }));
  const notSeen = report.acceptedNotSeen.map((deviation): TestCase => ({
    className: 'accepted',
    name: deviation.fingerprint,
    skipped: describeNotSeen(deviation),
  }));
  return renderSuite({
    name: `upload-stress ${report.target} on ${report.replica}`,
    ms: report.durationMs,
    startedAt: report.startedAt,
    cases: [campaign, ...userFileCases(report), ...findings, ...accepted, ...notSeen],
  });
}

/** Two findings may break one rule, so the fingerprint is part of the name. */
function nameOf({ rule, fingerprint }: Finding): string {
  return fingerprint === '' ? rule : `${rule}: ${fingerprint}`;
}

function bodyOf(finding: Finding): string {
  const { severity, expected, seen, steps, replay } = finding;
  const notMinimal = describeShrinking(finding);
  return [
    `severity: ${severity}`,
    `expected: ${expected}`,
    `seen: ${seen}`,
    '',
    ...steps,
    ...(notMinimal === undefined ? [] : [notMinimal]),
    '',
    replay,
  ].join('\n');
}

function skippedReason(report: RunReport): string | undefined {
  return report.verdict === 'unknown' ? describeUnknowns(report) : undefined;
}

function userFileCases({ userFile }: RunReport): readonly TestCase[] {
  if (userFile === null) return [];
  const { path, problem, readBack } = userFile;
  return [
    {
      className: 'user-file',
      name: `${path} is uploaded and read back`,
      failure: problem === null ? undefined : { type: 'user-file', message: problem },
      skipped:
        problem === null && readBack === 0
          ? 'the run was interrupted before the file was read back'
          : undefined,
    },
  ];
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
        failure:
          verdict === 'killed'
            ? undefined
            : {
                type: 'survived',
                message: `killed by ${seedsKilled} of ${countOf(seeds, 'seed')}, ${countOf(runs, 'schedule')}`,
                body: missed
                  .map(({ seed, refutation }) => `seed ${seed}: ${refutation ?? 'not found'}`)
                  .join('\n'),
              },
      }),
    ),
  });
}

export function renderGateJUnit(report: GateReport): string {
  return renderSuite({
    name: `upload-stress gate on ${report.engine}`,
    ms: report.durationMs,
    startedAt: report.startedAt,
    cases: [
      ...counterCases(report),
      ...mutantCases(report),
      ...corpusCases(report),
      ...campaignCases(report),
      ...limitCases(report),
      ...report.notDone.map((name): TestCase => ({
        className: 'not-done',
        name,
        skipped: 'not run: the budget ran out',
      })),
    ],
  });
}

function counterCases({ counters, comparison }: GateReport): readonly TestCase[] {
  const measured = counters.map(({ scenario, wallMs }): TestCase => {
    const changes = comparison.regressions
      .filter((change) => change.scenario === scenario)
      .map(describeChange);
    const [message] = changes;
    const failure =
      message === undefined ? undefined : { type: 'regression', message, body: changes.join('\n') };
    return { className: 'counters', name: scenario, ms: wallMs, failure };
  });
  const missing = comparison.gone.map((name): TestCase => ({
    className: 'counters',
    name,
    failure: { type: 'gone', message: 'the baseline contains this scenario, but it was not measured' },
  }));
  return [...measured, ...missing];
}

function mutantCases({ mutants }: GateReport): readonly TestCase[] {
  return mutants.map(({ name, killed, runs }) => ({
    className: 'mutants',
    name,
    failure: killed
      ? undefined
      : { type: 'survived', message: `the mutant survived ${countOf(runs, 'schedule')}` },
  }));
}

function corpusCases({ corpus }: GateReport): readonly TestCase[] {
  return corpus.map(({ file, problem }) => ({
    className: 'corpus',
    name: file,
    failure: problem === null ? undefined : { type: 'corpus', message: problem },
  }));
}

function campaignCases({ campaign, only, seed }: GateReport): readonly TestCase[] {
  const findings = campaign.findings.map(({ checker, rule, file }): TestCase => ({
    className: checker,
    name: rule,
    failure: { type: checker, message: file === null ? rule : `npx upload-stress replay ${file}` },
  }));
  if (!only.includes('campaign') || campaign.runs === 0) return findings;
  const name = `${formatNumber(campaign.runs)} of ${countOf(campaign.planned, 'schedule')}, profile ${campaign.profile}, seed ${seed}`;
  return [{ className: 'campaign', name }, ...findings];
}

/** The requirements on coverage and score. */
function limitCases({ coverage, score }: GateReport): readonly TestCase[] {
  return Object.entries({ coverage, score }).flatMap(([name, part]): readonly TestCase[] => {
    if (part === null) return [];
    const [message] = part.problems;
    const body = part.problems.join('\n');
    return [
      {
        className: 'limits',
        name,
        failure: message === undefined ? undefined : { type: name, message, body },
      },
    ];
  });
}
