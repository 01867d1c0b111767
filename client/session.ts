/** Opens the session of an upload: a new one, or the one of an earlier attempt. */
import type { UploadContext } from './context.js';
import { refusedBy, StepFailure } from './failure.js';
import { idempotencyKey } from './idempotency.js';
import type { ByteSource } from './source.js';
import type { AssetMetadata, UploadStatus } from './types.js';

/**
 * The session cannot be used, but a new one may work.
 * - `spent`: the session is Completed, and its blob was deleted or has other bytes.
 * - `lost`: the session expired, or its record was removed.
 * - `mismatch`: an earlier attempt stored other bytes than the file has now.
 */
export class SessionGone extends Error {
  override readonly name = 'SessionGone';

  readonly kind: 'spent' | 'lost' | 'mismatch';

  constructor(kind: 'spent' | 'lost' | 'mismatch', detail: string) {
    super(detail);
    this.kind = kind;
  }
}

export interface SessionRequest {
  readonly source: ByteSource;
  readonly metadata: AssetMetadata;
  readonly generation: number;
}

/**
 * Begins or finds the session of a file, and resumes it if it is paused.
 * @param onId receives the session id as soon as it is known
 * @throws {StepFailure} `limit` if the file exceeds the canister's limits, or a chunk does not fit into a message
 */
export async function openSession(
  context: UploadContext,
  request: SessionRequest,
  onId: (id: bigint) => void,
): Promise<UploadStatus> {
  const key = idempotencyKey({
    caller: context.connection.caller,
    capsuleId: context.capsuleId,
    source: request.source.identity,
    metadata: request.metadata,
    salt: context.options.salt ?? '',
    generation: request.generation,
  });
  const sessionId = await beginSession(context, request, key);
  onId(sessionId);
  const status = await askStatus(context, sessionId);
  checkChunkFits(context, Number(status.chunkSize), request.source.size);
  return status.state === 'Paused' ? resumeSession(context, sessionId) : status;
}

/**
 * Calls `uploads_begin`, which can be repeated because of its idempotency key. If an upgrade changed the chunk size after
 * `upload_config`, the canister refuses `expected_chunks`, and the client reads the configuration again. A key in use with
 * other parameters belongs to a session of the same file with another chunk size; the client continues that session.
 */
async function beginSession(context: UploadContext, request: SessionRequest, key: string): Promise<bigint> {
  const { caller, connection, capsuleId } = context;
  let { config } = context;
  for (let settled = false; ; settled = true) {
    const { chunkSize } = config;
    const chunks = checkLimits(context, config, request.source.size);
    const answer = await caller.retried('uploads_begin', (options) =>
      connection.begin(capsuleId, request.metadata, chunks, key, options),
    );
    if (answer.ok) return answer.value;
    if (answer.error.kind === 'Conflict') {
      const found = await findSession(context, request, key);
      if (found !== null) return found;
    }
    if (answer.error.kind === 'ResourceExhausted') await checkActive(context);
    if (settled || answer.error.kind !== 'InvalidArgument') throw refusedBy('uploads_begin', answer.error);
    config = await caller.retried('upload_config', (options) => connection.config(options));
    if (config.chunkSize === chunkSize) throw refusedBy('uploads_begin', answer.error);
  }
}

/** Finds out whether `ResourceExhausted` means that all sessions of the caller are in use. */
async function checkActive({ caller, connection, config }: UploadContext): Promise<void> {
  const sessions = await caller.retried('uploads_list', (options) => connection.uploadsList(options));
  const open = sessions.filter(({ state }) => !['Completed', 'Failed', 'Cancelled'].includes(state));
  if (open.length < config.maxActiveSessions) return;
  const oldest = open[0] === undefined ? '' : `, the oldest is ${open[0].sessionId} of ${open[0].name}`;
  throw new StepFailure(
    'limit',
    `${open.length} uploads of this caller are open${oldest}: finish or abort one`,
  );
}

