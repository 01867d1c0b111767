/** What is wrong, as annotations of GitHub Actions: they appear beside the change that is reviewed. */
import { appendFileSync } from 'node:fs';
import { renderGateMarkdown } from './gate-markdown.js';
import type { GateReport } from '../documents/gate-report.js';
import { describeChange, describeViolations } from './gate-wording.js';

/** The service shows ten of a step and kind; the rest is in its log. */
const ANNOTATIONS_MAX = 10;

export interface GateAnnotationTargets {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stream: { write(text: string): unknown };
  readonly baselinePath: string;
}

/** Returns why the step summary could not be written, one line; undefined if all is well or no such service is there. */
export function emitGateAnnotations(
  report: GateReport,
  { env, stream, baselinePath }: GateAnnotationTargets,
): string | undefined {
  if (env['GITHUB_ACTIONS'] !== 'true') return undefined;
  for (const line of gateAnnotations(report, baselinePath)) stream.write(`${line}\n`);
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '') return undefined;
  try {
    appendFileSync(file, `${renderGateMarkdown(report)}\n`);
    return undefined;
  } catch (error) {
    return `the step summary cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Workflow commands, one a line (docs.github.com, "Workflow commands for GitHub Actions"). */
export function gateAnnotations(result: GateReport, baselinePath: string): string[] {
  const { regressions, gone, improvements } = result.comparison;
  return [
    ...describeViolations(result)
      .slice(0, ANNOTATIONS_MAX)
      .map((text) => command('error', 'upload-stress: broken', text)),
    ...regressions
      .slice(0, ANNOTATIONS_MAX)
      .map((change) => command('error', 'upload-stress: regression', describeChange(change), baselinePath)),
    ...gone
      .slice(0, ANNOTATIONS_MAX)
      .map((name) =>
        command('error', 'upload-stress: gone', `"${name}" is not measured any more`, baselinePath),
      ),
    ...(improvements.length > 0
      ? [
          command(
            'notice',
            'upload-stress: better',
            `${improvements.length} counters are below the baseline: update it`,
            baselinePath,
          ),
        ]
      : []),
  ];
}

function command(level: 'error' | 'notice', title: string, text: string, file?: string): string {
  const where = file === undefined ? '' : `,file=${escapeProperty(file)}`;
  return `::${level} title=${escapeProperty(title)}${where}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
