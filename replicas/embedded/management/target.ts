/** Which canister a call to aaaaa-aa is about. */
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from '../../replica.js';
import { decodeArgument, isManagementMethod } from './candid-types.js';

/** Undefined if the argument names none. */
export function targetOf(argument: unknown): PrincipalText | undefined {
  const { canister_id, target_canister } = (argument ?? {}) as Record<string, unknown>;
  const target = canister_id ?? target_canister;
  return target instanceof Principal || (target as Principal)?._isPrincipal
    ? (target as Principal).toText()
    : undefined;
}

/** From an argument's bytes; undefined too if they are not the method's argument. */
export function decodeTarget(method: string, arg: Uint8Array): PrincipalText | undefined {
  if (!isManagementMethod(method)) return undefined;
  try {
    return targetOf(decodeArgument(method, arg));
  } catch {
    return undefined;
  }
}
