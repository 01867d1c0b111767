/** JUnit XML: one test case for the campaign and one for each finding, so that a CI service shows them by name. */
import { create } from 'xmlbuilder2';
import type { RunReport } from './run-report.js';

/** XML 1.0 has no way to write most control characters, not even escaped; they become U+FFFD. */
// eslint-disable-next-line no-control-regex
const NOT_IN_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export function xmlText(text: string): string {
  return text.toWellFormed().replace(NOT_IN_XML, '\uFFFD');
}

export function renderJUnit(report: RunReport): string {
  const seconds = (report.durationMs / 1000).toFixed(3);
  const failures = report.counterexamples.length;
  const name = `upload-stress ${report.target} on ${report.replica}`;
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    tests: failures + 1,
    failures,
    time: seconds,
  });
  const suite = root.ele('testsuite', {
    name: xmlText(name),
    tests: failures + 1,
    failures,
    errors: 0,
    skipped: report.verdict === 'unknown' ? 1 : 0,
    time: seconds,
    timestamp: report.startedAt.replace(/Z$/, ''),
  });
  const campaign = suite.ele('testcase', {
    classname: 'upload-stress.campaign',
    name: xmlText(`${report.runs} schedules, profile ${report.profile}, seed ${report.seed}`),
    time: seconds,
  });
  if (report.verdict === 'unknown')
    campaign.ele('skipped', { message: `${report.unknowns} runs could not be judged` });
  for (const finding of report.counterexamples) {
    const body = [
      `expected: ${finding.expected}`,
      `seen: ${finding.seen}`,
      '',
      ...finding.steps,
      '',
      finding.replay,
    ].join('\n');
    suite
      .ele('testcase', {
        classname: `upload-stress.${xmlText(finding.checker)}`,
        name: xmlText(finding.rule),
        time: '0',
      })
      .ele('failure', { type: xmlText(finding.checker), message: xmlText(finding.seen) })
      .txt(xmlText(body));
  }
  return `${root.end({ prettyPrint: true })}\n`;
}
