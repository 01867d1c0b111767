/** The result of `diff` as text. */
import type { DifferentialResult } from '../../campaigns/diff/differential.js';
import type { DifferentialFinding } from '../../campaigns/diff/finding.js';
import { describeSchedule } from '../../harness/counterexamples/describe-schedule.js';
import type { ShownParts } from '../../model/operations.js';
import { countOf } from '../../reports/text/format-units.js';

type SavedFinding = DifferentialFinding & {
  /** Path of the file with the difference. */
  readonly file: string;
};

export type SavedResult = Omit<DifferentialResult, 'findings'> & {
  readonly findings: readonly SavedFinding[];
};

export function renderDifferences(result: SavedResult, shown: Pick<ShownParts, 'keys'> = {}): string {
  const { a, b, runs, findings, accepted, isInterrupted } = result;
  const counted =
    findings.length === 0 ? 'no difference' : `${countOf(findings.length, 'cause')} of differences`;
  const lines = [
    ...findings.flatMap((finding, index) => [...describeFinding(finding, index + 1, shown), '']),
    ...accepted.map(
      ({ fingerprint, reason, schedules }) =>
        `accepted, in ${countOf(schedules, 'schedule')}: ${fingerprint} (${reason})`,
    ),
    `${isInterrupted ? 'interrupted: ' : ''}${countOf(runs, 'schedule')}, ${counted} (a: ${a.name} ${a.version}, b: ${b.name} ${b.version})`,
  ];
  return `${lines.join('\n')}\n`;
}

function describeFinding(
  { difference, fingerprint, schedule, schedules, runIndex, file }: SavedFinding,
  number: number,
  shown: Pick<ShownParts, 'keys'>,
): readonly string[] {
  const { step, what, field, call, round, a, b, expected } = difference;
  const steps = schedule.steps.length;
  const places = [
    step < 0 ? 'during set-up' : step >= steps ? 'at the end' : `step ${step + 1}`,
    ...(call === undefined ? [] : [`call ${call}`]),
    ...(round === undefined ? [] : [`round ${round}`]),
  ];
  return [
    `${number}. ${fingerprint}`,
    `   in ${countOf(schedules, 'schedule')}, first in schedule ${runIndex + 1}:`,
    ...describeSchedule(schedule, shown).map((line) => `     ${line}`),
    `   ${places.join(', ')}: ${what}${field === '' ? '' : `, field ${field}`}`,
    `     a:        ${a}`,
    `     b:        ${b}`,
    `     expected: ${expected}`,
    `   Saved: ${file}`,
  ];
}
