/**
 * Finds the receiver of a canister's call to the management canister: the management canister of a subnet, or the canister that provides
 * the method for the whole network. A call that cannot be routed never leaves its canister.
 *
 * Source: IC interface spec, "The IC management canister"; the texts are recorded: trace 01, exchanges 269 to 277, and traces 12 and 15.
 */
import { IDL } from '@icp-sdk/core/candid';
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError } from '../errors.js';
import { ArgumentError, canonicalArgument } from '../management-interface/argument-decoder.js';
import type { ManagementMethod, SubnetArgument } from '../management-interface/arguments.js';
import { decodeArgument, isManagementMethod } from '../management-interface/candid-types.js';
import { keyOf, PUBLIC_KEY_METHODS } from '../management-interface/key-target.js';
import { BITCOIN_METHODS, isKnownMethod } from '../management-interface/method-groups.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import { faultReject, plainReject, type RejectResponse } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { heldKeysToText, isHeldKey, keyIdToText, type KeyId } from '../threshold-keys/key-derivation.js';

/** Methods that are about the caller's subnet. */
const LOCAL_METHODS: ReadonlySet<string> = new Set([
  'bitcoin_get_successors',
  'bitcoin_send_transaction_internal',
  'create_canister',
  'http_request',
  'provisional_create_canister_with_cycles',
  'raw_rand',
  'setup_initial_dkg',
]);
/** Methods whose argument has the version of the calling canister. */
const VERSIONED_METHODS: ReadonlySet<string> = new Set([
  'create_canister',
  'install_chunked_code',
  'install_code',
  'load_canister_snapshot',
  'provisional_create_canister_with_cycles',
  'rename_canister',
  'uninstall_code',
  'update_settings',
]);
/** Methods whose argument names the subnet. */
const SUBNET_METHODS: ReadonlySet<string> = new Set(['node_metrics_history', 'subnet_info']);
/** The network's names of methods in the text for a canister without a subnet, where they differ from the method's own name. */
const ROUTE_NAMES: ReadonlyMap<string, string> = new Map(
  ['canister_status', 'start_canister', 'stop_canister', 'delete_canister'].map((name) => [
    name,
    'DepositCycles',
  ]),
);
/** The canisters that provide the Bitcoin methods, by network. The local test network of Bitcoin uses the one for its public test network. */
const BITCOIN_MAINNET_CANISTER: PrincipalText = 'ghsi2-tqaaa-aaaan-aaaca-cai';
const BITCOIN_TESTNET_CANISTER: PrincipalText = 'g4xu7-jiaaa-aaaan-aaaaq-cai';

/** The part of the arguments of the Bitcoin methods that the route depends on. */
const BitcoinRequest = IDL.Record({
  network: IDL.Variant(
    Object.fromEntries(
      ['mainnet', 'Mainnet', 'testnet', 'Testnet', 'regtest', 'Regtest'].map((name) => [name, IDL.Null]),
    ),
  ),
});

export interface ManagementCall {
  /** The management canister, or a subnet's principal. */
  readonly callee: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  /** The version of the calling canister when the message began. */
  readonly version: number;
}

export type ManagementRoute =
  | {
      readonly kind: 'receiver';
      /** A subnet, or a canister. There may be none with this id. */
      readonly principal: PrincipalText;
      /** The decoded argument, if the route depends on it. */
      readonly argument?: unknown;
    }
  | { readonly kind: 'refused'; readonly response: RejectResponse };

export function routeManagementCall(subnet: Subnet, call: ManagementCall): ManagementRoute {
  const { callee, method } = call;
  if (!isKnownMethod(method)) {
    return fail(ERROR.methodNotFound, `Management canister has no method '${method}'`);
  }
  if (callee !== MANAGEMENT_CANISTER) {
    // Only the canisters of the root subnet may name a subnet.
    if (subnet === subnet.network.root) return { kind: 'receiver', principal: callee };
    return unroutable(method, `AlreadyResolved(${callee})`);
  }
  const isVersioned = VERSIONED_METHODS.has(method);
  if (LOCAL_METHODS.has(method) && !isVersioned) return { kind: 'receiver', principal: subnet.principal };
  try {
    return isManagementMethod(method)
      ? routeByArgument(subnet, method, call)
      : routeUnprovided(subnet, method, call.arg);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    if (isVersioned) return fail(ERROR.invalidManagementPayload, error.message);
    const description = `description: ${JSON.stringify(error.message)}`;
    return unroutable(method, `UserError(UserError { code: InvalidManagementPayload, ${description} })`);
  }
}

