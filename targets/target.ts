/**
 * The target contract: the interface of a canister that accepts uploads. The built-in target is `upload`. To test another interface,
 * write a module whose default export is a `Target` (docs/custom-target.md).
 *
 * A target consists of an adapter, which translates requests to calls and outcomes to results, and of two declarations: its shape
 * (shape.ts) and its promises (promises.ts). It has no state and does not judge results.
 */
import type { Call, Outcome, PrincipalText } from '../replicas/replica.js';
import type { Result } from '../model/result.js';
import type { Promises } from './promises.js';
import type { Shape } from './shape.js';
import type { OperationName, RequestName } from '../model/operations.js';
import type { AssetKind, Limits } from '../model/schedule.js';

export type { ErrorKind, IndexRange, Result, SessionState } from '../model/result.js';

interface OnSession {
  /** The id of the upload: what `begin` returned, the key, or the name, as `shape.session` says. */
  readonly sessionId: string;
}

/** The file that an upload sends. Interfaces without an explicit begin need it in puts and finishes. */
export interface UploadedFile {
  readonly name: string;
  readonly mimeType: string;
  /** Length of the whole file. */
  readonly bytes: number;
  /** SHA-256 of the whole file, 32 bytes. */
  readonly sha256: Uint8Array;
  /** The idempotency key of the upload. */
  readonly key: string;
  /** Number of chunks of the whole file. */
  readonly chunkCount: number;
}

/** A chunk of which the canister has acknowledged the right bytes, in the order of the file. */
export interface StoredChunk {
  readonly index: number;
  /** Byte offset in the file. */
  readonly offset: number;
  /** Length in bytes. */
  readonly bytes: number;
  /** The id that the put returned (`shape.address` `receipt`). */
  readonly receipt?: string | undefined;
}

interface OnBlob {
  /** The id by which the file is read: what `shape.readBy` says. */
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
  readonly put: OnSession & {
    readonly index: number;
    /** Byte offset of the chunk in the file. */
    readonly offset: number;
    readonly data: Uint8Array;
    readonly file: UploadedFile;
  };
  readonly finish: OnSession & {
    /** The hash to send: that of the file, or a wrong one. */
    readonly sha256: Uint8Array;
    /** The length to send, in bytes. */
    readonly totalLength: number;
    readonly file: UploadedFile;
    /** What the puts of this upload have stored, by index; each index once, with its latest receipt. */
    readonly chunks: readonly StoredChunk[];
  };
  readonly abort: OnSession;
  readonly pause: OnSession;
  readonly resume: OnSession;
  readonly status: OnSession;
  readonly readMeta: OnBlob;
  readonly readChunk: OnBlob & {
    readonly index: number;
    /** Byte offset, if `shape.read` is `range`. */
    readonly offset: number;
    /** Number of bytes to read, if `shape.read` is `range`. */
    readonly bytes: number;
  };
  readonly readWhole: OnBlob;
  readonly memory: InCapsule & { readonly assets: readonly AssetRequest[] };
  readonly readMemory: OnMemory;
  readonly deleteMemory: OnMemory;
  readonly listMemories: InCapsule;
  readonly cleanup: unknown;
  readonly list: unknown;
  readonly listFiles: unknown;
  readonly usage: unknown;
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

export type EncodedRequest = {
  readonly kind: 'update' | 'query';
  /**
   * The canister to call: a role of `canisters` and a number from 0, such as `bucket/1`, or a principal. Absent: the canister under
   * test.
   */
  readonly canister?: string;
} & Pick<Call, 'method' | 'arg'>;

/** Decoded reply to `readMeta`, `readChunk`, and `readWhole`. The interpreter combines these into one `blob` result. */
export type ReadResult =
  | { readonly kind: 'meta'; readonly size: number; readonly chunkCount: number }
  | { readonly kind: 'chunk'; readonly data: Uint8Array }
  | FilePart;

/** A part of a file. */
export interface FilePart {
  readonly kind: 'part';
  readonly data: Uint8Array;
  /** The call that returns the next part; `undefined` after the last one. */
  readonly next: EncodedRequest | undefined;
  /**
   * Of the first part: why the whole file is not acceptable, such as a certificate that does not cover it; `undefined` if it is.
   * @param sha256 SHA-256 of the whole file, 32 bytes
   */
  readonly problemOf?: ((sha256: Uint8Array) => string | undefined) | undefined;
}

/** Further canisters of the system under test, of one role. */
export interface CanisterRole {
  /** The module, plain or gzipped. A relative path starts at the folder of the target's module. */
  readonly wasm: string | URL;
  /** The module with seeded faults, which replaces `wasm` if a fault is selected. */
  readonly faultsWasm?: string | URL;
  /** Number of canisters of this role; default: 1. */
  readonly count?: number;
}

/** What an init argument may depend on besides the limits. */
export interface InitContext {
  /** Names of seeded faults, comma-separated, for a build with faults. */
  readonly fault?: string | undefined;
  /** The controller of all canisters. It installs them, and makes the calls of `setUp` and `grantCaller`. */
  readonly controller: PrincipalText;
  /** The role of the canister to install; `main` is the canister under test. */
  readonly role: string;
  /** All canisters of the system under test by role, `main` included. */
  readonly canisters: Readonly<Record<string, readonly PrincipalText[]>>;
}

/** The rules that a target promises to obey. Other rules are not judged. */
export type RuleName =
  | 'outcome'
  | 'stored-hash'
  | 'completeness'
  | 'immediate-retrieval'
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
  | 'liveness'
  | 'upload-succeeds'
  | 'one-file-per-upload'
  | 'strangers-are-refused'
  | 'wrong-calls-are-refused'
  | 'status-is-true'
  | 'listing-is-true'
  | 'uploads-are-listed'
  | 'usage-is-exact'
  | 'upgrades-succeed'
  | 'memories-read-back'
  | 'storage-is-reclaimed'
  | 'budgets'
  | 'put-cost'
  | 'well-formed-replies';

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
  /**
   * Never throws: a reply that cannot be decoded is a result of kind `undecodable`.
   * @param call the call that was answered: that of `encode`, or the `next` of an earlier part
   */
  decode(request: Request, outcome: Outcome, call: EncodedRequest): Result | ReadResult;
}

