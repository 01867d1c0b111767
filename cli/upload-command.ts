/** The work of `upload-stress upload`: progress on stderr, one line per file (or one JSON document) on stdout, exit code. */
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

/** A line in a pipe every so often, so that a log of a long upload stays readable. */
const PLAIN_EVERY_MS = 2_000;

/**
 * Exit code: 0 all files are up and were read back, 1 one failed, 130 interrupted.
 * @throws {InputError} when nothing could be sent: host, canister, key or a file cannot be used
 */
export async function runUploadCommand(
  files: readonly string[],
  options: UploadCommandOptions,
): Promise<number> {
  const { host, canister, parallel, identity, derivatives, json = false, quiet = false, color } = options;
  const terminal = createTerminal({ color, quiet, plainEveryMs: PLAIN_EVERY_MS });
  const bars = new UploadBars(terminal);
  const outcomes: FileOutcome[] = [];
  const stop = new AbortController();
  const interrupt = (): void => {
    // The second Ctrl-C is the system's: it ends the process at once.
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
    // What Ctrl-C cut off while connecting is nothing to mend.
    if (!(isInput && stop.signal.aborted)) throw isInput ? new InputError(error.message) : error;
  } finally {
    bars.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
  const interrupted = stop.signal.aborted;
  if (interrupted)
    terminal.line('interrupted: what arrived stays on the canister, the same command goes on with it');
  if (json) process.stdout.write(`${JSON.stringify(uploadDocument(outcomes, interrupted), null, 2)}\n`);
  if (interrupted) return EXIT.interrupted;
  return outcomes.some(({ kind }) => kind === 'failed') ? EXIT.violated : EXIT.ok;
}
