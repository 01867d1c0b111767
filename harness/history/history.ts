/**
 * The History: what was asked of the canister and what it answered, in the order seen. Checkers read this and nothing else.
 * Plain JSON apart from no bytes at all: bytes appear as length and SHA-256.
 */
import type { Result } from '../../model/result.js';
import type { Limits, Operation } from '../../model/schedule.js';

interface EventBase {
  /** Position in the History, from 0. */
  readonly index: number;
  /** Index of the schedule's step that caused it; −1 for set-up, steps.length for the final drain and the epilogue. */
  readonly step: number;
  /** Replica time in nanoseconds since 1970, as a decimal string. */
  readonly timeNs: string;
}

interface OperationEvent extends EventBase {
  /** Ties an `invoke` to its `delivered` and its end. Unique in the History. */
  readonly call: number;
  readonly lane: number;
  readonly operation: Operation;
}

export type HistoryEvent =
  /** The call was handed to the replica. `argBytes`: length of its encoded argument; absent in Histories that tell no lengths. */
  | (OperationEvent & { readonly type: 'invoke'; readonly argBytes?: number })
  /** Its first message was executed; its effect may be complete or go on in later messages. Absent if the replica chooses the order. */
  | (OperationEvent & { readonly type: 'delivered'; readonly instructions: number })
  /**
   * It answered, and the answer is a success of the target's interface. `replyBytes`: length of the encoded reply, of a `read` that
   * of its largest part; absent for rejects, and in Histories that tell no lengths.
   */
  | (OperationEvent & { readonly type: 'ok'; readonly result: Result; readonly replyBytes?: number })
  /** It answered with an error of the target's interface, or was rejected. `result.kind` tells. */
  | (OperationEvent & { readonly type: 'fail'; readonly result: Result; readonly replyBytes?: number })
  /** Its outcome is unknown: it may or may not have happened (connection lost, upgrade dropped its callbacks). */
  | (OperationEvent & { readonly type: 'info'; readonly reason: string })
  /** It could not be issued: its session was never begun, or nothing was finished that could be read. */
  | (OperationEvent & { readonly type: 'skipped'; readonly reason: string })
  | (EventBase & { readonly type: 'advanced'; readonly seconds: number })
  /** `limits`: those that it set, absent if it set none. */
  | (EventBase & {
      readonly type: 'upgraded';
      readonly failure: string | undefined;
      readonly limits?: Limits;
    })
  /** The canister was asked to stop: it takes no calls until `restarted`, and comes to rest once those that it has begun are answered. */
  | (EventBase & { readonly type: 'stopping' })
  | (EventBase & { readonly type: 'restarted'; readonly failure: string | undefined })
  /** A message that is not an operation's first one was executed (self call, callback, timer). */
  | (EventBase & {
      readonly type: 'message';
      readonly kind: string;
      readonly method: string;
      readonly call: number | undefined;
      readonly instructions: number;
      readonly failure: string | undefined;
    })
  | (EventBase & {
      readonly type: 'metrics';
      readonly at: string;
      readonly heapBytes: number;
      readonly stableBytes: number;
    })
  | (EventBase & { readonly type: 'log'; readonly text: string })
  /** The schedule is over and nothing is in flight: what follows finishes what may be finished. */
  | (EventBase & { readonly type: 'epilogue' });

export interface History {
  readonly target: string;
  readonly replica: string;
  readonly events: readonly HistoryEvent[];
  /** SHA-256 over the canonical JSON of the events: equal on every run of the same schedule on the embedded engine. */
  readonly traceHash: string;
}
