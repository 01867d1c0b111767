/** An operation with its label resolved to the session that the canister named: what the model is asked about. */
import type { AssetKind, CallerIndex, ChunkData, HashArgument, Via } from './schedule.js';

interface OverInterface {
  /** Undefined: by the Candid methods. */
  readonly via?: Via | undefined;
}

interface OnSession extends OverInterface {
  readonly sessionId: string;
  readonly by: CallerIndex;
}

/** An asset to be: a blob by the canister's id, or inline bytes, which are `inlineContent` of their number and place. */
export type RequestedAsset =
  | { readonly kind: AssetKind; readonly blobId: string }
  | { readonly kind: AssetKind; readonly inlineBytes: number };

export type ModelRequest =
  | (OverInterface & {
      readonly op: 'begin';
      readonly by: CallerIndex;
      /** Whose capsule it begins in. */
      readonly capsuleOf: CallerIndex;
      /** Index into the schedule's files. */
      readonly file: number;
      readonly key: string;
      readonly chunksOff: number;
      /** In bytes: by which the caller counts the chunks; undefined: the one in force. Over HTTP nobody counts them but the canister. */
      readonly chunkSize?: number | undefined;
    })
  /** `file`: the file whose bytes are sent, which is that of the label. */
  | (OnSession & {
      readonly op: 'put';
      readonly file: number;
      readonly index: number;
      readonly data: ChunkData;
      /** In bytes: by which the caller cuts the file; undefined: the session's. */
      readonly chunkSize?: number | undefined;
    })
  | (OnSession & {
      readonly op: 'finish';
      readonly file: number;
      readonly hash: HashArgument;
      readonly lengthOff: number;
    })
  | (OnSession & { readonly op: 'abort' | 'pause' | 'resume' | 'status' | 'read' | 'readWhole' })
  | { readonly op: 'cleanup' | 'list' | 'stats' | 'config'; readonly by: CallerIndex }
  | {
      readonly op: 'memory';
      readonly by: CallerIndex;
      readonly capsuleOf: CallerIndex;
      readonly assets: readonly RequestedAsset[];
    }
  | { readonly op: 'listMemories'; readonly by: CallerIndex }
  | (OverInterface & {
      readonly op: 'readMemory' | 'deleteMemory';
      readonly by: CallerIndex;
      readonly memoryId: string;
    });
