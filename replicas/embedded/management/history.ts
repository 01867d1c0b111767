/** The canister history as the management canister keeps and tells it. */
import { Principal } from '@dfinity/principal';
import type { Canister } from '../state/canister.js';
import {
  recordChange,
  type CanisterChange,
  type ChangeDetails,
  type ChangeOrigin,
} from '../state/canister-history.js';
import type { CallInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';

/** Who asked for a change; a calling canister may have told its version. */
export function originOf(
  input: CallInput,
  argument: { readonly sender_canister_version?: [] | [bigint] },
): ChangeOrigin {
  return input.origin.kind === 'canister'
    ? { kind: 'canister', canister: input.caller, version: argument.sender_canister_version?.[0] }
    : { kind: 'user', user: input.caller };
}

/** To be called when the change is made, so that the entry has the canister's new version. */
export function noteChange(
  { timeNs }: Subnet,
  { record }: Canister,
  origin: ChangeOrigin,
  details: ChangeDetails,
): void {
  record.history = recordChange(record.history, { timeNs, version: record.version, origin, details });
}

/** As `canister_info` answers it. */
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
    case 'controllers_change':
      return { [details.kind]: { controllers: details.controllers.map((text) => Principal.fromText(text)) } };
    case 'code_uninstall':
      return { code_uninstall: null };
    case 'code_deployment':
      return {
        code_deployment: {
          mode: { [details.mode]: null },
          module_hash: new Uint8Array(Buffer.from(details.moduleHash, 'hex')),
        },
      };
    case 'load_snapshot':
      return {
        load_snapshot: {
          canister_version: BigInt(details.version),
          snapshot_id: details.snapshotId,
          taken_at_timestamp: details.takenAtNs,
        },
      };
  }
}
