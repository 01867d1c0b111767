/** The result of `gate` on one screen: the verdict first, the next step last. */
import { gateVerdictOf, type Change, type GateReport } from '../../reports/documents/gate-report.js';
import {
  describeParts,
  describeUntested,
  describeViolations,
  changeCells,
  gateHeadline,
} from '../../reports/render/gate-wording.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { Colors } from '../terminal/terminal.js';
import { renderTable } from './table.js';

const ROWS_MAX = 8;

export function renderGate(report: GateReport, colors: Colors, next: string): string {
  const verdict = gateVerdictOf(report);
  const paint = verdict === 'held' ? colors.green : verdict === 'incomplete' ? colors.yellow : colors.red;
  const { regressions, tolerated, improvements, added, gone, slower } = report.comparison;
  const lines = [
    paint(colors.bold(gateHeadline(report))),
    ...partLines(report),
    ...firstOf(describeViolations(report)).map((line) => colors.red(line)),
    ...firstOf(describeUntested(report)).map((line) => colors.red(visibleLine(line))),
    ...changeTable('above the baseline', regressions),
    ...firstOf(gone.map((name) => `gone: "${name}" is in the baseline but no longer measured`)),
    ...changeTable('above the baseline, within the tolerance', tolerated),
    ...changeTable('below the baseline', improvements),
    ...firstOf(added.map((name) => `new: "${name}" is not in the baseline`)),
    ...firstOf(
      slower.map(
        ({ scenario, oldMs, newMs }) =>
          `slower on this machine (for information): ${scenario}, ${newMs} ms instead of ${oldMs} ms`,
      ),
    ),
    ...firstOf(report.notDone.map((what) => colors.yellow(`not done: ${what}`))),
    '',
    next,
  ];
  return `${lines.join('\n')}\n`;
}

function partLines(report: GateReport): string[] {
  const parts = describeParts(report);
  const width = 'campaign'.length + 3;
  const seconds = (report.durationMs / 1_000).toFixed(1);
  return [
    ...report.only.map((part) => `${part.padEnd(width)}${parts[part]}`),
    `${' '.repeat(width)}${report.canister.file} on ${report.engine}, ${seconds} s`,
  ];
}

function changeTable(title: string, changes: readonly Change[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.slice(0, ROWS_MAX).map(changeCells);
  const hidden = changes.length - rows.length;
  return [
    '',
    ...renderTable([title, 'old', 'new', 'percent'], rows),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
  ];
}

function firstOf(lines: readonly string[]): string[] {
  const hidden = lines.length - ROWS_MAX;
  return hidden > 0 ? [...lines.slice(0, ROWS_MAX), `… and ${hidden} more`] : [...lines];
}

export interface NextOptions {
  readonly baselinePath: string;
  /** Path of the page; undefined if nothing could be saved. */
  readonly page: string | undefined;
}

/** The last line: what the user can do next. */
export function nextStep(report: GateReport, { baselinePath, page }: NextOptions): string {
  const { improvements, added } = report.comparison;
  switch (gateVerdictOf(report)) {
    case 'violated':
      return stepAfterViolation(report);
    case 'regression':
      return `If this is intended: npx upload-stress gate --baseline ${baselinePath} --update. A reviewer then reads the diff.`;
    case 'untested':
      return stepAfterUntested(report, page);
    case 'interrupted':
    case 'incomplete':
      return 'Run it again, with a longer --budget or in shards with --shard.';
    case 'held':
      if (improvements.length + added.length > 0)
        return `To keep the new counters: npx upload-stress gate --baseline ${baselinePath} --update`;
      return page === undefined ? 'No report was written.' : `Open ${page}`;
  }
}

function stepAfterUntested(
  { campaign: { neverSucceeded }, score }: GateReport,
  page: string | undefined,
): string {
  if (neverSucceeded.length > 0)
    return `Nothing is known about ${neverSucceeded.join(', ')}: correct the target, or run npx upload-stress run.`;
  if (score !== null && score.problems.length > 0)
    return `Look at the mutants that survive${page === undefined ? '' : ` in ${page}`}: npx upload-stress mutate`;
  return 'Look at what is not reached: npx upload-stress run --coverage';
}

function stepAfterViolation({ campaign, mutants, corpus }: GateReport): string {
  const file = campaign.findings.find((finding) => finding.file !== null)?.file;
  if (file !== undefined && file !== null) return `Repeat it: npx upload-stress replay ${file}`;
  if (mutants.some(({ killed }) => !killed))
    return 'Look closer: npx upload-stress mutants --profile quick --no-baseline';
  const failing = corpus.find(({ problem }) => problem !== null)?.file;
  return failing === undefined
    ? 'Look closer: npx upload-stress run'
    : `Repeat it: npx upload-stress replay ${failing}`;
}
