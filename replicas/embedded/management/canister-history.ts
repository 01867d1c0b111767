/** Appends changes to the canister history, and encodes the canister history for `canister_info`. */
import { Principal } from '@icp-sdk/core/principal';
import { hexToBytes } from '../bytes.js';
import type { ChangeArgument } from '../management-interface/arguments.js';
import type { Canister } from '../state/canister.js';
import {
  appendChange,
  type CanisterChange,
  type ChangeDetails,
  type ChangeOrigin,
} from '../state/canister-history.js';
import type { CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';

/** The user or canister that requested a change. A calling canister may state its own version in the argument. */
export function changeOriginOf(input: CallInput, argument: ChangeArgument): ChangeOrigin {
  return input.origin.kind === 'canister'
    ? { kind: 'canister', canister: input.caller, version: argument.sender_canister_version?.[0] }
    : { kind: 'user', user: input.caller };
}

/** Must be called after the change is made, because the entry holds the version of the changed canister. */
export function recordChange(
  { timeNs }: Subnet,
  { record }: Canister,
  origin: ChangeOrigin,
  details: ChangeDetails,
): void {
  record.canisterHistory = appendChange(record.canisterHistory, {
    timeNs,
    version: record.version,
    origin,
    details,
  });
}

/** An entry of `recent_changes` in the result of `canister_info`. */
export function changeToCandid({ timeNs, version, origin, details }: CanisterChange) {
  return {
    timestamp_nanos: timeNs,
    canister_version: BigInt(version),
    origin:
      origin.kind === 'user'
        ? { from_user: { user_id: Principal.fromText(origin.user) } }
        : {
            from_canister: {
              canister_id: Principal.fromText(origin.canister),
              canister_version: origin.version === undefined ? [] : [origin.version],
            },
          },
    details: detailsToCandid(details),
  };
}

function detailsToCandid(details: ChangeDetails) {
  switch (details.kind) {
    case 'creation':
      return {
        creation: {
          controllers: toPrincipals(details.controllers),
          environment_variables_hash: optional(details.environmentVariablesHash),
        },
      };
    case 'controllers_change':
      return { controllers_change: { controllers: toPrincipals(details.controllers) } };
    case 'code_uninstall':
      return { code_uninstall: null };
    case 'code_deployment':
      return {
        code_deployment: {
          mode: { [details.mode]: null },
          module_hash: hexToBytes(details.moduleHash),
        },
      };
    case 'load_snapshot':
      return {
        load_snapshot: {
          canister_version: BigInt(details.version),
          snapshot_id: details.snapshotId,
          taken_at_timestamp: details.takenAtNs,
          source: { [details.source]: null },
          from_canister_id: optional(details.fromCanister && Principal.fromText(details.fromCanister)),
        },
      };
  }
}

const toPrincipals = (texts: readonly string[]): Principal[] => texts.map((text) => Principal.fromText(text));

const optional = <T>(value: T | undefined): [] | [T] => (value === undefined ? [] : [value]);
