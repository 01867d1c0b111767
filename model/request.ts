/** An operation with its label resolved to the session that the canister named: what the model is asked about. */
import type { CallerIndex, ChunkData, HashArgument } from './schedule.js';

interface OnSession {
  readonly sessionId: string;
  readonly by: CallerIndex;
}

export type ModelRequest =
  | {
      readonly op: 'begin';
      readonly by: CallerIndex;
      /** Whose capsule it begins in. */
      readonly capsuleOf: CallerIndex;
      /** Index into the schedule's files. */
      readonly file: number;
      readonly key: string;
      readonly chunksOff: number;
    }
  /** `file`: the file whose bytes are sent, which is that of the label. */
  | (OnSession & {
      readonly op: 'put';
      readonly file: number;
      readonly index: number;
      readonly data: ChunkData;
    })
  | (OnSession & {
      readonly op: 'finish';
      readonly file: number;
      readonly hash: HashArgument;
      readonly lengthOff: number;
    })
  | (OnSession & { readonly op: 'abort' | 'pause' | 'resume' | 'status' | 'read' })
  | { readonly op: 'cleanup' | 'list'; readonly by: CallerIndex };