/** @throws ArgumentError if the argument is not one of the method */
function routeByArgument(
  subnet: Subnet,
  method: ManagementMethod,
  { arg, version }: ManagementCall,
): ManagementRoute {
  const argument: unknown = decodeArgument(method, arg);
  const claimed = VERSIONED_METHODS.has(method) ? senderVersionOf(argument) : undefined;
  if (claimed !== undefined && claimed !== BigInt(version)) {
    const text = `Management canister call payload includes sender canister version ${claimed} that does not match the actual sender canister version ${version}.`;
    return fail(ERROR.contractViolation, text);
  }
  if (LOCAL_METHODS.has(method)) return { kind: 'receiver', principal: subnet.principal, argument };
  if (SUBNET_METHODS.has(method)) {
    const { subnet_id: principal } = argument as SubnetArgument;
    return { kind: 'receiver', principal: principal.toText(), argument };
  }
  const key = keyOf(method, argument);
  return key ? routeToKey(subnet, method, key, argument) : routeToTarget(subnet, method, argument);
}

function senderVersionOf(argument: unknown): bigint | undefined {
  const { sender_canister_version: version } = argument as {
    readonly sender_canister_version?: readonly bigint[];
  };
  return version?.[0];
}

function routeToTarget(subnet: Subnet, method: ManagementMethod, argument: unknown): ManagementRoute {
  const target = targetOf(argument);
  const destination = target === undefined ? subnet : subnet.network.route(target);
  if (destination) return { kind: 'receiver', principal: destination.principal, argument };
  return unroutable(method, `SubnetNotFound(CanisterId(${target}), ${routeNameOf(method)})`);
}

function routeToKey(
  { network }: Subnet,
  method: ManagementMethod,
  key: KeyId,
  argument: unknown,
): ManagementRoute {
  const [holder] = network.keyHolders;
  if (holder && isHeldKey(key.name)) return { kind: 'receiver', principal: holder.principal, argument };
  const [unknown, existing] = PUBLIC_KEY_METHODS.has(method)
    ? ['unknown', 'existing']
    : ['unknown or disabled', 'existing enabled'];
  const keys = holder ? heldKeysToText() : '[]';
  const text = `Requested ${unknown} threshold key: ${keyIdToText(key)}, ${existing} keys: ${keys}`;
  return unroutable(method, `ChainKeyError(${JSON.stringify(text)})`);
}

/**
 * Finds the receiver for a method that the management canister of a subnet does not provide.
 * @throws ArgumentError if the argument is not one of the method
 */
function routeUnprovided(subnet: Subnet, method: string, arg: Uint8Array): ManagementRoute {
  const canonical = canonicalArgument(method, arg);
  const principal = BITCOIN_METHODS.has(method) ? bitcoinCanister(canonical) : subnet.principal;
  return { kind: 'receiver', principal };
}

function bitcoinCanister(argument: Uint8Array): PrincipalText {
  const [{ network }] = IDL.decode([BitcoinRequest], argument) as unknown as [{ readonly network: object }];
  return 'mainnet' in network || 'Mainnet' in network ? BITCOIN_MAINNET_CANISTER : BITCOIN_TESTNET_CANISTER;
}

/** For example `UploadChunk` for `upload_chunk`. */
function routeNameOf(method: string): string {
  const words = method.split('_');
  return (
    ROUTE_NAMES.get(method) ?? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  );
}

function fail(code: Parameters<typeof userError>[0], text: string): ManagementRoute {
  return { kind: 'refused', response: faultReject(userError(code, text)) };
}

function unroutable(method: string, reason: string): ManagementRoute {
  const text = `Unable to route management canister request ${method}: ${reason}`;
  return { kind: 'refused', response: plainReject(userError(ERROR.canisterNotFound, text)) };
}
