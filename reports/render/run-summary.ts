/** The result of a run on one terminal screen. The last line names the next step. */
import { join } from 'node:path';
import pc from 'picocolors';
import type { Finding, RunReport } from '../documents/run-report.js';
import { countOf, formatNumber, formatRate, formatSeconds } from '../text/format-units.js';
import { visibleLine } from '../text/visible-text.js';
import {
  CONFIRMED,
  describeAccepted,
  describeConfirmation,
  describeGuidance,
  describeNotSeen,
  describeOperations,
  describeReplicas,
  describeShrinking,
  describeStates,
  describeUnknowns,
  describeUserFile,
  operationsTotal,
  runHeadline,
  describeWorkers,
} from './run-wording.js';

export interface SummaryOptions {
  readonly color: boolean;
  /** The folder of the reports, as the user would type it; `undefined` if no report was written. */
  readonly folder: string | undefined;
  /** Lines about coverage, if it was measured. */
  readonly coverage?: readonly string[];
}

/** A shrunk schedule has fewer steps. The rest of one that was not shrunk is in its file. */
const STEPS_SHOWN_MAX = 14;

export function renderRunSummary(
  report: RunReport,
  { color, folder, coverage = [] }: SummaryOptions,
): string {
  const colors = pc.createColors(color);
  const tone = report.runs === 0 && report.verdict === 'valid' ? 'unknown' : report.verdict;
  const paint = { valid: colors.green, invalid: colors.red, unknown: colors.yellow }[tone];
  const states = describeStates(report);
  const unknowns = describeUnknowns(report);
  const guidance = describeGuidance(report);
  const lines = [
    paint(colors.bold(runHeadline(report))),
    `${countOf(report.runs, 'schedule')} in ${formatSeconds(report.durationMs)} (${formatRate(report.schedulesPerSecond)}/s${describeWorkers(report)}) on ${describeReplicas(report)}, seed ${report.seed}`,
    `${formatNumber(operationsTotal(report))} operations: ${describeOperations(report)}`,
    ...(guidance === undefined ? [] : [`guidance: ${guidance}`]),
    ...(states === undefined ? [] : [`${states} reached`]),
    ...(report.userFile === null ? [] : [`your file: ${visibleLine(describeUserFile(report.userFile))}`]),
    ...(report.userFile?.calls ?? []).map((line) => `  ${visibleLine(line)}`),
    `confirmation: ${visibleLine(describeConfirmation(report))}`,
    ...(unknowns === undefined ? [] : [visibleLine(unknowns)]),
    ...report.accepted.map((finding) => visibleLine(describeAccepted(finding))),
    ...report.acceptedNotSeen.map((deviation) => colors.yellow(visibleLine(describeNotSeen(deviation)))),
    ...report.counterexamples.flatMap((finding) => renderFinding(finding, colors)),
    ...(coverage.length === 0 ? [] : ['', ...coverage]),
    '',
    nextStep(report, folder),
  ];
  return `${lines.join('\n')}\n`;
}

function renderFinding(finding: Finding, colors: ReturnType<typeof pc.createColors>): string[] {
  const shown = finding.steps.slice(0, STEPS_SHOWN_MAX);
  const hidden = finding.steps.length - shown.length;
  const notMinimal = describeShrinking(finding);
  return [
    '',
    colors.red(visibleLine(`${finding.severity}: ${finding.rule} (${finding.checker})`)),
    ...(finding.fingerprint === '' ? [] : [`  ${visibleLine(finding.fingerprint)}`]),
    ...shown.map((step) => `  ${visibleLine(step)}`),
    ...(hidden > 0 ? [`  … and ${hidden} more`] : []),
    ...(notMinimal === undefined ? [] : [colors.yellow(`  ${notMinimal}`)]),
    `  expected: ${visibleLine(finding.expected)}`,
    `  seen:     ${visibleLine(finding.seen)}`,
    ...(finding.confirmed === null ? [] : [`  confirming replica: ${CONFIRMED[finding.confirmed]}`]),
    ...(finding.notSaved === null ? [] : [`  not saved: ${visibleLine(finding.notSaved)}`]),
    ...(finding.replay === '' ? [] : [`  replay:   ${visibleLine(finding.replay)}`]),
  ];
}

function nextStep(report: RunReport, folder: string | undefined): string {
  if (report.interrupted)
    return `Run again: npx upload-stress run${report.guidance === null ? '' : ' --guided'} --seed ${report.seed}`;
  return folder === undefined ? 'No report was written.' : `Report: ${join(folder, 'index.html')}`;
}
