/**
 * Uploads one asset: begins a session, puts the missing chunks, finishes, and reads the blob back.
 *
 * A chunk that arrived is not sent again: after a put without an answer, the client asks the canister, and sends only a chunk
 * that is still missing. `uploads_finish` can be repeated. The client waits for a session that is Finishing.
 */
import { CallFailure } from './connection.js';
import { ChunkReader, chunkLength, isMissing, type Chunk, type ChunkPlan } from './chunk-reader.js';
import type { UploadContext } from './context.js';
import { explain, refusedBy, StepFailure, type Where } from './failure.js';
import type { Lane, ProgressMeter } from './progress.js';
import { findBlob, verifyBlob } from './read-back.js';
import { abandonSession, askStatus, openSession, SessionGone } from './session.js';
import { SourceError, type ByteSource } from './source.js';
import type { AssetKind, AssetMetadata, CanisterError, FinishResult, UploadStatus } from './types.js';
import { formatCanisterError } from './upload-error.js';

/** How often an upload starts again after its session was lost or had other bytes. */
const RESTARTS_MAX = 2;
/** How many spent sessions of one file are skipped: uploads of the last day whose blobs were deleted. */
const GENERATIONS_MAX = 64;
/** How often finish may report missing chunks after all chunks arrived. */
const PASSES_MAX = 3;
/** Interval between status queries of a Finishing session. Hashing 768 MB takes about 48 steps (canister/README.md). */
const FINISHING_POLL_MS = 500;
const FINISHING_MAX_MS = 30 * 60_000;

export interface AssetJob {
  readonly lane: Lane;
  readonly source: ByteSource;
  readonly metadata: AssetMetadata;
  readonly meter: ProgressMeter;
}

export interface UploadedAsset {
  readonly kind: AssetKind;
  readonly name: string;
  readonly mimeType: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: Uint8Array;
  readonly capsuleId: string;
  readonly sessionId: bigint;
  readonly blobId: string;
  /** The memory of this one asset that `uploads_finish` created. */
  readonly memoryId: string;
  readonly metadata: AssetMetadata;
  readonly chunkSize: number;
  /** Number of puts that were sent, including repeated ones. */
  readonly putsSent: number;
  /** Number of puts that were repeated. */
  readonly putsRepeated: number;
  /** Number of bytes that an earlier attempt had already uploaded. */
  readonly bytesResumed: number;
  /** Whether the blob was read back and compared. */
  readonly verified: boolean;
}

/**
 * Uploads one asset.
 * @throws {UploadError}
 */
export async function uploadAsset(context: UploadContext, job: AssetJob): Promise<UploadedAsset> {
  return new AssetUpload(context, job).run();
}

class AssetUpload {
  readonly #where: Where;
  #putsSent = 0;
  #putsRepeated = 0;
  #bytesResumed = 0;

  readonly #context: UploadContext;
  readonly #job: AssetJob;

  constructor(context: UploadContext, job: AssetJob) {
    this.#context = context;
    this.#job = job;

    const { name, assetType } = job.metadata.base;
    this.#where = { lane: job.lane, asset: assetType, name, step: 'begin', chunk: null, sessionId: null };
  }

