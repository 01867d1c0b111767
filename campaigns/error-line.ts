/** The text that reports an error to the user. */
import { InputError } from '../harness/input-error.js';
import { ReplicaError } from '../replicas/replica.js';
import { TargetError } from '../targets/guarded-target.js';
import { visible } from '../reports/text/visible-text.js';

/** Whether the user can do something about the error. */
function isUsers(error: unknown): boolean {
  return error instanceof InputError || error instanceof ReplicaError || error instanceof TargetError;
}

/** The lines that follow the error line, if the error has any. */
export function errorDetails(error: unknown): readonly string[] {
  return error instanceof InputError ? error.details.map((line) => visible(line)) : [];
}

/** One line. An unexpected error is reported as a bug, with its stack if UPLOAD_STRESS_DEBUG is set. */
export function errorLine(error: unknown, env = process.env): string {
  const message = error instanceof Error ? error.message : String(error);
  // Parsers quote the file in their messages, and a file may contain control characters.
  const line = visible(message).replace(/\s*\n\s*/g, ' ');
  if (isUsers(error)) return line;
  if (env['UPLOAD_STRESS_DEBUG'] !== undefined && error instanceof Error) return error.stack ?? message;
  return `${line} (this is a bug in upload-stress; set UPLOAD_STRESS_DEBUG=1 to print the stack)`;
}
