/** The methods of the management canister by who may call them, and those that the engine knows by name only. */
import { isManagementMethod } from './candid-types.js';

/** Methods that a user calls without naming a canister. Their argument is decoded when they are executed. */
export const FREE_FOR_USERS: ReadonlySet<string> = new Set([
  'provisional_create_canister_with_cycles',
  'provisional_top_up_canister',
]);

/** Methods that name a canister in their argument and that users may not call. */
export const CANISTERS_ONLY: ReadonlySet<string> = new Set([
  'canister_info',
  'canister_metadata',
  'rename_canister',
]);

/** Methods that users may not call. Their argument is not even decoded. */
const CLOSED_TO_USERS: ReadonlySet<string> = new Set([
  'create_canister',
  'deposit_cycles',
  'raw_rand',
  'http_request',
  'fetch_canister_logs',
  'subnet_info',
  'node_metrics_history',
  'ecdsa_public_key',
  'sign_with_ecdsa',
  'schnorr_public_key',
  'sign_with_schnorr',
  'vetkd_public_key',
  'vetkd_derive_key',
]);

/** Methods that only canisters of the root subnet may call. */
export const ROOT_SUBNET_ONLY: ReadonlySet<string> = new Set([
  'setup_initial_dkg',
  'reshare_chain_key',
  'rename_canister',
]);

/** Methods that only a canister of the same subnet, or of the root subnet, may call. */
export const SAME_SUBNET_ONLY: ReadonlySet<string> = new Set(['create_canister', 'http_request', 'raw_rand']);

/** Methods that the network's Bitcoin canister answers. */
export const BITCOIN_METHODS: ReadonlySet<string> = new Set([
  'bitcoin_get_balance',
  'bitcoin_get_utxos',
  'bitcoin_get_block_headers',
  'bitcoin_send_transaction',
  'bitcoin_get_current_fee_percentiles',
]);

/** Methods that only the network's Bitcoin canister may call. */
export const BITCOIN_CANISTER_ONLY: ReadonlySet<string> = new Set([
  'bitcoin_get_successors',
  'bitcoin_send_transaction_internal',
]);

export function isKnownMethod(name: string): boolean {
  return (
    isManagementMethod(name) ||
    [ROOT_SUBNET_ONLY, BITCOIN_METHODS, BITCOIN_CANISTER_ONLY].some((group) => group.has(name))
  );
}

/** Whether an ingress message may not carry the method, whatever its argument and its sender. */
export function isClosedToUsers(name: string): boolean {
  if (name === 'rename_canister') return false;
  return CLOSED_TO_USERS.has(name) || (isKnownMethod(name) && !isManagementMethod(name));
}
