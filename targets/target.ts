/**
 * The target contract: what the suite must know to test a canister that takes uploads. The built-in target is `upload`; another
 * interface is tested by writing a module whose default export is a `Target` (see docs/custom-target.md).
 *
 * A target only translates: operations to calls, outcomes to results. It keeps no state and judges nothing.
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

/** An asset of a memory to be made: exactly one of the two is there. */
export interface AssetRequest {
  readonly kind: AssetKind;
  readonly blobId?: string;
  readonly inlineBytes?: Uint8Array;
}

export type EncodedRequest = { readonly kind: 'update' | 'query' } & Pick<Call, 'method' | 'arg'>;

/** Decoded answer of `readMeta` and `readChunk`, which only the interpreter sees: it folds them into one `blob` result. */
export type ReadResult =
  | { readonly kind: 'meta'; readonly size: number; readonly chunkCount: number }
  | { readonly kind: 'chunk'; readonly data: Uint8Array };

/** Rules of the specification that a target promises; rules it does not promise are not judged. */
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

/** The same operations over HTTP: requests and responses in the types of the IC's HTTP gateway protocol. */
export interface HttpInterface {
  /** Operations that it has; generators draw no others by it. */
  readonly operations: ReadonlySet<OperationName>;
  /** Gives its caller a bearer token. */
  createToken(): EncodedRequest;
  /** The token from the reply. Throws a plain Error if there is none in it. */
  decodeToken(outcome: Outcome): string;
  /** Undefined if it has no such operation. `token`: of who sends it; undefined: none is shown. */
  encode(request: Request, token: string | undefined): EncodedRequest | undefined;
  /** As that of the target. */
  decode(request: Request, outcome: Outcome): Result | ReadResult;
}

export interface Target {
  readonly name: string;
  /** Operations that the interface has; generators draw no others. */
  readonly operations: ReadonlySet<RequestName>;
  readonly rules: ReadonlySet<RuleName>;
  /** Whether an upgrade sets the limits that its argument names, and open sessions keep those they began with. */
  readonly takesNewLimits?: boolean;
  /** Chunk size in bytes when `limits.chunkSize` is absent. */
  readonly defaultChunkSize: number;
  /** Candid-encoded init argument for these limits; `fault` names a seeded fault of a faults build. */
  encodeInitArg(limits: Limits, fault?: string): Uint8Array;
  /** The limits that an init argument of the user's sets. Throws a plain Error if it is of another type. */
  decodeInitArg?(arg: Uint8Array): Limits;
  /** The module of an earlier version of the canister, whose stable memory an upgrade to the one under test has to read. */
  olderModule?(): Uint8Array;
  /** Calls that must succeed before `caller` can begin an upload (a capsule); its answer feeds `decodeCapsule`. */
  prepareCaller?(caller: PrincipalText): EncodedRequest;
  /** The capsule id from the reply to `prepareCaller`. Throws a plain Error if the reply is not what it should be. */
  decodeCapsule?(outcome: Outcome): string;
  /** Every schedule has the limits that were given: they are not the suite's to choose. */
  readonly hasFixedLimits?: boolean;
  /** Whether `begin` says how many chunks there will be (default), so that it can say a wrong number. */
  readonly countsChunks?: boolean;
  /** What `readMeta` and `readChunk` name as their blob: its own id (default), or the id of the memory that the finish made. */
  readonly readsBy?: 'blob' | 'memory';
  /** Undefined: the canister has no such interface. Its `readMeta` and `readChunk` name the memory. */
  readonly http?: HttpInterface;
  /** Undefined if the interface has no such operation. */
  encode(request: Request): EncodedRequest | undefined;
  /** Never throws: what cannot be decoded is a result of kind `undecodable`. */
  decode(request: Request, outcome: Outcome): Result | ReadResult;
}
