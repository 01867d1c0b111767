/** The result of a gate as Markdown, for the job summary of a CI service. */
import type { Change, GateReport } from '../documents/gate-report.js';
import { formatSeconds } from '../text/format-units.js';
import {
  COMPARISON_TITLES,
  describeParts,
  describeSlower,
  describeUntested,
  describeViolations,
  changeCells,
  gateHeadline,
  UNTESTED_TITLE,
} from './gate-wording.js';
import { inlineCode, markdownTable } from './markdown.js';

const ROWS_MAX = 100;

export function renderGateMarkdown(report: GateReport): string {
  const { comparison, canister, engine, baseline, durationMs, only, notDone } = report;
  const parts = describeParts(report);
  const lines = [
    `# Upload stress: ${gateHeadline(report)}`,
    '',
    `${inlineCode(canister.file)} (${inlineCode(canister.sha256.slice(0, 12))}) on ${inlineCode(engine)}, ${formatSeconds(durationMs)}` +
      `${baseline === null ? '' : `, compared with ${inlineCode(baseline.file)}`}.`,
    '',
    ...markdownTable(
      ['part', 'result'],
      only.map((part) => [part, parts[part]]),
    ),
    '',
    ...list('Failures', describeViolations(report)),
    ...list(UNTESTED_TITLE, describeUntested(report)),
    ...changeTable(COMPARISON_TITLES.regressions, comparison.regressions),
    ...list(COMPARISON_TITLES.gone, comparison.gone),
    ...changeTable(COMPARISON_TITLES.tolerated, comparison.tolerated),
    ...changeTable(COMPARISON_TITLES.improvements, comparison.improvements),
    ...list(COMPARISON_TITLES.added, comparison.added),
    ...list(COMPARISON_TITLES.slower, comparison.slower.map(describeSlower)),
    ...list('Not run', notDone),
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

function changeTable(title: string, changes: readonly Change[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.slice(0, ROWS_MAX).map(changeCells);
  const hidden = changes.length - rows.length;
  return [
    `## ${title}`,
    '',
    ...markdownTable(['counter', 'old', 'new', 'change'], rows),
    ...(hidden > 0 ? ['', `And ${hidden} more.`] : []),
    '',
  ];
}
