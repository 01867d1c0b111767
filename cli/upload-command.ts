/** The work of `upload-stress upload`: progress on stderr, one line per file (or one JSON document) on stdout, and the exit code. */
import { checkKeyFile } from '../campaigns/subject/inputs.js';
import { ConnectError, IdentityError, uploadFiles } from '../client/index.js';
import type { FileOutcome } from '../client/upload-files.js';
import { InputError } from '../harness/input-error.js';
import { EXIT } from './exit-codes.js';
import { createTerminal } from './terminal/terminal.js';
import { outcomeLine, uploadDocument } from './render/render-upload.js';
import { UploadBars } from './terminal/upload-bars.js';

export interface UploadCommandOptions {
  readonly host: string;
  readonly canister?: string;
  readonly parallel?: number;
  readonly identity?: string;
  readonly derivatives: 'auto' | 'always' | 'never';
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** On a pipe, progress is printed this often, so that the log of a long upload stays readable. */
const PLAIN_EVERY_MS = 2_000;

/**
 * Returns the exit code: 0 if all files were uploaded and read back, 1 if one failed, 130 if interrupted.
 * @throws {InputError} if the host, the canister, the key, or a file is unusable
 */
export async function runUploadCommand(
  files: readonly string[],
  options: UploadCommandOptions,
): Promise<number> {
  const { host, canister, parallel, identity, derivatives, json = false, quiet = false, color } = options;
  if (identity !== undefined) checkKeyFile(identity);
  const terminal = createTerminal({ color, quiet, plainEveryMs: PLAIN_EVERY_MS });
  const bars = new UploadBars(terminal);
  const outcomes: FileOutcome[] = [];
  const stop = new AbortController();
  const interrupt = (): void => {
    // The second Ctrl-C ends the process at once.
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    stop.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    await uploadFiles({
      files,
      host,
      derivatives,
      signal: stop.signal,
      ...(canister !== undefined && { canister }),
      ...(parallel !== undefined && { parallel }),
      ...(identity !== undefined && { identity }),
      onProgress: (progress) => bars.show(progress),
      onOutcome: (outcome) => {
        bars.end();
        outcomes.push(outcome);
        if (outcome.kind === 'failed') terminal.line(terminal.colors.red(outcome.error.report()));
        else if (!json) process.stdout.write(`${outcomeLine(outcome)}\n`);
      },
    });
  } catch (error) {
    const isInput = error instanceof ConnectError || error instanceof IdentityError;
    // Ctrl-C while connecting is not an input error.
    if (!(isInput && stop.signal.aborted)) throw isInput ? new InputError(error.message) : error;
  } finally {
    bars.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  const interrupted = stop.signal.aborted;
  if (interrupted)
    terminal.line(
      'interrupted: the canister keeps the uploaded chunks; run the same command again to resume',
    );
  if (json) process.stdout.write(`${JSON.stringify(uploadDocument(outcomes, interrupted), null, 2)}\n`);
  if (interrupted) return EXIT.interrupted;
  return outcomes.some(({ kind }) => kind === 'failed') ? EXIT.violated : EXIT.ok;
}
