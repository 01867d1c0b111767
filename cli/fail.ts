/** Turns an error into one line on stderr, with its details on further lines, and exit code 2. */
import { errorDetails, errorLine } from '../campaigns/error-line.js';
import { EXIT } from './exit-codes.js';

export function failWith(error: unknown): void {
  process.stderr.write(`upload-stress: ${errorLine(error)}\n`);
  for (const line of errorDetails(error)) process.stderr.write(`  ${line}\n`);
  process.exitCode = EXIT.couldNotRun;
}
