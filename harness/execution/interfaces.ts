/** The interface of the target that encodes an operation and decodes its reply: the Candid methods or HTTP. */
import { viaOf, type Operation, type Schedule } from '../../model/schedule.js';
import type { EncodedRequest, ReadResult, Request, Result, Target } from '../../targets/target.js';
import type { Outcome } from '../../replicas/replica.js';

export interface OperationInterface {
  encode(request: Request): EncodedRequest | undefined;
  /** @param call the call that was answered */
  decode(request: Request, outcome: Outcome, call: EncodedRequest): Result | ReadResult;
  /** How a file is read. */
  readonly reads: Target['shape']['read'];
  /** The id that a read names. */
  readonly readsBy: Target['shape']['readBy'];
}

/**
 * The interface for an operation, or the reason why there is none. Reasons are part of the trace, so their texts never change.
 * @param token the token of the operation's caller; `undefined` if there is none
 */
export function interfaceOf(
  operation: Operation,
  target: Target,
  token: string | undefined,
): OperationInterface | string {
  const via = viaOf(operation);
  if (via === undefined)
    return {
      encode: (request) => target.encode(request),
      decode: (request, outcome, call) => target.decode(request, outcome, call),
      reads: target.shape.read,
      readsBy: target.shape.readBy,
    };
  const { http } = target;
  if (http === undefined) return 'the target has no HTTP interface';
  if (via === 'http' && token === undefined) return 'no token was made for its caller';
  const shown = via === 'http' ? token : undefined;
  return {
    encode: (request) => http.encode(request, shown),
    decode: (request, outcome, call) => http.decode(request, outcome, call),
    reads: 'chunks',
    readsBy: 'memory',
  };
}

/** At least this many callers are prepared, so that most schedules share one set-up, whatever their number of callers. */
export const CALLERS_PREPARED_MIN = 4;

/** Number of callers that get a token before the schedule starts. */
export function tokensOf({
  callers = 0,
  ...schedule
}: Partial<Pick<Schedule, 'steps' | 'from' | 'callers'>>): number {
  return needsTokens(schedule) ? Math.max(callers, CALLERS_PREPARED_MIN) : 0;
}

/** Whether the callers need tokens. An earlier version of the canister creates none. */
export function needsTokens({ steps = [], from }: Partial<Pick<Schedule, 'steps' | 'from'>>): boolean {
  return from === undefined && steps.some((step) => step.do === 'call' && viaOf(step.operation) === 'http');
}
