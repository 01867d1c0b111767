/** The gate on one screen: the verdict first, what to do next last. */
import { renderTable } from '../campaigns/benchmark/table.js';
import type { Colors } from './terminal.js';
import { gateVerdictOf, type Change, type GateReport } from '../reports/documents/gate-report.js';
import {
  gateHeadline,
  describeParts,
  formatPercentChange,
  describeViolations,
} from '../reports/render/gate-wording.js';

const ROWS_MAX = 8;

export function renderGate(result: GateReport, colors: Colors, next: string): string {
  const verdict = gateVerdictOf(result);
  const paint = verdict === 'held' ? colors.green : verdict === 'incomplete' ? colors.yellow : colors.red;
  const { comparison } = result;
  const lines = [
    paint(colors.bold(gateHeadline(result))),
    ...whatRan(result),
    ...cut(describeViolations(result)).map((line) => colors.red(line)),
    ...changes('more than the baseline', comparison.regressions),
    ...cut(comparison.gone.map((name) => `gone: "${name}" is in the baseline and is not measured any more`)),
    ...changes('more, within the tolerance', comparison.tolerated),
    ...changes('less than the baseline', comparison.improvements),
    ...cut(comparison.added.map((name) => `new: "${name}" is not in the baseline`)),
    ...cut(
      comparison.slower.map(
        ({ scenario, oldMs, newMs }) =>
          `slower on this machine (advice): ${scenario}, ${newMs} ms after ${oldMs} ms`,
      ),
    ),
    ...cut(result.notDone.map((what) => colors.yellow(`not done: ${what}`))),
    '',
    next,
  ];
  return `${lines.join('\n')}\n`;
}

function whatRan(result: GateReport): string[] {
  const lines = describeParts(result);
  const width = 'campaign'.length + 3;
  return [
    ...result.only.map((part) => `${part.padEnd(width)}${lines[part]}`),
    `${' '.repeat(width)}${result.canister.file} on ${result.engine}, ${(result.durationMs / 1_000).toFixed(1)} s`,
  ];
}

function changes(title: string, list: readonly Change[]): string[] {
  if (list.length === 0) return [];
  const rows = list
    .slice(0, ROWS_MAX)
    .map((each) => [
      `${each.scenario}/${each.counter}`,
      `${each.old}`,
      `${each.new}`,
      formatPercentChange(each),
    ]);
  const hidden = list.length - rows.length;
  return [
    '',
    ...renderTable([title, 'old', 'new', 'percent'], rows),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
  ];
}

function cut(lines: readonly string[]): string[] {
  const hidden = lines.length - ROWS_MAX;
  return hidden > 0 ? [...lines.slice(0, ROWS_MAX), `… and ${hidden} more`] : [...lines];
}

/** The last line. */
export function nextStep(result: GateReport, { baselinePath, page }: NextOptions): string {
  const [finding] = result.campaign.findings;
  switch (gateVerdictOf(result)) {
    case 'violated':
      if (finding?.file != null) return `Repeat it: upload-stress replay ${finding.file}`;
      return result.mutants.some(({ killed }) => !killed)
        ? 'Look closer: upload-stress mutants --profile quick --no-baseline'
        : `Repeat it: upload-stress replay ${result.corpus.find(({ problem }) => problem !== null)?.file}`;
    case 'regression':
      return `If it is meant: upload-stress gate --baseline ${baselinePath} --update, and let a reviewer read the diff.`;
    case 'interrupted':
    case 'incomplete':
      return 'Run it again, with a longer --budget or in parts with --shard.';
    case 'held':
      return result.comparison.improvements.length + result.comparison.added.length > 0
        ? `Keep it: upload-stress gate --baseline ${baselinePath} --update writes the new figures.`
        : page === undefined
          ? 'No report was written.'
          : `The page is ${page}.`;
  }
}

export interface NextOptions {
  readonly baselinePath: string;
  /** Undefined if nothing could be saved. */
  readonly page: string | undefined;
}