  async run(): Promise<UploadedAsset> {
    try {
      return await this.#sessions();
    } catch (error) {
      const failed = await explain(
        asFinal(error),
        this.#where,
        this.#context.connection,
        this.#context.caller,
      );
      // The session of a file that has changed can never be resumed.
      const orphan =
        error instanceof SourceError && error.reason === 'changed' ? this.#where.sessionId : null;
      if (orphan !== null) await abandonSession(this.#context, orphan);
      throw failed;
    }
  }

  async #sessions(): Promise<UploadedAsset> {
    let generation = 0;
    for (let restarts = 0; ;) {
      try {
        return await this.#session(generation);
      } catch (error) {
        if (!(error instanceof SessionGone)) throw error;
        if (error.kind === 'spent') {
          generation += 1;
          if (generation > GENERATIONS_MAX) throw error;
        } else {
          restarts += 1;
          if (restarts > RESTARTS_MAX) throw error;
          const { sessionId } = this.#where;
          if (error.kind === 'mismatch' && sessionId !== null) await abandonSession(this.#context, sessionId);
        }
        this.#where.sessionId = null;
      }
    }
  }

  async #session(generation: number): Promise<UploadedAsset> {
    const { source, metadata } = this.#job;
    this.#where.step = 'begin';
    this.#job.meter.begin('uploading', source.size, metadata.base.name);
    this.#bytesResumed = 0;
    const status = await openSession(this.#context, { source, metadata, generation }, (id) => {
      this.#where.sessionId = id;
    });
    const sha256 = await this.#transfer(status);
    const result = await this.#finish(status, sha256);
    const verified = await this.#verify(result, sha256, status.state === 'Completed');
    this.#job.meter.end(source.size);
    return this.#uploaded(status, result, sha256, verified);
  }

  /** Reads the source once, hashes all of it, and puts the missing chunks. */
  async #transfer(status: UploadStatus): Promise<Uint8Array> {
    const { source, meter } = this.#job;
    const plan = planOf(status);
    const missing = status.state === 'Completed' || status.state === 'Finishing' ? [] : status.missing;
    const reader = new ChunkReader(source, plan, missing, (bytes) => {
      this.#bytesResumed += bytes;
      meter.resume(bytes);
    });
    await this.#put(status, () => reader.next());
    this.#where.step = 'read';
    await source.checkUnchanged();
    return reader.digest();
  }

  /** Puts chunks with several workers. The first failure stops all workers, and is thrown when they have ended. */
  async #put(status: UploadStatus, next: () => Promise<Chunk | null>): Promise<void> {
    const { limit, parallel } = this.#context;
    const failures: { readonly error: unknown; readonly chunk: number | null }[] = [];
    let open = true;
    const step = async (): Promise<void> => {
      let chunk: Chunk | null = null;
      try {
        chunk = open ? await next() : null;
        if (chunk === null) open = false;
        else await this.#putChunk(status, chunk);
      } catch (error) {
        open = false;
        failures.push({ error, chunk: chunk?.index ?? null });
      }
    };
    this.#where.step = 'put';
    const worker = async (): Promise<void> => {
      // Reading counts towards the same limit as sending, so that memory holds no more chunks than calls in flight.
      while (open) await limit(step);
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    const [first] = failures;
    if (first === undefined) return;
    const { error, chunk } = first;
    this.#where.step = chunk === null ? 'read' : 'put';
    this.#where.chunk = chunk;
    throw error;
  }

  async #putChunk(status: UploadStatus, { index, bytes }: Chunk): Promise<void> {
    const { caller, connection } = this.#context;
    const { sessionId } = status;
    for (let attempt = 1; ; attempt += 1) {
      let refusal: CanisterError | null = null;
      this.#putsSent += 1;
      if (attempt > 1) this.#putsRepeated += 1;
      try {
        const answer = await caller.once('uploads_put_chunk', (options) =>
          connection.putChunk(sessionId, index, bytes, options),
        );
        if (answer.ok) break;
        refusal = answer.error;
        this.#checkRefusal(refusal, status, index);
        if (attempt >= caller.policy.attemptsMax) throw refusedBy('uploads_put_chunk', refusal);
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        if (!caller.mayRetry(error, attempt)) {
          // The chunk may have arrived although its answer did not: ask the canister.
          if (error.kind === 'transport' && (await this.#arrivedAfterAll(sessionId, index))) break;
          throw error;
        }
      }
      await caller.backoff(attempt);
      if (await this.#arrived(sessionId, index)) break;
    }
    this.#job.meter.add(bytes.length);
  }

  /** Throws if another attempt cannot succeed after this error of a put. */
  #checkRefusal(error: CanisterError, status: UploadStatus, index: number): void {
    if (error.kind === 'Conflict') {
      const text = `session ${status.sessionId} holds other bytes at chunk ${index}`;
      throw this.#differs(status, text, error);
    }
    // `Internal`: the chunk was not stored as written and counts as missing (canister/README.md, `uploads_put_chunk`).
    // `InvalidState`, `NotFound`: the status of the session tells how it ended.
    if (!['Internal', 'InvalidState', 'NotFound'].includes(error.kind)) {
      throw refusedBy('uploads_put_chunk', error);
    }
  }

  async #arrived(sessionId: bigint, index: number): Promise<boolean> {
    const status = await askStatus(this.#context, sessionId);
    if (status.state === 'Paused') {
      throw new StepFailure('session-paused', `session ${sessionId} was paused by another client`);
    }
    return status.state === 'Finishing' || status.state === 'Completed' || !isMissing(status.missing, index);
  }

  async #arrivedAfterAll(sessionId: bigint, index: number): Promise<boolean> {
    try {
      return await this.#arrived(sessionId, index);
    } catch (error) {
      if (error instanceof CallFailure) return false;
      throw error;
    }
  }

  async #finish(status: UploadStatus, sha256: Uint8Array): Promise<FinishResult> {
    const { caller, connection } = this.#context;
    const { sessionId } = status;
    const total = BigInt(this.#job.source.size);
    let passes = 0;
    for (let attempt = 1; ; attempt += 1) {
      this.#where.step = 'finish';
      this.#where.chunk = null;
      let last: CallFailure | StepFailure;
      try {
        const answer = await caller.once('uploads_finish', (options) =>
          connection.finish(sessionId, sha256, total, options),
        );
        if (answer.ok) return answer.value;
        this.#checkFinishRefusal(answer.error, status);
        last = refusedBy('uploads_finish', answer.error);
      } catch (error) {
        // An interrupted finish ends in a reject and leaves the session Uploading. It can be repeated.
        if (!(error instanceof CallFailure) || error.kind === 'refused') throw error;
        last = error;
      }
      const used = attempt >= caller.policy.attemptsMax;
      if (!used) await caller.backoff(attempt);
      const now = await this.#settled(sessionId, used ? last : null);
      if (now.state === 'Completed' && attempt < caller.policy.attemptsMax * 2) continue;
      if (now.missing.length > 0 && passes < PASSES_MAX) {
        passes += 1;
        await this.#putAgain(now);
      } else if (used) throw last;
    }
  }

  #checkFinishRefusal(error: CanisterError, status: UploadStatus): void {
    if (error.kind === 'ChecksumMismatch') throw this.#differs(status, formatCanisterError(error), error);
    if (error.kind === 'Conflict') throw new SessionGone('spent', formatCanisterError(error));
    if (!['Internal', 'InvalidState', 'InvalidArgument', 'NotFound'].includes(error.kind)) {
      throw refusedBy('uploads_finish', error);
    }
  }

  /**
   * Returns the error for other bytes on the canister than in the file. If an earlier attempt put some of them, the file has
   * changed since, and the upload starts again. Otherwise the canister is at fault.
   */
  #differs(status: UploadStatus, text: string, error: CanisterError): Error {
    if (status.chunksReceived > 0) return new SessionGone('mismatch', text);
    return new StepFailure('checksum', text, null, error);
  }

  /** Waits until the session is no longer Finishing, and returns its status. */
  async #settled(sessionId: bigint, failure: Error | null): Promise<UploadStatus> {
    const { caller } = this.#context;
    const from = caller.clock.now();
    for (;;) {
      const status = await askStatus(this.#context, sessionId).catch((error: unknown) => {
        // After the last attempt, report the failure of the finish, not the failure of this query.
        throw failure !== null && error instanceof CallFailure ? failure : error;
      });
      if (status.state === 'Paused') {
        throw new StepFailure('session-paused', `session ${sessionId} was paused by another client`);
      }
      if (status.state !== 'Finishing') return status;
      if (caller.clock.now() - from > FINISHING_MAX_MS) {
        throw new StepFailure('unreachable', `session ${sessionId} is still Finishing`, 'uploads_finish');
      }
      this.#job.meter.begin('finishing', 0);
      await caller.clock.sleep(FINISHING_POLL_MS, caller.signal);
      caller.checkStopped();
    }
  }

  /** Puts the chunks that finish reported as missing. They are read again, but not hashed again. */
  async #putAgain(status: UploadStatus): Promise<void> {
    const { source } = this.#job;
    const plan = planOf(status);
    const indices = indicesOf(status);
    await this.#put(status, async () => {
      const next = indices.next();
      if (next.done) return null;
      this.#putsRepeated += 1;
      const length = chunkLength(plan, source.size, next.value);
      return { index: next.value, bytes: await source.read(next.value * plan.chunkSize, length) };
    });
    await source.checkUnchanged();
  }

  async #verify(result: FinishResult, sha256: Uint8Array, wasCompleted: boolean): Promise<boolean> {
    const { source, meter } = this.#job;
    const { options } = this.#context;
    this.#where.step = 'verify';
    if (!wasCompleted && options.verify === false) return false;
    const blob = await findBlob(this.#context, result.blobId);
    if (blob === null) {
      if (wasCompleted) throw new SessionGone('spent', `${result.blobId} was deleted`);
      throw new StepFailure('unverified', `${result.blobId} is not there after uploads_finish answered Ok`);
    }
    if (options.verify === false) return false;
    meter.begin('verifying', source.size);
    await verifyBlob(this.#context, blob, { size: source.size, sha256 }, (bytes) => meter.add(bytes));
    return true;
  }

  #uploaded(
    status: UploadStatus,
    result: FinishResult,
    sha256: Uint8Array,
    verified: boolean,
  ): UploadedAsset {
    const { base } = this.#job.metadata;
    return {
      kind: base.assetType,
      name: base.name,
      mimeType: base.mimeType,
      size: this.#job.source.size,
      sha256,
      capsuleId: status.capsuleId,
      sessionId: status.sessionId,
      blobId: result.blobId,
      memoryId: result.memoryId,
      metadata: this.#job.metadata,
      chunkSize: Number(status.chunkSize),
      putsSent: this.#putsSent,
      putsRepeated: this.#putsRepeated,
      bytesResumed: this.#bytesResumed,
      verified,
    };
  }
}

function planOf(status: UploadStatus): ChunkPlan {
  return {
    chunkSize: Number(status.chunkSize),
    chunkCount: status.expectedChunks,
  };
}

function* indicesOf(status: UploadStatus): Generator<number> {
  for (const { start, end } of status.missing) for (let index = start; index < end; index += 1) yield index;
}

/** Converts a session that could not be replaced to a failure of the step. */
function asFinal(error: unknown): unknown {
  if (!(error instanceof SessionGone)) return error;
  const reason = error.kind === 'lost' ? 'session-lost' : 'checksum';
  return new StepFailure(reason, error.message);
}
