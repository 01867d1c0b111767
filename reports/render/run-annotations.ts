/** The result of a run as annotations on a pull request, and as the job summary. */
import type { RunReport } from '../documents/run-report.js';
import { renderRunMarkdown } from './run-markdown.js';
import { describeNotSeen, describeUnknowns, describeUserFile, runHeadline } from './run-wording.js';
import {
  ANNOTATIONS_MAX,
  emitToWorkflow,
  workflowCommand,
  type WorkflowOptions,
} from './workflow-commands.js';

/** Returns why the job summary could not be written, in one line; `undefined` on success and outside of GitHub Actions. */
export function emitRunAnnotations(report: RunReport, options: WorkflowOptions): string | undefined {
  return emitToWorkflow(
    {
      annotations: runAnnotations(report),
      summary: renderRunMarkdown(report),
      shortSummary: `# Upload stress: ${runHeadline(report)}\n\nThe complete report is too large for this page. See summary.md.\n`,
    },
    options,
  );
}

/** One workflow command per line. */
export function runAnnotations(report: RunReport): string[] {
  const { counterexamples, userFile, verdict } = report;
  const lines = counterexamples
    .slice(0, ANNOTATIONS_MAX)
    .map(({ file, severity, rule, expected, seen, replay }) =>
      workflowCommand({
        level: 'error',
        file,
        title: `${severity}: ${rule}`,
        message: [
          `expected: ${expected}`,
          `seen: ${seen}`,
          ...(replay === '' ? [] : [`replay: ${replay}`]),
        ].join('\n'),
      }),
    );
  if (userFile !== null && userFile.problem !== null) {
    const message = describeUserFile(userFile);
    lines.push(workflowCommand({ level: 'error', title: 'your file was not uploaded correctly', message }));
  }
  for (const deviation of report.acceptedNotSeen)
    lines.push(
      workflowCommand({ level: 'warning', title: describeNotSeen(deviation), message: deviation.reason }),
    );
  const unknowns = describeUnknowns(report);
  if (verdict === 'unknown' && unknowns !== undefined)
    lines.push(workflowCommand({ level: 'warning', title: runHeadline(report), message: unknowns }));
  return lines;
}
