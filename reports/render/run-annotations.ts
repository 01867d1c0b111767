/**
 * What a CI service shows beside a pull request: annotations as workflow commands on a stream that it reads, and the run as a page of
 * its step summary. Only where the service says by its variables that it is there.
 */
import { appendFileSync } from 'node:fs';
import { renderRunMarkdown, describeUserFile, runHeadline } from './run-markdown.js';
import type { RunReport } from '../documents/run-report.js';
import { clip, visible } from '../text/visible-text.js';

/** The service shows ten errors of a step; the rest would only be in its log, which has the summary already. */
const ANNOTATIONS_MAX = 10;
const MESSAGE_CHARACTERS_MAX = 2_000;
/** The service refuses a step's summary beyond 1 MiB, all of it. */
const SUMMARY_BYTES_MAX = 1024 * 1024;

export interface RunAnnotationTargets {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The service reads stdout and stderr alike: stderr where stdout is a document. */
  readonly stream: { write(text: string): unknown };
}

/** Returns why the step summary could not be written, one line; undefined if all is well or nothing is asked for. */
export function emitRunAnnotations(
  report: RunReport,
  { env, stream }: RunAnnotationTargets,
): string | undefined {
  if (env['GITHUB_ACTIONS'] !== 'true') return undefined;
  const lines = runAnnotations(report);
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '') return undefined;
  try {
    appendFileSync(file, stepSummary(report));
    return undefined;
  } catch (error) {
    return `the step summary cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function runAnnotations(report: RunReport): string[] {
  const lines = report.counterexamples.slice(0, ANNOTATIONS_MAX).map((finding) =>
    annotation('error', {
      file: finding.file,
      title: finding.rule,
      message: [
        `expected: ${finding.expected}`,
        `seen: ${finding.seen}`,
        ...(finding.replay === '' ? [] : [`repeat it: ${finding.replay}`]),
      ].join('\n'),
    }),
  );
  const { userFile } = report;
  if (userFile !== null && userFile.problem !== null) {
    const message = describeUserFile(userFile);
    lines.push(annotation('error', { file: null, title: 'the file did not come through', message }));
  }
  if (report.verdict === 'unknown') {
    const message = `${report.unknowns} runs could not be judged: ${report.unknownReason ?? 'no reason is known'}`;
    lines.push(annotation('warning', { file: null, title: runHeadline(report), message }));
  }
  return lines;
}

interface Annotation {
  readonly file: string | null;
  readonly title: string;
  readonly message: string;
}

function annotation(level: 'error' | 'warning', { file, title, message }: Annotation): string {
  const properties = [
    ...(file === null ? [] : [`file=${property(file)}`]),
    `title=${property(clip(`upload-stress: ${title}`, 200))}`,
  ];
  return `::${level} ${properties.join(',')}::${data(clip(message, MESSAGE_CHARACTERS_MAX))}`;
}

/** The escapes of workflow commands; anything else unseen is made visible first. */
function data(text: string) {
  return visible(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function stepSummary(report: RunReport): string {
  const text = `${renderRunMarkdown(report)}\n`;
  if (Buffer.byteLength(text) <= SUMMARY_BYTES_MAX) return text;
  return `# Upload stress: ${runHeadline(report)}\n\nThe report is too long for this page; it is in summary.md.\n`;
}
