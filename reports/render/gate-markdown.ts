/** A gate as a Markdown page: what the step summary of a CI service shows. */
import type { Change, GateReport } from '../documents/gate-report.js';
import { gateHeadline, describeParts, formatPercentChange, describeViolations } from './gate-wording.js';
import { inlineCode, markdownTable } from './run-markdown.js';

const ROWS_MAX = 100;

export function renderGateMarkdown(report: GateReport): string {
  const { comparison, canister, engine, baseline, durationMs, only, notDone } = report;
  const words = describeParts(report);
  const lines = [
    `# Upload stress: ${gateHeadline(report)}`,
    '',
    `${inlineCode(canister.file)} (${inlineCode(canister.sha256.slice(0, 12))}) on ${inlineCode(engine)}, ${(durationMs / 1_000).toFixed(1)} s` +
      `${baseline === null ? '' : `, against ${inlineCode(baseline.file)}`}.`,
    '',
    ...markdownTable(
      ['part', 'result'],
      only.map((part) => [part, words[part]]),
    ),
    '',
    ...list('Broken', describeViolations(report)),
    ...changes('More than the baseline', comparison.regressions),
    ...list(
      'Gone',
      comparison.gone.map((name) => `${name} is in the baseline and is not measured any more`),
    ),
    ...changes('More, within the tolerance', comparison.tolerated),
    ...changes('Less than the baseline', comparison.improvements),
    ...list('New', comparison.added),
    ...list(
      'Slower on this machine (advice)',
      comparison.slower.map(({ scenario, oldMs, newMs }) => `${scenario}: ${newMs} ms after ${oldMs} ms`),
    ),
    ...list('Not done', notDone),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function list(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const hidden = items.length - ROWS_MAX;
  return [
    `## ${title}`,
    '',
    ...items.slice(0, ROWS_MAX).map((item) => `- ${inlineCode(item)}`),
    ...(hidden > 0 ? [`- and ${hidden} more`] : []),
    '',
  ];
}

function changes(title: string, all: readonly Change[]): string[] {
  if (all.length === 0) return [];
  const rows = all
    .slice(0, ROWS_MAX)
    .map((change) => [
      `${change.scenario}/${change.counter}`,
      `${change.old}`,
      `${change.new}`,
      formatPercentChange(change),
    ]);
  const hidden = all.length - rows.length;
  return [
    `## ${title}`,
    '',
    ...markdownTable(['counter', 'old', 'new', 'percent'], rows),
    ...(hidden > 0 ? ['', `And ${hidden} more.`] : []),
    '',
  ];
}
