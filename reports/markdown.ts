/** The run as a Markdown page: what a pull request or a CI summary shows. */
import type { Finding, RunReport } from './run-report.js';

const inline = (text: string) => `\`${text.replaceAll('`', 'ˋ').replace(/\s+/g, ' ')}\``;
const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');

export function renderMarkdown(report: RunReport): string {
  const lines = [
    `# Upload stress: ${verdictWords(report)}`,
    '',
    `${report.runs} schedules of profile ${inline(report.profile)}, seed ${inline(String(report.seed))}, target ${inline(report.target)}, ` +
      `wasm ${inline(report.wasm.sha256.slice(0, 12))}${report.wasm.fault === null ? '' : ` with fault ${inline(report.wasm.fault)}`}, ` +
      `on ${report.replicas.map((replica) => `${replica.name} ${replica.version}`).join(' and ')}.`,
    '',
    '| | |',
    '|---|---|',
    `| schedules a second | ${report.schedulesPerSecond.toFixed(0)} |`,
    `| operations | ${Object.values(report.operations).reduce((sum, n) => sum + n, 0)} |`,
    `| run twice and compared | ${report.determinismChecks} |`,
    `| not judged within budget | ${report.unknowns} |`,
    `| confirmation | ${cell(confirmationWords(report))} |`,
    ...(report.userFile === null ? [] : [`| your file | ${cell(userFileWords(report.userFile))} |`]),
    '',
    ...report.counterexamples.flatMap(renderFinding),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

export function verdictWords(report: RunReport): string {
  const suffix = report.interrupted ? ' (interrupted)' : '';
  if (report.verdict === 'invalid') {
    const count = report.counterexamples.length;
    if (count === 0) return `your file did not come through${suffix}`;
    return `${count} ${count === 1 ? 'property' : 'properties'} violated${suffix}`;
  }
  return `${report.verdict === 'valid' ? 'all properties held' : 'not all runs could be judged'}${suffix}`;
}

export function confirmationWords({ confirmation }: RunReport): string {
  if (confirmation.replica === null) return `none: ${confirmation.reason}`;
  const { name, version } = confirmation.replica;
  return `${name} ${version} agreed on ${confirmation.validAgreed} of ${confirmation.validSampled} valid schedules`;
}

export function userFileWords(file: NonNullable<RunReport['userFile']>): string {
  if (file.problem !== null) return `${file.path} did not come through: ${file.problem}`;
  return `${file.path}, ${file.bytes} bytes, read back equal ${file.readBack} ${file.readBack === 1 ? 'time' : 'times'}`;
}

function renderFinding(finding: Finding, index: number): string[] {
  return [
    `## ${index + 1}. ${finding.rule}`,
    '',
    `Checker ${inline(finding.checker)}, found in run ${finding.runIndex}, ${finding.stepsBefore} steps shrunk to ${finding.steps.length}.`,
    '',
    `- expected: ${finding.expected}`,
    `- seen: ${finding.seen}`,
    ...(finding.confirmed === null ? [] : [`- confirming replica: ${finding.confirmed}`]),
    '',
    '```',
    ...finding.steps,
    '```',
    '',
    `Repeat it with ${inline(finding.replay)}.`,
    '',
  ];
}
