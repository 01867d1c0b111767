/** The one place where an error becomes a line and an exit code. */
import { InputError } from '../harness/input-error.js';
import { ReplicaError } from '../replicas/replica.js';
import { visible } from '../reports/text/visible-text.js';
import { EXIT } from './exit-codes.js';

/** One line for what a person can mend; for a defect of ours the line asks for a report, with the stack on request. */
export function errorLine(error: unknown, env = process.env): string {
  const message = error instanceof Error ? error.message : String(error);
  // A parser's message quotes the file, and a file may hold anything.
  const line = visible(message).replace(/\s*\n\s*/g, ' ');
  if (error instanceof InputError || error instanceof ReplicaError) return line;
  if (env['UPLOAD_STRESS_DEBUG'] !== undefined && error instanceof Error) return error.stack ?? message;
  return `${line} (this is a defect of upload-stress; set UPLOAD_STRESS_DEBUG=1 for the details)`;
}

export function failWith(error: unknown): void {
  process.stderr.write(`upload-stress: ${errorLine(error)}\n`);
  process.exitCode = EXIT.couldNotRun;
}
