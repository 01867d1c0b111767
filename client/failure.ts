/** Converts any exception to an `UploadError` with lane, step, reject, session, and log lines. */
import type { Caller } from './caller.js';
import { StoppedError } from './caller.js';
import { CallFailure, type CallOptions, type UploadConnection } from './connection.js';
import { DerivativeError } from './derivative-error.js';
import type { Lane } from './progress.js';
import { SourceError } from './source.js';
import type { AssetKind, CanisterError, UploadStatus } from './types.js';
import {
  formatCanisterError,
  UploadError,
  type UploadFailure,
  type UploadFailureReason,
  type UploadStep,
} from './upload-error.js';

/** The failure of a step, before its place is known. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';

  readonly reason: UploadFailureReason;
  readonly method: string | null;
  readonly canisterError: CanisterError | null;

  constructor(
    reason: UploadFailureReason,
    detail: string,
    method: string | null = null,
    canisterError: CanisterError | null = null,
  ) {
    super(detail);
    this.reason = reason;
    this.method = method;
    this.canisterError = canisterError;
  }
}

/** Converts a method's `Err` to a failure of the step. */
export function refusedBy(method: string, error: CanisterError): StepFailure {
  return new StepFailure('canister-error', formatCanisterError(error), method, error);
}

/** The place of an upload: the step that is running. The code that runs a step updates it. */
export interface Where {
  readonly lane: Lane | null;
  readonly asset: AssetKind | null;
  readonly name: string;
  step: UploadStep;
  chunk: number | null;
  sessionId: bigint | null;
}

/** Time limit for the queries after a failure. They must not delay its report. */
const QUESTIONS_MAX_MS = 5_000;

/** Queries the session and the log lines, and returns the complete error. Never throws. */
export async function explain(
  error: unknown,
  where: Where,
  connection: UploadConnection,
  caller: Caller,
): Promise<UploadError> {
  if (error instanceof UploadError) return error;
  const asked = new AbortController();
  const ask = async <T>(question: (options: CallOptions) => Promise<T>): Promise<T | string> => {
    const late = caller.clock.sleep(QUESTIONS_MAX_MS, asked.signal).then(() => 'no answer');
    const answer = question({ signal: asked.signal }).catch((reason: unknown) => (reason as Error).message);
    return Promise.race([answer, late]);
  };
  const { sessionId } = where;
  const [session, logs] = await Promise.all([
    sessionId === null ? null : ask((options) => connection.status(sessionId, options)),
    isOurs(error) ? null : ask((options) => connection.logs(options)),
  ]);
  asked.abort();
  return new UploadError({
    ...where,
    ...describe(error),
    session: sessionOf(session),
    logs: Array.isArray(logs) ? logs : null,
    logsNote: typeof logs === 'string' ? `the canister's log could not be read: ${logs}` : null,
    cause: error,
  });
}

/** Returns whether the cause is on the client's side. The canister's log is not relevant then. */
function isOurs(error: unknown): boolean {
  if (error instanceof StepFailure && error.reason === 'limit') return true;
  return error instanceof SourceError || error instanceof StoppedError || error instanceof DerivativeError;
}

function sessionOf(
  answer: Awaited<ReturnType<UploadConnection['status']>> | string | null,
): UploadStatus | null {
  return answer !== null && typeof answer !== 'string' && answer.ok ? answer.value : null;
}

function describe(
  error: unknown,
): Pick<UploadFailure, 'reason' | 'detail' | 'method' | 'reject' | 'canisterError'> {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof StepFailure) {
    return { reason: error.reason, detail, method: error.method, canisterError: error.canisterError };
  }
  if (error instanceof CallFailure) {
    const reasons = { transport: 'unreachable', reject: 'rejected', refused: 'refused' } as const;
    return { reason: reasons[error.kind], detail, method: error.method, reject: error.reject };
  }
  if (error instanceof StoppedError) return { reason: 'stopped', detail: 'stopped by the caller' };
  if (error instanceof SourceError) {
    return { reason: error.reason === 'changed' ? 'file-changed' : 'file-unreadable', detail };
  }
  if (error instanceof DerivativeError) return { reason: 'not-an-image', detail };
  return { reason: 'internal', detail };
}
