/** Tells rejects that the canister caused from those of its surroundings. Codes as in the IC interface specification. */
import type { Result } from '../../model/result.js';

type Rejected = Extract<Result, { kind: 'rejected' }>;

/** Stopped, stopping, not stopped, without a module: what was done to the canister, not what it did. */
const CODES_OF_SURROUNDINGS = new Set(['IC0508', 'IC0509', 'IC0510', 'IC0537']);

const CANISTER_REJECT = 4;
const CANISTER_ERROR = 5;
const SYS_UNKNOWN = 6;

/** A trap, a broken contract, a missing reply, an exceeded limit: what no well-typed call may lead to. */
export function isCanisterFault(result: Result | undefined): result is Rejected {
  if (result?.kind !== 'rejected') return false;
  if (result.code !== CANISTER_ERROR && result.code !== CANISTER_REJECT) return false;
  return !isOfSurroundings(result.errorCode) && !isSizeRefusal(result);
}

/** Whether an error code tells of what was done to the canister: it is stopped, or has no module. */
export function isOfSurroundings(errorCode: string): boolean {
  return CODES_OF_SURROUNDINGS.has(errorCode);
}

/** The message never reached the canister: it is larger than a message may be. */
export function isSizeRefusal({ text }: Rejected): boolean {
  return /\b(message|payload|request)\b.*\b(too large|larger than the max)/is.test(text);
}

/** Whether the call may or may not have had its effect. */
export function isOutcomeUnknown(result: Result | undefined): boolean {
  return result === undefined || (result.kind === 'rejected' && result.code === SYS_UNKNOWN);
}
