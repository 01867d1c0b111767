/** The result of a run as Markdown, for a pull request or the job summary of a CI service. */
import type { Finding, RunReport } from '../documents/run-report.js';
import { formatRate } from '../text/format-units.js';
import { codeBlock, escapeMarkdown, inlineCode, inlineCodeCell } from './markdown.js';
import {
  CONFIRMED,
  describeAccepted,
  describeConfirmation,
  describeGuidance,
  describeNotSeen,
  describeShrinking,
  describeTried,
  describeRelations,
  describeUnknowns,
  describeUserFile,
  runHeadline,
  describeWorkers,
} from './run-wording.js';

export function renderRunMarkdown(report: RunReport): string {
  const { profile, seed, target, wasm, replicas, userFile } = report;
  const fault = wasm.fault === null ? '' : ` with fault ${inlineCode(wasm.fault)}`;
  const on = replicas.map(({ name, version }) => inlineCode(`${name} ${version}`)).join(' and ');
  const unknowns = describeUnknowns(report);
  const guidance = describeGuidance(report);
  const lines = [
    `# Upload stress: ${runHeadline(report)}`,
    '',
    `${describeTried(report)}.`,
    '',
    `Profile ${inlineCode(profile)}, seed ${inlineCode(String(seed))}, target ${inlineCode(target)}, ` +
      `wasm ${inlineCode(wasm.sha256.slice(0, 12))}${fault}, on ${on}.`,
    '',
    '| | |',
    '|---|---|',
    `| schedules per second | ${formatRate(report.schedulesPerSecond)}${describeWorkers(report)} |`,
    ...(guidance === undefined ? [] : [`| guidance | ${guidance} |`]),
    `| runs executed twice and compared | ${report.determinismChecks} |`,
    `| relations | ${inlineCodeCell(describeRelations(report))} |`,
    `| runs without a verdict | ${unknowns === undefined ? '0' : inlineCodeCell(unknowns)} |`,
    `| confirmation | ${inlineCodeCell(describeConfirmation(report))} |`,
    ...(userFile === null ? [] : [`| your file | ${inlineCodeCell(describeUserFile(userFile))} |`]),
    '',
    ...report.accepted.map((finding) => `- ${inlineCode(describeAccepted(finding))}`),
    ...report.acceptedNotSeen.map((deviation) => `- ${inlineCode(describeNotSeen(deviation))}`),
    '',
    ...report.counterexamples.flatMap(renderFinding),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function renderFinding(finding: Finding, index: number): string[] {
  const notMinimal = describeShrinking(finding);
  return [
    `## ${index + 1}. ${escapeMarkdown(finding.rule)}`,
    '',
    `Severity: ${finding.severity}. Checker ${inlineCode(finding.checker)}, found in run ${finding.runIndex}, shrunk from ${finding.stepsBefore} to ${finding.schedule.steps.length} steps.`,
    '',
    `- expected: ${inlineCode(finding.expected)}`,
    `- seen: ${inlineCode(finding.seen)}`,
    ...(finding.fingerprint === '' ? [] : [`- fingerprint: ${inlineCode(finding.fingerprint)}`]),
    ...(notMinimal === undefined ? [] : [`- ${notMinimal}`]),
    ...(finding.confirmed === null ? [] : [`- confirming replica: ${CONFIRMED[finding.confirmed]}`]),
    '',
    ...codeBlock(finding.steps),
    '',
    ...(finding.replay === '' ? [] : [`Replay it with ${inlineCode(finding.replay)}.`, '']),
  ];
}
