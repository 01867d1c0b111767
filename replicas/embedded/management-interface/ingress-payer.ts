/** The canister that pays for an ingress message. */
import type { Call, PrincipalText } from '../../replica.js';
import { BYTES } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import { decodeTarget, targetOf } from './target.js';

/** Methods that cost nothing. Recorded: trace 12, exchange 509. */
const UNPAID: ReadonlySet<string> = new Set([
  'provisional_create_canister_with_cycles',
  'provisional_top_up_canister',
]);

/**
 * The receiver pays; for the management canister, the canister that the call is about. `undefined` if nobody pays now: a small call of
 * `update_settings` is paid for after the change, because lowering the freezing threshold is how a controller rescues a frozen
 * canister. `argument` is the decoded argument of an operator's call, which carries no bytes.
 */
export function ingressPayer({ canister, method, arg }: Call, argument?: unknown): PrincipalText | undefined {
  if (canister !== MANAGEMENT_CANISTER) return canister;
  if (isPaidLater(method, arg) || UNPAID.has(method)) return undefined;
  return argument === undefined ? decodeTarget(method, arg) : targetOf(argument);
}

/** Whether an ingress message of `update_settings` is paid for after the change. */
export function isPaidLater(method: string, arg: Uint8Array): boolean {
  return method === 'update_settings' && arg.length <= BYTES.delayedIngressMax;
}
