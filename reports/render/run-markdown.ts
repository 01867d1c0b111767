/** The run as a Markdown page: what a pull request or a CI summary shows. */
import { visibleLine } from '../text/visible-text.js';
import type { Finding, RunReport } from '../documents/run-report.js';

/** Longer than any run of backticks in the text, so that nothing in it ends the code. */
function fenceFor(text: string, shortest: number): string {
  const runs = [...text.matchAll(/`+/g)].map(([ticks]) => ticks.length);
  return '`'.repeat(Math.max(shortest, ...runs.map((length) => length + 1)));
}

/** As code on one line: nothing in it is markup, a link or a mention. */
export function inlineCode(text: string): string {
  const line = visibleLine(text);
  const fence = fenceFor(line, 1);
  const pad = /^\s*$|^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line === '' ? ' ' : line}${pad}${fence}`;
}

function codeBlock(lines: readonly string[]): string[] {
  const body = lines.map(visibleLine);
  const fence = fenceFor(body.join('\n'), 3);
  return [fence, ...body, fence];
}

/** In a table a bar parts cells, even within code. */
export const inlineCodeCell = (text: string) => inlineCode(text).replaceAll('|', '\\|');

/** As words of a heading. */
export const escapeMarkdown = (text: string) => visibleLine(text).replace(/[\\`*_{}[\]()<>&#|~$!@]/g, '\\$&');

export function renderRunMarkdown(report: RunReport): string {
  const lines = [
    `# Upload stress: ${runHeadline(report)}`,
    '',
    `${report.runs} schedules of profile ${inlineCode(report.profile)}, seed ${inlineCode(String(report.seed))}, target ${inlineCode(report.target)}, ` +
      `wasm ${inlineCode(report.wasm.sha256.slice(0, 12))}${report.wasm.fault === null ? '' : ` with fault ${inlineCode(report.wasm.fault)}`}, ` +
      `on ${report.replicas.map((replica) => inlineCode(`${replica.name} ${replica.version}`)).join(' and ')}.`,
    '',
    '| | |',
    '|---|---|',
    `| schedules a second | ${report.schedulesPerSecond.toFixed(0)} |`,
    `| operations | ${Object.values(report.operations).reduce((sum, n) => sum + n, 0)} |`,
    `| run twice and compared | ${report.determinismChecks} |`,
    `| not judged within budget | ${report.unknowns} |`,
    `| confirmation | ${inlineCodeCell(describeConfirmation(report))} |`,
    ...(report.userFile === null
      ? []
      : [`| your file | ${inlineCodeCell(describeUserFile(report.userFile))} |`]),
    '',
    ...report.counterexamples.flatMap(renderFinding),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

export function runHeadline(report: RunReport): string {
  const suffix = report.interrupted ? ' (interrupted)' : '';
  if (report.runs === 0 && report.counterexamples.length === 0)
    return 'interrupted before anything was judged';
  if (report.verdict === 'invalid') {
    const count = report.counterexamples.length;
    if (count === 0) return `your file did not come through${suffix}`;
    return `${count} ${count === 1 ? 'property' : 'properties'} violated${suffix}`;
  }
  return `${report.verdict === 'valid' ? 'all properties held' : 'not all runs could be judged'}${suffix}`;
}

export function describeConfirmation({ confirmation }: RunReport): string {
  if (confirmation.replica === null) return `none: ${confirmation.reason}`;
  const { name, version } = confirmation.replica;
  return `${name} ${version} agreed on ${confirmation.validAgreed} of ${confirmation.validSampled} valid schedules`;
}

export function describeUserFile(file: NonNullable<RunReport['userFile']>): string {
  if (file.problem !== null) return `${file.path} did not come through: ${file.problem}`;
  return `${file.path}, ${file.bytes} bytes, read back equal ${file.readBack} ${file.readBack === 1 ? 'time' : 'times'}`;
}

/** A table whose first column is code and whose figures stand to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(header),
    line(header.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(([first = '', ...rest]) => line([inlineCodeCell(first), ...rest.map(escapeMarkdown)])),
  ];
}

function renderFinding(finding: Finding, index: number): string[] {
  return [
    `## ${index + 1}. ${escapeMarkdown(finding.rule)}`,
    '',
    `Checker ${inlineCode(finding.checker)}, found in run ${finding.runIndex}, ${finding.stepsBefore} steps shrunk to ${finding.schedule.steps.length}.`,
    '',
    `- expected: ${inlineCode(finding.expected)}`,
    `- seen: ${inlineCode(finding.seen)}`,
    ...(finding.confirmed === null ? [] : [`- confirming replica: ${finding.confirmed}`]),
    '',
    ...codeBlock(finding.steps),
    '',
    ...(finding.replay === '' ? [] : [`Repeat it with ${inlineCode(finding.replay)}.`, '']),
  ];
}
