/** By which interface of the target an operation is written and its answer read. */
import { viaOf, type Operation, type Schedule } from '../../model/schedule.js';
import type { EncodedRequest, ReadResult, Request, Result, Target } from '../../targets/target.js';
import type { Outcome } from '../../replicas/replica.js';

export interface OperationInterface {
  encode(request: Request): EncodedRequest | undefined;
  decode(request: Request, outcome: Outcome): Result | ReadResult;
  /** What a read names: the blob, or the memory that the finish made. */
  readonly readsBy: 'blob' | 'memory';
}

/**
 * The translation, or why there is none.
 * @param token of the operation's caller; undefined: none was made
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
      decode: (request, outcome) => target.decode(request, outcome),
      readsBy: target.readsBy ?? 'blob',
    };
  const { http } = target;
  if (http === undefined) return 'the target has no HTTP interface';
  if (via === 'http' && token === undefined) return 'no token was made for its caller';
  const shown = via === 'http' ? token : undefined;
  return {
    encode: (request) => http.encode(request, shown),
    decode: (request, outcome) => http.decode(request, outcome),
    readsBy: 'memory',
  };
}

/** So many callers have a token at least, so that most schedules share one set-up whatever their number of callers. */
export const CALLERS_PREPARED_MIN = 4;

/** Callers that are given a token before the schedule begins. */
export function tokensOf({
  callers = 0,
  ...schedule
}: Partial<Pick<Schedule, 'steps' | 'from' | 'callers'>>): number {
  return needsTokens(schedule) ? Math.max(callers, CALLERS_PREPARED_MIN) : 0;
}

/** Whether its callers need tokens. An earlier version of the canister has none to give. */
export function needsTokens({ steps = [], from }: Partial<Pick<Schedule, 'steps' | 'from'>>): boolean {
  return from === undefined && steps.some((step) => step.do === 'call' && viaOf(step.operation) === 'http');
}
