/** Ingress messages to the management canister: the checks before one is accepted. */
import type { Call } from '../../replica.js';
import { canisterNotFound, ERROR, userError, type UserError } from '../errors.js';
import { ArgumentError } from '../management-interface/argument-decoder.js';
import {
  decodeArgument,
  isManagementMethod,
  UNAVAILABLE_METHODS,
  UNFINISHED_METHODS,
} from '../management-interface/candid-types.js';
import { ingressPaymentError } from '../execution/ingress-payment.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Subnet } from '../state/subnet.js';
import { CANISTERS_ONLY, OPEN_TO_ALL, unknownMethodError } from './access.js';
import { SUBNET_METHODS } from './methods.js';

/**
 * Returns the reason why the ingress message is refused, or `undefined` if it is accepted. `value` is the decoded argument of an
 * operator's call, which carries no bytes.
 */
export function inspectManagementIngress(
  subnet: Subnet,
  { method, arg, caller }: Call,
  value?: unknown,
): UserError | undefined {
  if (method === 'canister_info') {
    return userError(ERROR.canisterRejectedMessage, `Only canisters can call ic00 method ${method}`);
  }
  if (CANISTERS_ONLY.has(method) || method === 'fetch_canister_logs' || UNAVAILABLE_METHODS.has(method)) {
    return userError(
      ERROR.canisterRejectedMessage,
      `ic00 method ${method} can not be called via ingress messages`,
    );
  }
  if (UNFINISHED_METHODS.has(method)) return undefined;
  if (!isManagementMethod(method)) return unknownMethodError(method, true);
  let argument: unknown;
  try {
    argument = value ?? decodeArgument(method, arg);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const text = `Failed to parse payload for ic00 method ${method}: IC0408: ${error.message}`;
    return userError(ERROR.invalidManagementPayload, text);
  }
  const unpaid = ingressPaymentError(subnet, { canister: MANAGEMENT_CANISTER, method, arg, caller }, value);
  if (unpaid) return unpaid;
  if (SUBNET_METHODS[method] || OPEN_TO_ALL.has(method)) return undefined;
  const id = targetOf(argument);
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) return canisterNotFound(id ?? MANAGEMENT_CANISTER);
  if (canister.record.settings.controllers.includes(caller)) return undefined;
  return userError(
    ERROR.invalidController,
    `Only controllers of canister ${canister.id} can call ic00 method ${method}`,
  );
}
