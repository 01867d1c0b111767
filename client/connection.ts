/**
 * The connection port: the calls that the client makes to an upload canister.
 *
 * A method's `Err` is returned as data (`Answer`). If no answer arrives, the method throws a `CallFailure`, which says whether
 * the call may have taken effect. Methods do not retry by themselves: the uploader first asks which chunks arrived, because
 * sending 1.8 MB again is expensive.
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
 * - `transport`: no response arrived, or none that can be trusted. The outcome is unknown.
 * - `reject`: the IC rejected the call, or the canister trapped. A certified reject of an update means that it had no effect.
 * - `refused`: the request was not accepted (HTTP 4xx, an argument that does not encode). It had no effect.
 */
export type CallFailureKind = 'transport' | 'reject' | 'refused';

export interface CallReject {
  /** IC reject code, 1 to 6. */
  readonly code: number;
  /** The error code of the replica, such as `IC0503`, or `null` if it gives none. */
  readonly errorCode: string | null;
  readonly text: string;
}

/** The reason why a call has no answer. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  readonly kind: CallFailureKind;
  /** The canister's method, such as `uploads_put_chunk`. */
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
   * True if the same call may succeed later. Of the rejects, these are the transient ones (2 SYS_TRANSIENT, 6 SYS_UNKNOWN)
   * and those of a canister that is stopping or stopped for an upgrade (IC0508, IC0509). A trap is not transient.
   */
  get transient(): boolean {
    if (this.kind !== 'reject') return this.kind === 'transport';
    if (this.reject === null) return false;
    if (this.reject.code === 2 || this.reject.code === 6) return true;
    return this.reject.errorCode === 'IC0508' || this.reject.errorCode === 'IC0509';
  }
}

export interface CallOptions {
  /** Stops waiting and closes the socket. The request may still take effect. */
  readonly signal?: AbortSignal;
}

/**
 * A connection of one caller to one upload canister. `upload.did` and canister/README.md specify the methods; their names
 * here omit some prefixes.
 * @throws {CallFailure} Every method throws it if no answer arrives.
 */
export interface UploadConnection {
  /** Principal text of the caller. */
  readonly caller: string;
  /** Principal text of the canister. */
  readonly canister: string;
  /** The largest chunk that fits into one message to this canister, in bytes. */
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

  /** Returns the canister's log lines, oldest first. By default, only controllers may read them; other callers get a failure. */
  logs(options?: CallOptions): Promise<readonly string[]>;
}
