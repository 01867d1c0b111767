/** Who may call which method of the management canister. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { UNAVAILABLE_METHODS } from '../management-interface/candid-types.js';
import type { Canister } from '../state/canister.js';

/** Methods that only canisters may call. */
export const CANISTERS_ONLY: ReadonlySet<string> = new Set([
  'create_canister',
  'deposit_cycles',
  'raw_rand',
  'http_request',
]);

/** Methods that a canister may call on itself without being its own controller. */
const SELF_SERVICE: ReadonlySet<string> = new Set([
  'canister_status',
  'upload_chunk',
  'stored_chunks',
  'clear_chunk_store',
]);

/** Methods that anyone may call on any canister. */
export const OPEN_TO_ALL: ReadonlySet<string> = new Set([
  'provisional_top_up_canister',
  'deposit_cycles',
  'canister_info',
]);

/** Methods that may use many instructions. A round that has used its instructions for the management canister does not start them. */
export const HEAVY_METHODS: ReadonlySet<string> = new Set([
  'fetch_canister_logs',
  'install_chunked_code',
  'install_code',
  'load_canister_snapshot',
  'take_canister_snapshot',
  'upload_chunk',
]);

export function isAllowed(method: string, canister: Canister, caller: PrincipalText): boolean {
  return (
    OPEN_TO_ALL.has(method) ||
    canister.record.settings.controllers.includes(caller) ||
    (SELF_SERVICE.has(method) && caller === canister.id)
  );
}

export function notControllerError({ id, record }: Canister, sender: PrincipalText): UserError {
  return userError(
    ERROR.invalidController,
    `Only the controllers of the canister ${id} can control it.\n` +
      `Canister's controllers: ${record.settings.controllers.join(' ')}\nSender's ID: ${sender}`,
  );
}

export function unknownMethodError(method: string, isUser: boolean): UserError {
  if (UNAVAILABLE_METHODS.has(method)) {
    return userError(
      ERROR.canisterRejectedMessage,
      `The embedded engine does not provide ic00 method ${method}`,
    );
  }
  return userError(
    ERROR.methodNotFound,
    isUser
      ? `ic00 interface does not expose method ${method}`
      : `Management canister has no method '${method}'`,
  );
}