/** Checks the limits, and returns the number of chunks of the file. */
function checkLimits(context: UploadContext, config: UploadContext['config'], size: number): number {
  if (BigInt(size) > config.maxBytes) {
    throw new StepFailure(
      'limit',
      `the file has ${size} B, the canister accepts at most ${config.maxBytes} B`,
    );
  }
  const chunkSize = Number(config.chunkSize);
  checkChunkFits(context, chunkSize, size);
  const chunks = Math.ceil(size / chunkSize);
  if (chunks > config.maxChunks) {
    const most = `the canister accepts at most ${config.maxChunks} per upload`;
    throw new StepFailure('limit', `the file has ${chunks} chunks of ${chunkSize} B, ${most}`);
  }
  return chunks;
}

/** Checks that a chunk fits into a message. The canister sets the chunk size, the network limits the message. */
function checkChunkFits(context: UploadContext, chunkSize: number, size: number): void {
  const most = context.connection.chunkBytesMax;
  const largest = Math.min(chunkSize, size);
  if (largest <= most) return;
  throw new StepFailure(
    'limit',
    `the canister requires chunks of ${chunkSize} B, but a message holds at most ${most} B: ` +
      'install it with a smaller chunk_size',
  );
}

/** Finds the caller's open or completed session with this key. The list has no keys, so candidates are queried. */
async function findSession(
  context: UploadContext,
  request: SessionRequest,
  key: string,
): Promise<bigint | null> {
  const { caller, connection, capsuleId } = context;
  const { name, bytes } = request.metadata.base;
  const sessions = await caller.retried('uploads_list', (options) => connection.uploadsList(options));
  for (const session of [...sessions].reverse()) {
    if (session.capsuleId !== capsuleId || session.name !== name || session.bytesExpected !== bytes) continue;
    if (session.state === 'Failed' || session.state === 'Cancelled') continue;
    const answer = await caller.retried('uploads_status', (options) =>
      connection.status(session.sessionId, options),
    );
    if (answer.ok && answer.value.idempotencyKey === key) return session.sessionId;
  }
  return null;
}

/**
 * Queries the status of a session.
 * @throws {SessionGone} `lost`
 * @throws {StepFailure} `session-cancelled`
 */
export async function askStatus(context: UploadContext, sessionId: bigint): Promise<UploadStatus> {
  const { caller, connection } = context;
  const answer = await caller.retried(
    'uploads_status',
    (options) => connection.status(sessionId, options),
    // The node that answers the query may lag behind the one that began the session.
    ({ ok, ...rest }) => !ok && 'error' in rest && rest.error.kind === 'NotFound',
  );
  if (!answer.ok) {
    if (answer.error.kind === 'NotFound') throw new SessionGone('lost', `session ${sessionId} is gone`);
    throw refusedBy('uploads_status', answer.error);
  }
  const status = answer.value;
  if (status.state === 'Failed') throw new SessionGone('lost', `session ${sessionId} expired`);
  if (status.state === 'Cancelled') {
    throw new StepFailure('session-cancelled', `session ${sessionId} was aborted by another client`);
  }
  return status;
}

async function resumeSession(context: UploadContext, sessionId: bigint): Promise<UploadStatus> {
  const { caller, connection } = context;
  const answer = await caller.retried('uploads_resume', (options) => connection.resume(sessionId, options));
  const status = await askStatus(context, sessionId);
  // `InvalidState` is expected if an earlier resume took effect without an answer.
  if (!answer.ok && status.state === 'Paused') throw refusedBy('uploads_resume', answer.error);
  return status;
}

/** Aborts a session. Returns false if that fails; the session then expires by itself. */
export async function abandonSession(context: UploadContext, sessionId: bigint): Promise<boolean> {
  const { caller, connection } = context;
  try {
    const answer = await caller.retried('uploads_abort', (options) => connection.abort(sessionId, options));
    return answer.ok;
  } catch {
    return false;
  }
}
