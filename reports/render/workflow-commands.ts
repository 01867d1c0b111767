/** GitHub Actions: annotations as workflow commands, and the job summary (docs.github.com, "Workflow commands for GitHub Actions"). */
import { appendFileSync } from 'node:fs';
import { clip, visible } from '../text/visible-text.js';

/** GitHub shows ten annotations per level and step. The others would appear only in the log, which contains the summary already. */
export const ANNOTATIONS_MAX = 10;
const TITLE_CHARACTERS_MAX = 200;
const MESSAGE_CHARACTERS_MAX = 2_000;
/** GitHub rejects a job summary that is larger than 1 MiB as a whole. */
const SUMMARY_BYTES_MAX = 1024 * 1024;

export interface WorkflowOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** GitHub reads commands from stdout and stderr. Pass stderr if stdout carries a document. */
  readonly stream: { write(text: string): unknown };
}

export interface WorkflowOutput {
  readonly annotations: readonly string[];
  /** Markdown. */
  readonly summary: string;
  /** Replaces a summary that is too large. */
  readonly shortSummary: string;
}

/**
 * Writes annotations and the job summary. Does nothing outside of GitHub Actions.
 * Returns why the summary could not be written, in one line; `undefined` on success.
 */
export function emitToWorkflow(
  { annotations, summary, shortSummary }: WorkflowOutput,
  { env, stream }: WorkflowOptions,
): string | undefined {
  if (env['GITHUB_ACTIONS'] !== 'true') return undefined;
  if (annotations.length > 0) stream.write(`${annotations.join('\n')}\n`);
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '') return undefined;
  const text = Buffer.byteLength(summary) < SUMMARY_BYTES_MAX ? summary : shortSummary;
  try {
    appendFileSync(file, `${text}\n`);
    return undefined;
  } catch (error) {
    return `cannot write the job summary: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly file?: string | null;
  readonly title: string;
  readonly message: string;
}

/** One line. */
export function workflowCommand({ level, file = null, title, message }: Annotation): string {
  const properties = [
    ...(file === null ? [] : [`file=${escapeProperty(file)}`]),
    `title=${escapeProperty(clip(`upload-stress: ${title}`, TITLE_CHARACTERS_MAX))}`,
  ];
  return `::${level} ${properties.join(',')}::${escapeData(clip(message, MESSAGE_CHARACTERS_MAX))}`;
}

function escapeData(text: string): string {
  return visible(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
