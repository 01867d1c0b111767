/** Ingress messages to the management canister: the checks before one is accepted. */
import type { Call } from '../../replica.js';
import { canisterNotFound, ERROR, errorCodeText, userError, type UserError } from '../errors.js';
import { ingressPaymentError } from '../execution/ingress-payment.js';
import { ArgumentError, canonicalArgument } from '../management-interface/argument-decoder.js';
import { decodeArgument, isManagementMethod } from '../management-interface/candid-types.js';
import {
  CANISTERS_ONLY,
  FREE_FOR_USERS,
  isClosedToUsers,
  isKnownMethod,
} from '../management-interface/method-groups.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Subnet } from '../state/subnet.js';

/** Before a message is accepted, its argument is read as that of another method, which has fewer fields. Recorded: trace 12, exchange 932. */
const UNINSTALL = 'uninstall_code';
const READ_AS = 'canister_status';

/**
 * Returns the reason why the ingress message is refused, or `undefined` if it is accepted. `value` is the decoded argument of an
 * operator's call, which carries no bytes.
 */
export function inspectManagementIngress(
  subnet: Subnet,
  { method, arg, caller }: Call,
  value?: unknown,
): UserError | undefined {
  if (FREE_FOR_USERS.has(method)) return undefined;
  if (isClosedToUsers(method)) {
    const text = `ic00 method ${method} can not be called via ingress messages`;
    return userError(ERROR.canisterRejectedMessage, text);
  }
  if (!isKnownMethod(method)) {
    return userError(ERROR.methodNotFound, `ic00 interface does not expose method ${method}`);
  }
  const decoded = decode(method, arg, value);
  if (decoded instanceof ArgumentError) return payloadError(method, decoded);
  const unpaid = ingressPaymentError(subnet, { canister: MANAGEMENT_CANISTER, method, arg, caller }, value);
  if (unpaid) return unpaid;
  if (CANISTERS_ONLY.has(method)) {
    return userError(ERROR.canisterRejectedMessage, `Only canisters can call ic00 method ${method}`);
  }
  const id = targetOf(decoded);
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) return canisterNotFound(id ?? MANAGEMENT_CANISTER);
  if (canister.record.settings.controllers.includes(caller)) return undefined;
  const text = `Only controllers of canister ${canister.id} can call ic00 method ${method}`;
  return userError(ERROR.invalidController, text);
}

function decode(method: string, arg: Uint8Array, value: unknown): unknown {
  try {
    if (value !== undefined) return value;
    if (method === UNINSTALL) canonicalArgument(READ_AS, arg);
    return isManagementMethod(method) ? decodeArgument(method, arg) : canonicalArgument(method, arg);
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
}

function payloadError(method: string, { message }: ArgumentError): UserError {
  const code = errorCodeText(ERROR.invalidManagementPayload);
  return userError(
    ERROR.invalidManagementPayload,
    `Failed to parse payload for ic00 method ${method}: ${code}: ${message}`,
  );
}
