/** The result and the progress of `explore` in plain text. */
import type { ExploreMessage } from '../../campaigns/explore/job.js';
import type { ExploredFinding, ExploreReport } from '../../reports/documents/explore-report.js';
import { CONFIRMED_ORDER, exploreHeadline, exploreTried } from '../../reports/render/explore-markdown.js';
import { countOf, formatNumber, formatSeconds } from '../../reports/text/format-units.js';
import { visibleLine } from '../../reports/text/visible-text.js';
import type { Colors } from '../terminal/terminal.js';

/** Steps of each branch that are shown. */
const BRANCH_STEPS_MAX = 12;

export function exploreProgress(
  { coverage, elapsedMs, index, of }: Extract<ExploreMessage, { type: 'progress' }>,
  budgetMs: number | undefined,
): string {
  const { orders, states, executed, depth, failing } = coverage;
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? `${formatNumber(Math.round(executed / seconds))} orders/s` : '';
  return [
    ...(of > 1 ? [`workload ${index + 1} of ${of}`] : []),
    countOf(orders, 'order'),
    ...(states > 0 ? [countOf(states, 'state')] : []),
    `depth ${depth}`,
    rate,
    budgetMs === undefined
      ? formatSeconds(elapsedMs)
      : `${formatSeconds(elapsedMs)} of ${formatSeconds(budgetMs)}`,
    ...(failing > 0 ? [countOf(failing, 'failing order')] : []),
  ].join(' | ');
}

export function renderExplore(report: ExploreReport, colors: Colors): string {
  const { findings, verdict, seconds } = report;
  const lines = findings.flatMap((finding, index) => [...findingLines(finding, index, colors), '']);
  const paint = verdict === 'valid' ? colors.green : verdict === 'invalid' ? colors.red : colors.yellow;
  return `${[...lines, paint(exploreHeadline(report)), `${exploreTried(report)} (${formatSeconds(seconds * 1000)})`].join('\n')}\n`;
}

function findingLines(finding: ExploredFinding, index: number, colors: Colors): readonly string[] {
  const { rule, expected, seen, steps, choice, replay, severity, isMinimal, confirmed } = finding;
  return [
    colors.bold(colors.red(`finding ${index + 1}: ${visibleLine(rule)} (${severity})`)),
    `  expected: ${visibleLine(expected)}`,
    `  seen:     ${visibleLine(seen)}`,
    ...steps.map((step) => `    ${visibleLine(step)}`),
    ...(isMinimal ? [] : ['  not minimal: the time for shrinking ran out']),
    ...(choice === null
      ? ['  every other order of these steps that was tried fails, too']
      : choiceLines(choice, colors)),
    ...(confirmed === null ? [] : [`  confirming replica: ${CONFIRMED_ORDER[confirmed]}`]),
    ...(replay === '' ? [] : [colors.dim(`  ${replay}`)]),
  ];
}

function choiceLines(
  { before, failing, passing }: NonNullable<ExploredFinding['choice']>,
  colors: Colors,
): readonly string[] {
  const branch = (steps: readonly string[]) =>
    steps
      .slice(0, BRANCH_STEPS_MAX)
      .map((step, index) => `      ${before.length + index + 1}  ${visibleLine(step)}`);
  const place = before.length === 0 ? 'at the start' : `after ${countOf(before.length, 'step')}`;
  return [
    `  the choice that makes the difference, ${place}:`,
    colors.red('    fails'),
    ...branch(failing),
    colors.green('    passes'),
    ...branch(passing),
  ];
}
