/**
 * The connection port: everything the client may ask of an upload canister, wherever it runs.
 *
 * A method's `Err` is data (`Answer`). Everything else that keeps an answer from arriving is a thrown `CallFailure`, which
 * says whether the call may have taken effect all the same. No method tries twice by itself: only the
 * uploader knows what can be asked instead of sending 1.8 MB again.
 */
import type {
  Answer,
  AssetInput,
  AssetMetadata,
  BlobMeta,
  Capsule,
  FinishResult,
  Memory,
  MemorySummary,
  UploadConfig,
  UploadStatus,
  UploadSummary,
} from './types.js';

/**
 * `transport`: nothing came back, or nothing that can be trusted; the outcome is unknown.
 * `reject`: the IC refused or the canister failed; a certified reject of an update means that it had no effect.
 * `refused`: the request itself is at fault (HTTP 4xx, an argument that does not encode); it had no effect.
 */
export type CallFailureKind = 'transport' | 'reject' | 'refused';

export interface CallReject {
  /** IC reject code, 1 to 6. */
  readonly code: number;
  /** e.g. `IC0503`, where the replica gives one. */
  readonly errorCode: string | null;
  readonly text: string;
}

/** Why a call has no answer. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  readonly kind: CallFailureKind;
  /** The canister's method, e.g. `uploads_put_chunk`. */
  readonly method: string;
  readonly reject: CallReject | null;

  constructor(
    kind: CallFailureKind,

    method: string,
    message: string,
    reject: CallReject | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.kind = kind;
    this.method = method;
    this.reject = reject;
  }

  /**
   * Whether the same call may do better in a moment. A reject does so only where the IC calls it transient (2 SYS_TRANSIENT, 6
   * SYS_UNKNOWN) or where the canister is being stopped and started for an upgrade (IC0508, IC0509); a trap will trap again.
   */
  get transient(): boolean {
    if (this.kind !== 'reject') return this.kind === 'transport';
    if (this.reject === null) return false;
    if (this.reject.code === 2 || this.reject.code === 6) return true;
    return this.reject.errorCode === 'IC0508' || this.reject.errorCode === 'IC0509';
  }
}

export interface CallOptions {
  /** Stops waiting and closes the socket. What was sent may still take effect. */
  readonly signal?: AbortSignal;
}

/** One caller's view of one upload canister. Method names follow `upload.did`, without their prefix where it says nothing. */
export interface UploadConnection {
  /** Principal text of the caller. */
  readonly caller: string;
  /** Principal text of the canister. */
  readonly canister: string;
  /** The largest chunk that one message to this canister carries. */
  readonly chunkBytesMax: number;

  config(options?: CallOptions): Promise<UploadConfig>;
  capsulesCreate(name: string | null, options?: CallOptions): Promise<Answer<Capsule>>;
  capsulesList(options?: CallOptions): Promise<readonly Capsule[]>;

  begin(
    capsuleId: string,
    asset: AssetMetadata,
    expectedChunks: number,
    idempotencyKey: string,
    options?: CallOptions,
  ): Promise<Answer<bigint>>;
  putChunk(sessionId: bigint, index: number, bytes: Uint8Array, options?: CallOptions): Promise<Answer<null>>;
  finish(
    sessionId: bigint,
    sha256: Uint8Array,
    totalBytes: bigint,
    options?: CallOptions,
  ): Promise<Answer<FinishResult>>;
  abort(sessionId: bigint, options?: CallOptions): Promise<Answer<null>>;
  pause(sessionId: bigint, options?: CallOptions): Promise<Answer<null>>;
  resume(sessionId: bigint, options?: CallOptions): Promise<Answer<null>>;
  status(sessionId: bigint, options?: CallOptions): Promise<Answer<UploadStatus>>;
  uploadsList(options?: CallOptions): Promise<readonly UploadSummary[]>;

  blobMeta(blobId: string, options?: CallOptions): Promise<Answer<BlobMeta>>;
  blobReadChunk(blobId: string, index: number, options?: CallOptions): Promise<Answer<Uint8Array>>;

  memoriesCreate(
    capsuleId: string,
    assets: readonly AssetInput[],
    options?: CallOptions,
  ): Promise<Answer<MemorySummary>>;
  memoriesRead(memoryId: string, options?: CallOptions): Promise<Answer<Memory>>;
  memoriesList(capsuleId: string, options?: CallOptions): Promise<Answer<readonly MemorySummary[]>>;
  memoriesDelete(memoryId: string, options?: CallOptions): Promise<Answer<null>>;

  /** The canister's log lines, oldest first. Fails for whoever may not read them (by default all but the controllers). */
  logs(options?: CallOptions): Promise<readonly string[]>;
}
