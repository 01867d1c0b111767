/**
 * Finds the subnet whose management canister receives the call of a canister. A call that cannot be routed never leaves its canister.
 *
 * Source: IC interface spec, "The IC management canister"; the texts are recorded: trace 01, exchanges 269 to 277.
 */
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError } from '../errors.js';
import type { ManagementMethod } from '../management-interface/arguments.js';
import {
  decodeArgument,
  isManagementMethod,
  UNAVAILABLE_METHODS,
  UNFINISHED_METHODS,
} from '../management-interface/candid-types.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import { faultReject, plainReject, type RejectResponse } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';

/** Methods that are about the caller's subnet. */
const LOCAL_METHODS: ReadonlySet<ManagementMethod> = new Set([
  'create_canister',
  'http_request',
  'provisional_create_canister_with_cycles',
  'raw_rand',
]);
/** Methods whose argument has the version of the calling canister. */
const VERSIONED_METHODS: ReadonlySet<ManagementMethod> = new Set([
  'create_canister',
  'install_chunked_code',
  'install_code',
  'load_canister_snapshot',
  'provisional_create_canister_with_cycles',
  'uninstall_code',
  'update_settings',
]);
/** The network's names of methods in the text for a canister without a subnet, where they differ from the method's own name. */
const ROUTE_NAMES: ReadonlyMap<string, string> = new Map(
  ['canister_status', 'start_canister', 'stop_canister', 'delete_canister'].map((name) => [
    name,
    'DepositCycles',
  ]),
);

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
      readonly kind: 'subnet';
      readonly principal: PrincipalText;
      /** The decoded argument, if the route depends on it. */
      readonly argument?: unknown;
    }
  | { readonly kind: 'refused'; readonly response: RejectResponse };

export function routeManagementCall(subnet: Subnet, call: ManagementCall): ManagementRoute {
  const { callee, method } = call;
  const isKnown = isManagementMethod(method);
  if (!isKnown && !UNAVAILABLE_METHODS.has(method) && !UNFINISHED_METHODS.has(method)) {
    return fail(ERROR.methodNotFound, `Management canister has no method '${method}'`);
  }
  if (callee !== MANAGEMENT_CANISTER) {
    // Only the canisters of the root subnet may name a subnet.
    if (subnet === subnet.network.root) return { kind: 'subnet', principal: callee };
    return unroutable(method, `AlreadyResolved(${callee})`);
  }
  return isKnown ? routeByArgument(subnet, method, call) : { kind: 'subnet', principal: subnet.principal };
}

function routeByArgument(
  subnet: Subnet,
  method: ManagementMethod,
  { arg, version }: ManagementCall,
): ManagementRoute {
  const isLocal = LOCAL_METHODS.has(method);
  const isVersioned = VERSIONED_METHODS.has(method);
  if (isLocal && !isVersioned) return { kind: 'subnet', principal: subnet.principal };
  let argument: unknown;
  try {
    argument = decodeArgument(method, arg);
  } catch (error) {
    const text = `Error decoding candid: ${(error as Error).message}`;
    if (isVersioned) return fail(ERROR.invalidManagementPayload, text);
    const description = `description: ${JSON.stringify(text)}`;
    return unroutable(method, `UserError(UserError { code: InvalidManagementPayload, ${description} })`);
  }
  const claimed = senderVersionOf(argument);
  if (claimed !== undefined && claimed !== BigInt(version)) {
    const text = `Management canister call payload includes sender canister version ${claimed} that does not match the actual sender canister version ${version}.`;
    return fail(ERROR.contractViolation, text);
  }
  return isLocal
    ? { kind: 'subnet', principal: subnet.principal, argument }
    : routeToTarget(subnet, method, argument);
}

function senderVersionOf(argument: unknown): bigint | undefined {
  const { sender_canister_version: version } = (argument ?? {}) as {
    readonly sender_canister_version?: readonly bigint[];
  };
  return version?.[0];
}

function routeToTarget(subnet: Subnet, method: ManagementMethod, argument: unknown): ManagementRoute {
  const target = targetOf(argument);
  const destination = target === undefined ? subnet : subnet.network.route(target);
  if (destination) return { kind: 'subnet', principal: destination.principal, argument };
  return unroutable(method, `SubnetNotFound(CanisterId(${target}), ${routeNameOf(method)})`);
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