export interface Target {
  readonly name: string;
  readonly shape: Shape;
  readonly promises: Promises;
  /** Requests that the interface supports. Generators draw no operations that need others. */
  readonly operations: ReadonlySet<RequestName>;
  /** If true, an upgrade sets the limits in its argument, and open sessions keep the limits they began with. */
  readonly takesNewLimits?: boolean;
  /** Chunk size in bytes when `limits.chunkSize` is absent. */
  readonly defaultChunkSize: number;
  /** Candid-encoded init argument for these limits. `limits` has only what `promises.limits` declares. */
  encodeInitArg(limits: Limits, context: InitContext): Uint8Array;
  /**
   * The limits in a user's init argument.
   * @throws Error if the argument has another type
   */
  decodeInitArg?(arg: Uint8Array): Limits;
  /** The module of an earlier version of the canister. An upgrade to the module under test must be able to read its stable memory. */
  olderModule?(): Uint8Array;
  /** Further canisters by role. All are installed before the schedule. */
  readonly canisters?: Readonly<Record<string, CanisterRole>>;
  /** Calls by the controller after the installation. Each must succeed: its reply must not be an error of the interface. */
  setUp?(context: InitContext): readonly EncodedRequest[];
  /** Calls by the controller that give `caller` the permissions for uploads. */
  grantCaller?(caller: PrincipalText, context: InitContext): readonly EncodedRequest[];
  /** The call that must succeed before `caller` can begin an upload: register, or create a capsule. */
  prepareCaller?(caller: PrincipalText): EncodedRequest;
  /**
   * The capsule id in the reply to `prepareCaller`; absent if uploads have no capsules.
   * @throws Error if the reply contains none
   */
  decodeCapsule?(outcome: Outcome): string;
  /** Absent if the canister has no HTTP interface. Over HTTP, `readMeta` and `readChunk` name the memory. */
  readonly http?: HttpInterface;
  /** `undefined` if the interface does not support the request. */
  encode(request: Request): EncodedRequest | undefined;
  /**
   * Never throws: a reply that cannot be decoded is a result of kind `undecodable`.
   * @param call the call that was answered: that of `encode`, or the `next` of an earlier part
   */
  decode(request: Request, outcome: Outcome, call: EncodedRequest): Result | ReadResult;
}
