/** Turns an error into one line on stderr and exit code 2. */
import { errorLine } from '../campaigns/error-line.js';
import { EXIT } from './exit-codes.js';

export function failWith(error: unknown): void {
  process.stderr.write(`upload-stress: ${errorLine(error)}\n`);
  process.exitCode = EXIT.couldNotRun;
}
