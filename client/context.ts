/** The context that all uploads of one run share: connection, capsule, limits, calls in flight, and clock. */
import pLimit, { type LimitFunction } from 'p-limit';
import { Caller, DEFAULT_RETRY, type RetryPolicy } from './caller.js';
import { systemClock, type Clock } from './clock.js';
import type { UploadConnection } from './connection.js';
import { explain, refusedBy, type Where } from './failure.js';
import type { ProgressListener } from './progress.js';
import type { UploadConfig } from './types.js';

/** Default number of calls in flight. A chunk in flight takes about four times its size in memory: bytes, Candid, CBOR, socket. */
export const PARALLEL_DEFAULT = 5;

export interface UploadOptions {
  /** Id of the capsule, `capsule_{n}`. Default: the caller's oldest capsule, or a new one if there is none. */
  readonly capsule?: string;
  /** Number of calls in flight over all lanes. Default: 5. */
  readonly parallel?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** Whether every blob is read back and compared. Default: true. */
  readonly verify?: boolean;
  /** Any text. With another salt, a file that was uploaded before is uploaded again. Default: an empty text. */
  readonly salt?: string;
  /** Stops the upload. Its sessions stay on the canister, and the next upload of the same file resumes them. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** The largest picture to decode, in pixels. Default: 268,402,689, or 50,000,000 if the decoder holds the whole frame. */
  readonly pixelsMax?: number;
  /** Whether to keep the memory of one asset that `uploads_finish` creates for each upload, with its metadata. Default: false. */
  readonly keepUploadMemories?: boolean;
  readonly clock?: Clock;
  /** Returns a number in [0, 1), which randomizes waiting times. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface UploadContext {
  readonly connection: UploadConnection;
  readonly caller: Caller;
  readonly config: UploadConfig;
  readonly capsuleId: string;
  readonly limit: LimitFunction;
  readonly parallel: number;
  readonly options: UploadOptions;
}

/**
 * Reads the canister's limits and chooses the capsule.
 * @param name the name of the upload in an error
 * @throws {UploadError} with the step `config` or `capsule`
 */
export async function openContext(
  connection: UploadConnection,
  name: string,
  options: UploadOptions = {},
): Promise<UploadContext> {
  const parallel = options.parallel ?? PARALLEL_DEFAULT;
  if (!Number.isSafeInteger(parallel) || parallel < 1)
    throw new RangeError(`parallel must be 1 or more: ${parallel}`);
  const caller = new Caller(
    options.clock ?? systemClock,
    { ...DEFAULT_RETRY, ...options.retry },
    options.signal,
    options.random,
  );
  const where: Where = { lane: null, asset: null, name, step: 'config', chunk: null, sessionId: null };
  try {
    const config = await caller.retried('upload_config', (call) => connection.config(call));
    where.step = 'capsule';
    const capsuleId = options.capsule ?? (await ensureCapsule(connection, caller));
    return { connection, caller, config, capsuleId, limit: pLimit(parallel), parallel, options };
  } catch (error) {
    throw await explain(error, where, connection, caller);
  }
}

/**
 * Returns the caller's oldest capsule. If there is none, creates one and lists the capsules again, so that two processes that
 * create one at the same time use the same.
 */
async function ensureCapsule(connection: UploadConnection, caller: Caller): Promise<string> {
  const oldest = async (): Promise<string | null> => {
    const capsules = await caller.retried('capsules_list', (call) => connection.capsulesList(call));
    return capsules[0]?.id ?? null;
  };
  const found = await oldest();
  if (found !== null) return found;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await caller.once('capsules_create', (call) => connection.capsulesCreate(null, call));
      if (!answer.ok) throw refusedBy('capsules_create', answer.error);
      return (await oldest()) ?? answer.value.id;
    } catch (error) {
      if (!caller.mayRetry(error, attempt)) throw error;
      await caller.backoff(attempt);
      const made = await oldest();
      if (made !== null) return made;
    }
  }
}
