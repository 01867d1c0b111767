/** Distinguishes rejects that the canister caused from rejects by its environment. Codes of the IC interface specification. */
import type { Result } from '../../model/result.js';

type Rejected = Extract<Result, { kind: 'rejected' }>;

/** The canister is stopped, stopping, not stopped, or has no module. */
const ENVIRONMENT_CODES = new Set(['IC0508', 'IC0509', 'IC0510', 'IC0537']);

const CANISTER_REJECT = 4;
const CANISTER_ERROR = 5;
const SYS_UNKNOWN = 6;

/** A trap, a broken contract, a missing reply, or an exceeded limit. No well-typed call may cause one. */
export function isCanisterFault(result: Result | undefined): result is Rejected {
  if (result?.kind !== 'rejected') return false;
  if (result.code !== CANISTER_ERROR && result.code !== CANISTER_REJECT) return false;
  return !isEnvironmentReject(result.errorCode) && !isSizeRefusal(result);
}

/** Whether the environment caused the error: the canister is stopped or has no module. */
export function isEnvironmentReject(errorCode: string): boolean {
  return ENVIRONMENT_CODES.has(errorCode);
}

/** The message is too large, so it never reached the canister. */
export function isSizeRefusal({ text }: Rejected): boolean {
  return /\b(message|payload|request)\b.*\b(too large|larger than the max)/is.test(text);
}

/** Whether the effect of the call is unknown. */
export function isOutcomeUnknown(result: Result | undefined): boolean {
  if (result?.kind === 'error') return result.error === 'OutcomeUnknown';
  return result === undefined || (result.kind === 'rejected' && result.code === SYS_UNKNOWN);
}
