/** Who may call which method of the management canister. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { ROOT_SUBNET_ONLY, SAME_SUBNET_ONLY } from '../management-interface/method-groups.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import type { CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { canisterMissing, canisterMissingWithAdvice, notController } from './errors.js';

/** Methods that a canister may call on itself without being its own controller. */
const SELF_SERVICE: ReadonlySet<string> = new Set([
  'canister_status',
  'upload_chunk',
  'stored_chunks',
  'clear_chunk_store',
]);

/** Methods that anyone may call on any canister. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set([
  'provisional_top_up_canister',
  'deposit_cycles',
  'canister_info',
  'canister_metadata',
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

/** Methods whose error for a canister that does not exist has advice. */
const WITH_ADVICE: ReadonlySet<string> = new Set([
  'delete_canister',
  'install_chunked_code',
  'install_code',
  'stop_canister',
  'uninstall_code',
]);

/** The canister that a call is about, or the reason why the caller may not call the method on it. */
export function authorize(
  subnet: Subnet,
  method: string,
  id: PrincipalText | undefined,
  caller: PrincipalText,
): Canister | UserError {
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) {
    const missing = WITH_ADVICE.has(method) ? canisterMissingWithAdvice : canisterMissing;
    return missing(id ?? MANAGEMENT_CANISTER);
  }
  return isAllowed(method, canister, caller) ? canister : notControllerError(canister, caller);
}

function isAllowed(method: string, canister: Canister, caller: PrincipalText): boolean {
  return (
    OPEN_TO_ALL.has(method) ||
    canister.record.settings.controllers.includes(caller) ||
    (SELF_SERVICE.has(method) && caller === canister.id)
  );
}

export function notControllerError({ id, record }: Canister, sender: PrincipalText): UserError {
  return notController(id, record.settings.controllers, sender);
}

/** Some methods are closed to canisters of other subnets, and some to all but those of the root subnet. */
export function foreignSenderError(
  subnet: Subnet,
  { caller, method, origin }: CallInput,
): UserError | undefined {
  if (origin.kind !== 'canister') return undefined;
  const { root } = subnet.network;
  const sender = subnet.network.route(caller);
  if (sender === undefined || sender === root) return undefined;
  if (SAME_SUBNET_ONLY.has(method) && sender !== subnet) {
    const text = `Incorrect sender subnet id: ${sender.principal}. Sender should be on the same subnet or on the NNS subnet.`;
    return userError(ERROR.contractViolation, text);
  }
  if (!ROOT_SUBNET_ONLY.has(method)) return undefined;
  return userError(
    ERROR.contractViolation,
    `${method} is called by ${caller}. It can only be called by NNS.`,
  );
}
