/** The result of a gate as annotations on a pull request, and as the job summary. */
import type { GateReport } from '../documents/gate-report.js';
import { countOf } from '../text/format-units.js';
import { renderGateMarkdown } from './gate-markdown.js';
import { describeChange, describeUntested, describeViolations, gateHeadline } from './gate-wording.js';
import {
  ANNOTATIONS_MAX,
  emitToWorkflow,
  workflowCommand,
  type WorkflowOptions,
} from './workflow-commands.js';

export interface GateAnnotationOptions extends WorkflowOptions {
  readonly baselinePath: string;
}

/** Returns why the job summary could not be written, in one line; `undefined` on success and outside of GitHub Actions. */
export function emitGateAnnotations(report: GateReport, options: GateAnnotationOptions): string | undefined {
  return emitToWorkflow(
    {
      annotations: gateAnnotations(report, options.baselinePath),
      summary: renderGateMarkdown(report),
      shortSummary: `# Upload stress: ${gateHeadline(report)}\n\nThe complete report is too large for this page. See gate-summary.md.\n`,
    },
    options,
  );
}

/** One workflow command per line. */
export function gateAnnotations(report: GateReport, baselinePath: string): string[] {
  const { regressions, gone, improvements } = report.comparison;
  return [
    ...describeViolations(report)
      .slice(0, ANNOTATIONS_MAX)
      .map((message) => workflowCommand({ level: 'error', title: 'failure', message })),
    ...describeUntested(report)
      .slice(0, ANNOTATIONS_MAX)
      .map((message) => workflowCommand({ level: 'error', title: 'too little tested', message })),
    ...regressions.slice(0, ANNOTATIONS_MAX).map((change) =>
      workflowCommand({
        level: 'error',
        file: baselinePath,
        title: 'regression',
        message: describeChange(change),
      }),
    ),
    ...gone.slice(0, ANNOTATIONS_MAX).map((name) =>
      workflowCommand({
        level: 'error',
        file: baselinePath,
        title: 'missing scenario',
        message: `scenario "${name}" of the baseline was not measured`,
      }),
    ),
    ...(improvements.length > 0
      ? [
          workflowCommand({
            level: 'notice',
            file: baselinePath,
            title: 'improvement',
            message: `${countOf(improvements.length, 'counter')} below the baseline: run gate --update to record ${improvements.length === 1 ? 'it' : 'them'}`,
          }),
        ]
      : []),
  ];
}
