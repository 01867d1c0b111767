/** Finds the canister that a call to the management canister is about. */
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../../replica.js';
import { ArgumentError } from './argument-decoder.js';
import { decodeArgument, isManagementMethod } from './candid-types.js';

/** The canister that a decoded argument names; `undefined` if it names none. */
export function targetOf(argument: unknown): PrincipalText | undefined {
  const { canister_id, target_canister } = (argument ?? {}) as Record<string, unknown>;
  const target = canister_id ?? target_canister;
  return Principal.isPrincipal(target) ? target.toText() : undefined;
}

/** The canister that an encoded argument names; `undefined` if the bytes are not an argument of the method or name no canister. */
export function decodeTarget(method: string, arg: Uint8Array): PrincipalText | undefined {
  if (!isManagementMethod(method)) return undefined;
  try {
    return targetOf(decodeArgument(method, arg));
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return undefined;
  }
}
