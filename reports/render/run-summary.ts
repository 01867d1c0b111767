/** The run on one screen of a terminal. The last line says what to do next. */
import { join } from 'node:path';
import pc from 'picocolors';
import { describeConfirmation, describeUserFile, runHeadline } from './run-markdown.js';
import { visibleLine } from '../text/visible-text.js';
import type { Finding, RunReport } from '../documents/run-report.js';

export interface SummaryOptions {
  readonly color: boolean;
  /** Where the reports are, as the user would type it; undefined if they could not be written. */
  readonly folder: string | undefined;
}

/** A shrunk schedule is short; one that could not be shrunk is in its file. */
const STEPS_SHOWN_MAX = 14;

export function renderRunSummary(report: RunReport, { color, folder }: SummaryOptions): string {
  const colors = pc.createColors(color);
  const paint = { valid: colors.green, invalid: colors.red, unknown: colors.yellow }[report.verdict];
  const operations = Object.entries(report.operations).sort((a, b) => b[1] - a[1]);
  const total = operations.reduce((sum, [, count]) => sum + count, 0);
  const lines = [
    paint(colors.bold(runHeadline(report))),
    `${report.runs} schedules in ${(report.durationMs / 1000).toFixed(1)} s (${report.schedulesPerSecond.toFixed(0)}/s) on ${report.replicas.map(({ name, version }) => `${name} ${version}`).join(' and ')}, seed ${report.seed}`,
    `${total} operations: ${operations.map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    ...(report.userFile === null ? [] : [`your file: ${visibleLine(describeUserFile(report.userFile))}`]),
    `confirmation: ${visibleLine(describeConfirmation(report))}`,
    ...(report.unknowns > 0 ? [`${report.unknowns} runs could not be judged within their budget`] : []),
    ...report.counterexamples.flatMap((finding) => renderFinding(finding, colors)),
    '',
    nextStep(report, folder),
  ];
  return `${lines.join('\n')}\n`;
}

function renderFinding(finding: Finding, colors: ReturnType<typeof pc.createColors>): string[] {
  const shown = finding.steps.slice(0, STEPS_SHOWN_MAX);
  const hidden = finding.steps.length - shown.length;
  return [
    '',
    colors.red(visibleLine(`${finding.rule} (${finding.checker})`)),
    ...shown.map((step) => `  ${visibleLine(step)}`),
    ...(hidden > 0 ? [`  … and ${hidden} more`] : []),
    `  expected: ${visibleLine(finding.expected)}`,
    `  seen:     ${visibleLine(finding.seen)}`,
    ...(finding.confirmed === null ? [] : [`  on the confirming replica: ${finding.confirmed}`]),
    ...(finding.notSaved === null ? [] : [`  not saved: ${visibleLine(finding.notSaved)}`]),
  ];
}

function nextStep(report: RunReport, folder: string | undefined): string {
  const [first] = report.counterexamples;
  if (first !== undefined && first.replay !== '') return `Repeat it: ${visibleLine(first.replay)}`;
  if (report.interrupted) return `Go on with: npx upload-stress run --seed ${report.seed}`;
  return folder === undefined ? 'No report was written.' : `Next: open ${join(folder, 'index.html')}`;
}
