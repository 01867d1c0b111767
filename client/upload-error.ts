/** The error of a failed upload: lane, step, reject or canister error, session, and log lines. */
import type { CallReject } from './connection.js';
import { printable } from './printable.js';
import type { Lane } from './progress.js';
import type { AssetKind, CanisterError, UploadStatus } from './types.js';

export type UploadStep =
  | 'config'
  | 'capsule'
  | 'begin'
  | 'status'
  | 'resume'
  | 'read'
  | 'put'
  | 'finish'
  | 'verify'
  | 'process'
  | 'finalize';

/**
 * The reason of a failure.
 * - `stopped`: the signal was aborted. The session remains and can be resumed.
 * - `unreachable`: no attempt got an answer.
 * - `rejected`: the IC rejected the call, or the canister trapped.
 * - `refused`: the request was not accepted (HTTP 4xx).
 * - `canister-error`: the method returned `Err`.
 * - `limit`: the file or the chunk size exceeds a limit of the canister or the network.
 * - `file-changed`, `file-unreadable`: the file changed during the upload, or could not be read.
 * - `session-lost`, `session-cancelled`, `session-paused`: the session expired, or another client aborted or paused it.
 * - `checksum`: the canister holds other bytes than the file.
 * - `unverified`: the bytes that were read back differ from those that were sent.
 * - `not-an-image`: the file has no derivatives; `cause` is the `DerivativeError`.
 * - `internal`: an unexpected exception; `cause` holds it.
 */
export type UploadFailureReason =
  | 'stopped'
  | 'unreachable'
  | 'rejected'
  | 'refused'
  | 'canister-error'
  | 'limit'
  | 'file-changed'
  | 'file-unreadable'
  | 'session-lost'
  | 'session-cancelled'
  | 'session-paused'
  | 'checksum'
  | 'unverified'
  | 'not-an-image'
  | 'internal';

export interface UploadFailure {
  readonly lane: Lane | null;
  readonly asset: AssetKind | null;
  readonly name: string;
  readonly step: UploadStep;
  readonly reason: UploadFailureReason;
  /** A description in one line. */
  readonly detail: string;
  readonly method?: string | null;
  readonly chunk?: number | null;
  readonly reject?: CallReject | null;
  readonly canisterError?: CanisterError | null;
  /** The session after the failure, or `null` if there was none or the canister did not answer. */
  readonly session?: UploadStatus | null;
  /** The id of the session, even if its status is unknown. */
  readonly sessionId?: bigint | null;
  /** The canister's log lines. If they are `null`, `logsNote` may say why. */
  readonly logs?: readonly string[] | null;
  readonly logsNote?: string | null;
  readonly cause?: unknown;
}

/** The number of log lines in a report. */
const LOG_LINES_MAX = 20;

export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly failure: UploadFailure;

  constructor(failure: UploadFailure) {
    super(headline(failure), failure.cause === undefined ? undefined : { cause: failure.cause });
    this.failure = failure;
  }

  get reason(): UploadFailureReason {
    return this.failure.reason;
  }

  get lane(): Lane | null {
    return this.failure.lane;
  }

  get step(): UploadStep {
    return this.failure.step;
  }

  /** Returns a report of several lines with all known facts. */
  report(): string {
    const { failure } = this;
    const lines = [printable(this.message)];
    const row = (label: string, text: string): number => lines.push(`  ${label.padEnd(9)}${printable(text)}`);
    if (failure.method) row('call', failure.method);
    if (failure.reject) {
      const { code, errorCode, text } = failure.reject;
      row('reject', `code ${code}${errorCode === null ? '' : ` ${errorCode}`}: ${text}`);
    }
    if (failure.canisterError) row('answer', formatCanisterError(failure.canisterError));
    if (failure.session) {
      row('session', formatSession(failure.session));
      if (failure.session.missing.length > 0) row('missing', formatMissing(failure.session));
    } else if (failure.sessionId !== undefined && failure.sessionId !== null) {
      row('session', `${failure.sessionId}, its status is unknown`);
    }
    for (const line of failure.logs?.slice(-LOG_LINES_MAX) ?? []) row('log', line);
    if (failure.logsNote) row('log', failure.logsNote);
    return lines.join('\n');
  }

  override toString(): string {
    return this.report();
  }
}

function headline(failure: UploadFailure): string {
  const lane = failure.lane === null ? '' : `lane ${failure.lane}, `;
  const asset = failure.asset === null ? '' : ` (${failure.asset})`;
  const chunk = failure.chunk === undefined || failure.chunk === null ? '' : ` of chunk ${failure.chunk}`;
  return `${failure.name}${asset}: ${lane}${failure.step}${chunk} failed: ${failure.reason}: ${failure.detail}`;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Formats a canister error in one line, such as `Conflict: key in use` or `ChecksumMismatch: expected 00…, computed ff…`. */
export function formatCanisterError(error: CanisterError): string {
  if ('text' in error) return `${error.kind}: ${error.text}`;
  if (error.kind !== 'ChecksumMismatch') return error.kind;
  return `ChecksumMismatch: expected ${hex(error.expected)}, computed ${hex(error.computed)}`;
}

function formatSession(status: UploadStatus): string {
  const expires = new Date(Number(status.expiresAt / 1_000_000n));
  const until = Number.isNaN(expires.getTime()) ? 'never' : expires.toISOString();
  return (
    `${status.sessionId} ${status.state}, ${status.chunksReceived} of ${status.expectedChunks} chunks ` +
    `(${status.bytesReceived} of ${status.bytesExpected} B), expires ${until}`
  );
}

/** Formats the first ranges of missing chunks, such as `0, 3-7, 12`. */
function formatMissing(status: UploadStatus): string {
  const shown = status.missing.slice(0, 10).map(({ start, end }) => {
    return end - start === 1 ? `${start}` : `${start}-${end - 1}`;
  });
  return shown.join(', ') + (status.missing.length > 10 ? ', …' : '');
}
