/**
 * The target contract: the interface of a canister that accepts uploads. The built-in target is `upload`. To test another interface,
 * write a module whose default export is a `Target` (docs/custom-target.md).
 *
 * A target only translates: requests to calls, and outcomes to results. It has no state and does not judge results.
 */
import type { Call, Outcome, PrincipalText } from '../replicas/replica.js';
import type { Result } from '../model/result.js';
import type { OperationName, RequestName } from '../model/operations.js';
import type { AssetKind, Limits } from '../model/schedule.js';

export type { ErrorKind, IndexRange, Result, SessionState } from '../model/result.js';

interface OnSession {
  /** The id that `begin` returned. */
  readonly sessionId: string;
}
interface OnBlob {
  /** The id that `finish` returned. */
  readonly blobId: string;
}
interface OnMemory {
  readonly memoryId: string;
}
interface InCapsule {
  /** The capsule that `prepareCaller` created; empty if the target has none. */
  readonly capsuleId: string;
}

/** The fields of each request besides `op`. */
interface RequestFields {
  readonly begin: InCapsule & {
    readonly name: string;
    readonly mimeType: string;
    /** Length of the whole file. */
    readonly bytes: number;
    /** SHA-256 of the whole file, 32 bytes. */
    readonly sha256: Uint8Array;
    readonly expectedChunks: number;
    /** Idempotency key. */
    readonly key: string;
  };
  readonly put: OnSession & { readonly index: number; readonly data: Uint8Array };
  readonly finish: OnSession & {
    readonly sha256: Uint8Array;
    /** In bytes. */
    readonly totalLength: number;
  };
  readonly abort: OnSession;
  readonly pause: OnSession;
  readonly resume: OnSession;
  readonly status: OnSession;
  readonly readMeta: OnBlob;
  readonly readChunk: OnBlob & { readonly index: number };
  readonly readWhole: OnBlob;
  readonly memory: InCapsule & { readonly assets: readonly AssetRequest[] };
  readonly readMemory: OnMemory;
  readonly deleteMemory: OnMemory;
  readonly listMemories: InCapsule;
  readonly cleanup: unknown;
  readonly list: unknown;
  readonly stats: unknown;
  readonly config: unknown;
}

/** A request with all its data, ready to be encoded. */
export type Request = {
  [Name in RequestName]: { readonly op: Name } & RequestFields[Name];
}[RequestName];

/** An asset of a new memory. It has either a blob or inline bytes. */
export interface AssetRequest {
  readonly kind: AssetKind;
  readonly blobId?: string;
  readonly inlineBytes?: Uint8Array;
}

export type EncodedRequest = { readonly kind: 'update' | 'query' } & Pick<Call, 'method' | 'arg'>;

/** Decoded reply to `readMeta` and `readChunk`. The interpreter combines these into one `blob` result. */
export type ReadResult =
  | { readonly kind: 'meta'; readonly size: number; readonly chunkCount: number }
  | { readonly kind: 'chunk'; readonly data: Uint8Array };

/** The rules that a target promises to obey. Other rules are not judged. */
export type RuleName =
  | 'outcome'
  | 'stored-hash'
  | 'completeness'
  | 'immediate-retrieval'
  | 'isolation'
  | 'heap-growth'
  | 'no-trap'
  | 'survives-upgrade'
  | 'terminal-states'
  | 'idempotency'
  | 'expiry'
  | 'conservation'
  | 'instruction-cost'
  | 'message-size'
  | 'stable-growth'
  | 'liveness';

/** The operations over HTTP, with requests and responses in the types of the IC's HTTP gateway protocol. */
export interface HttpInterface {
  /** Operations that the interface supports. Generators issue no others over HTTP. */
  readonly operations: ReadonlySet<OperationName>;
  /** Creates a bearer token for the caller. */
  createToken(): EncodedRequest;
  /**
   * The token in the reply.
   * @throws Error if the reply contains none
   */
  decodeToken(outcome: Outcome): string;
  /**
   * `undefined` if the interface does not support the request.
   * @param token the caller's token; `undefined`: send no token
   */
  encode(request: Request, token: string | undefined): EncodedRequest | undefined;
  /** Never throws: a reply that cannot be decoded is a result of kind `undecodable`. */
  decode(request: Request, outcome: Outcome): Result | ReadResult;
}

export interface Target {
  readonly name: string;
  /** Requests that the interface supports. Generators draw no operations that need others. */
  readonly operations: ReadonlySet<RequestName>;
  readonly rules: ReadonlySet<RuleName>;
  /** If true, an upgrade sets the limits in its argument, and open sessions keep the limits they began with. */
  readonly takesNewLimits?: boolean;
  /** Chunk size in bytes when `limits.chunkSize` is absent. */
  readonly defaultChunkSize: number;
  /**
   * Candid-encoded init argument for these limits.
   * @param fault name of a seeded fault, for a build with faults
   */
  encodeInitArg(limits: Limits, fault?: string): Uint8Array;
  /**
   * The limits in a user's init argument.
   * @throws Error if the argument has another type
   */
  decodeInitArg?(arg: Uint8Array): Limits;
  /** The module of an earlier version of the canister. An upgrade to the module under test must be able to read its stable memory. */
  olderModule?(): Uint8Array;
  /** The call that must succeed before `caller` can begin an upload (create a capsule). `decodeCapsule` decodes its reply. */
  prepareCaller?(caller: PrincipalText): EncodedRequest;
  /**
   * The capsule id in the reply to `prepareCaller`.
   * @throws Error if the reply contains none
   */
  decodeCapsule?(outcome: Outcome): string;
  /** If true, the suite cannot choose the limits: every schedule has the given ones. */
  readonly hasFixedLimits?: boolean;
  /** Whether `begin` names the number of chunks, which may be wrong; default: true. */
  readonly countsChunks?: boolean;
  /** The id that `readMeta` and `readChunk` name: the blob's (default), or that of the memory that the finish created. */
  readonly readsBy?: 'blob' | 'memory';
  /** Absent if the canister has no HTTP interface. Over HTTP, `readMeta` and `readChunk` name the memory. */
  readonly http?: HttpInterface;
  /** `undefined` if the interface does not support the request. */
  encode(request: Request): EncodedRequest | undefined;
  /** Never throws: a reply that cannot be decoded is a result of kind `undecodable`. */
  decode(request: Request, outcome: Outcome): Result | ReadResult;
}
