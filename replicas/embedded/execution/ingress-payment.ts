/**
 * Payment for ingress messages: by the bytes of the whole request. Recorded: trace 09, exchanges 712 to 738.
 */
import type { Call } from '../../replica.js';
import { ingressFee } from '../accounting/prices.js';
import { canisterNotFound, type UserError } from '../errors.js';
import { ingressPayer } from '../management-interface/ingress-payer.js';
import type { Subnet } from '../state/subnet.js';
import { withdraw, withdrawalError } from './canister-account.js';
import { requestBytes } from './ingress-id.js';

/** Returns an error if the canister that pays for the message does not exist or would freeze. Takes nothing. */
export function ingressPaymentError(subnet: Subnet, call: Call, argument?: unknown): UserError | undefined {
  const payer = ingressPayer(call, argument);
  if (payer === undefined) return undefined;
  const canister = subnet.canisters.get(payer);
  if (!canister) return canisterNotFound(payer);
  return withdrawalError(canister, ingressFee(subnet.profile, requestBytes(call)), call.caller);
}

/** Takes the fee of an accepted message. */
export function payForIngress(subnet: Subnet, call: Call, argument?: unknown): void {
  const payer = ingressPayer(call, argument);
  const canister = payer === undefined ? undefined : subnet.canisters.get(payer);
  if (canister) withdraw(canister, ingressFee(subnet.profile, requestBytes(call)), call.caller);
}

/** Takes the fee of `update_settings`, for its method name and argument only. A canister that would freeze does not pay. */
export function payForSettings(
  subnet: Subnet,
  call: Pick<Call, 'method' | 'arg' | 'caller'>,
  id: string,
): void {
  const canister = subnet.canisters.get(id);
  const bytes = Buffer.byteLength(call.method) + call.arg.length;
  if (canister) withdraw(canister, ingressFee(subnet.profile, bytes), call.caller);
}
