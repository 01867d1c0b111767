/** Prints the result of a command to stdout: JSON with `--json`, else text. */
import pc from 'picocolors';
import { EXIT } from './exit-codes.js';
import { wantsColor, type Colors } from './terminal/terminal.js';

export interface PrintOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

export function printResult(
  { json = false, color }: PrintOptions,
  document: unknown,
  render: (colors: Colors) => string,
): void {
  const colors = pc.createColors(wantsColor(color, process.stdout));
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : render(colors));
}

/** The exit code of a command whose reports could not be written: 2, unless it has something worse to report. */
export function exitCodeWith(code: number, writeFailure: string | undefined): number {
  return code === EXIT.ok && writeFailure !== undefined ? EXIT.couldNotRun : code;
}
