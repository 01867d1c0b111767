/** What all uploads of one run share: connection, capsule, limits, calls in flight, clock. */
import pLimit, { type LimitFunction } from 'p-limit';
import { Caller, DEFAULT_RETRY, type RetryPolicy } from './caller.js';
import { systemClock, type Clock } from './clock.js';
import type { UploadConnection } from './connection.js';
import { explain, refusedBy, type Where } from './failure.js';
import type { ProgressListener } from './progress.js';
import type { UploadConfig } from './types.js';

/** Chunks in flight over all lanes. Each takes some four times its size in memory: the bytes, Candid, CBOR, the socket. */
export const PARALLEL_DEFAULT = 5;

export interface UploadOptions {
  /** `capsule_{n}`. Default: the caller's oldest capsule; one is made when there is none. */
  readonly capsule?: string;
  /** Calls in flight over all lanes together: 5. */
  readonly parallel?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** Read every blob back after it is finished: true. */
  readonly verify?: boolean;
  /** Any text: with another one the same file is uploaded once more, instead of found. */
  readonly salt?: string;
  /** Stops the upload; its sessions stay on the canister and are resumed by the next upload of the same file. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Largest number of pixels that are decoded: 268,402,689, or 50,000,000 where a decoder holds the whole frame. */
  readonly pixelsMax?: number;
  /** Keep the memory of one asset that `uploads_finish` made for each upload: false. They hold the assets' metadata. */
  readonly keepUploadMemories?: boolean;
  readonly clock?: Clock;
  /** In [0, 1), for the spread of waiting times. */
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
 * Asks the canister for its limits and settles the capsule.
 * @param name what the upload is called in an error
 * @throws {UploadError} of the steps `config` and `capsule`
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
 * The caller's oldest capsule. When there is none, one is made and the list is asked again: of two processes that make one at
 * the same time, both go on with the older.
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
