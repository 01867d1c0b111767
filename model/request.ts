/** Requests: operations whose labels are resolved to the ids that the canister chose. The model judges requests. */
import type { AssetKind, CallerIndex, ChunkData, HashArgument, Via } from './operation-fields.js';
import type { OPERATIONS, OperationName, Subject } from './operations.js';

interface ByCaller {
  readonly by: CallerIndex;
  /** `undefined`: the Candid methods. */
  readonly via?: Via | undefined;
}

interface OnSession extends ByCaller {
  readonly sessionId: string;
}

/** The fields of a request that follow from the subject of its operation. */
interface SubjectFields extends Record<Subject, ByCaller> {
  readonly session: OnSession;
  readonly blob: OnSession;
  readonly memory: ByCaller & { readonly memoryId: string };
}

/** An asset of a new memory: a blob by the canister's id, or inline bytes, which are `inlineContent` of this length. */
export type RequestedAsset =
  | { readonly kind: AssetKind; readonly blobId: string }
  | { readonly kind: AssetKind; readonly inlineBytes: number };

/** The arguments of operations that have arguments. */
interface Arguments {
  readonly begin: {
    readonly capsuleOf: CallerIndex;
    /** Index into the schedule's files. */
    readonly file: number;
    readonly key: string;
    readonly chunksOff: number;
    /**
     * In bytes: the chunk size by which the caller counts the chunks; `undefined`: the one in force. Over HTTP only the canister
     * counts them.
     */
    readonly chunkSize?: number | undefined;
  };
  readonly put: {
    /** The file whose bytes are sent: that of the session's label. */
    readonly file: number;
    readonly index: number;
    readonly data: ChunkData;
    /** In bytes: the chunk size by which the caller cuts the file; `undefined`: the session's. */
    readonly chunkSize?: number | undefined;
  };
  readonly finish: {
    readonly file: number;
    readonly hash: HashArgument;
    readonly lengthOff: number;
  };
  readonly memory: {
    readonly capsuleOf: CallerIndex;
    readonly assets: readonly RequestedAsset[];
  };
}

export type ModelRequest = {
  [Name in OperationName]: { readonly op: Name } & SubjectFields[(typeof OPERATIONS)[Name]['subject']] &
    (Name extends keyof Arguments ? Arguments[Name] : unknown);
}[OperationName];
