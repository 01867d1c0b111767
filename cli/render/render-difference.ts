/** The result of `diff` as text. */
import type { ShownParts } from '../../model/operations.js';
import type { DifferentialResult } from '../../campaigns/diff/differential.js';
import { describeSchedule } from '../../harness/counterexamples/describe-schedule.js';

/** @param file path of the saved difference */
export function renderDifference(
  result: DifferentialResult,
  file: string | undefined,
  shown: Pick<ShownParts, 'keys'> = {},
): string {
  const { a, b, runs, finding, isInterrupted } = result;
  const replicas = `a: ${a.name} ${a.version}, b: ${b.name} ${b.version}`;
  const schedules = `${runs} ${runs === 1 ? 'schedule' : 'schedules'}`;
  if (finding === undefined)
    return `${isInterrupted ? 'interrupted: ' : ''}${schedules}, no difference (${replicas})\n`;
  const { aspect, step, what, expected } = finding.difference;
  const last = finding.schedule.steps.length;
  const where = step < 0 ? 'during set-up' : step >= last ? 'at the end' : `at step ${step + 1}`;
  const lines = [
    `a difference in schedule ${finding.runIndex + 1} (${replicas})`,
    ...describeSchedule(finding.schedule, shown).map((line) => `  ${line}`),
    `${aspect}, ${where}: ${what}`,
    `  a:        ${finding.difference.a}`,
    `  b:        ${finding.difference.b}`,
    `  expected: ${expected}`,
    '',
    `Saved: ${file ?? ''}`,
  ];
  return `${lines.join('\n')}\n`;
}
