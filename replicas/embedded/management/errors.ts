/** The errors of the management canister about canisters, modules, chunks, and snapshots. Their texts are recorded: trace 12. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, help, userError, type ErrorNumber, type UserError } from '../errors.js';
import { BYTES, COUNTS } from '../params.js';

/** An error whose text is followed by advice. `place` is a section of the documentation, or a name alone. */
function advised(code: ErrorNumber, text: string, advice: string): UserError {
  return userError(code, `${text}\n${advice}`);
}

export function canisterMissing(id: PrincipalText): UserError {
  return userError(ERROR.canisterNotFound, `Canister ${id} not found.`);
}

/** The same error of the methods that install, uninstall, stop, and delete. */
export function canisterMissingWithAdvice(id: PrincipalText): UserError {
  return advised(
    ERROR.canisterNotFound,
    `Canister ${id} not found.`,
    help('Check the ICP dashboard to ensure the canister exists.', 'canister-not-found'),
  );
}

export function notController(
  id: PrincipalText,
  controllers: readonly PrincipalText[],
  sender: PrincipalText,
): UserError {
  return advised(
    ERROR.invalidController,
    `Only the controllers of the canister ${id} can control it.\n` +
      `Canister's controllers: ${controllers.join(' ')}\nSender's ID: ${sender}`,
    help(
      'Execute this call from a controller of the target canister or add the current caller as a controller.',
      'invalid-controller',
    ),
  );
}

export function cannotDeleteItself(id: PrincipalText): UserError {
  return advised(
    ERROR.invalidController,
    `Canister ${id} cannot delete itself.`,
    help('Delete the canister from one of its other controllers.', 'delete-canister-self'),
  );
}

export function queueNotEmpty(id: PrincipalText): UserError {
  return advised(
    ERROR.queueNotEmpty,
    `Canister ${id} has messages in its queues and cannot be deleted now. Please retry after some time.`,
    help(
      'Wait until the queues have been cleared to delete the canister and in the meantime stop the canister.',
      'delete-canister-queue-not-empty',
    ),
  );
}

const INTERNAL_ADVICE =
  'This is an internal error on the IC. Please report it to IC devs on the forum: https://forum.dfinity.org';

export function canisterExists(id: PrincipalText): UserError {
  return advised(ERROR.alreadyInstalled, `Canister ${id} is already installed.`, INTERNAL_ADVICE);
}

export function idNotHosted(id: PrincipalText, subnet: PrincipalText): UserError {
  return advised(
    ERROR.notHostedBySubnet,
    `Unsuccessful validation of specified ID: Specified CanisterId ${id} is not hosted by subnet ${subnet}.`,
    INTERNAL_ADVICE,
  );
}

export function idOfTestEnvironment(id: PrincipalText): UserError {
  return advised(
    ERROR.invalidManagementPayload,
    `The \`specified_id\` ${id} is invalid because it belongs to the canister allocation ranges of the test environment.`,
    'Use a `specified_id` that matches a canister ID on the ICP mainnet and a test environment that supports canister ' +
      'creation with `specified_id` (e.g., PocketIC).',
  );
}

export function chunkStoreError(problem: string): UserError {
  return advised(
    ERROR.contractViolation,
    `Error from Wasm chunk store: ${problem}.`,
    help(
      'Use the `stored_chunks` API to check which hashes are present or top up the canister if it is low on cycles.',
      'wasm-chunk-store-error',
    ),
  );
}

export function chunkTooLarge(bytes: number): UserError {
  return chunkStoreError(`Wasm chunk size ${bytes} exceeds the maximum chunk size of ${BYTES.chunkMax}`);
}

export function chunkStoreFull(): UserError {
  const entries = BYTES.chunkStoreMax / BYTES.chunkMax;
  return chunkStoreError(
    `Wasm chunk store has already reached maximum capacity of ${BYTES.chunkStoreMax} bytes or the maximum number of entries, ${entries}`,
  );
}

export function storeCanisterMissing(
  store: PrincipalText,
  target: PrincipalText,
  subnet: PrincipalText,
): UserError {
  return userError(
    ERROR.canisterNotFound,
    `InstallChunkedCode Error: Store canister ${store} was not found on subnet ${subnet} of target canister ${target}`,
  );
}

export function emptyCanisterSnapshot(id: PrincipalText): UserError {
  return userError(ERROR.canisterRejectedMessage, `Failed to create snapshot for empty canister ${id}:`);
}

const LIST_SNAPSHOTS = 'Use the `list_canister_snapshot` API to see which snapshots are present.';

/** `snapshot` is the text of the id. */
export function snapshotMissing(snapshot: string, canister: PrincipalText): UserError {
  return advised(
    ERROR.snapshotNotFound,
    `Could not find the snapshot ID ${snapshot} for canister ${canister}.`,
    help(LIST_SNAPSHOTS, 'canister-snapshot-not-found'),
  );
}

export function snapshotOfAnother(snapshot: string, canister: PrincipalText): UserError {
  return advised(
    ERROR.canisterRejectedMessage,
    `The snapshot ${snapshot} does not belong to canister ${canister}.`,
    help(LIST_SNAPSHOTS, 'canister-snapshot-invalid-ownership'),
  );
}

export function snapshotNotControlled(
  snapshot: string,
  canister: PrincipalText,
  sender: PrincipalText,
): UserError {
  return advised(
    ERROR.canisterRejectedMessage,
    `Only a controller of the canister that snapshot ${snapshot} belongs to can load it on canister ${canister}. Sender: ${sender}.`,
    'Make sure you are a controller of the canister that the snapshot belongs to. See documentation: canister-snapshot-not-controller',
  );
}

export function snapshotUnwritten(snapshot: string, canister: PrincipalText): UserError {
  return userError(
    ERROR.canisterRejectedMessage,
    `Snapshot ${snapshot} is not currently loadable on the specified canister ${canister}. Try again later. The call should succeed if you wait sufficiently long (usually ten minutes).`,
  );
}

export function tooManySnapshots(canister: PrincipalText): UserError {
  return advised(
    ERROR.canisterRejectedMessage,
    `Canister ${canister} has reached the maximum number of snapshots allowed: ${COUNTS.snapshotsMax}.`,
    'Consider deleting an unnecessary snapshot of the specified canister before creating a new one. See documentation: canister-snapshot-limit-exceeded',
  );
}

export function snapshotImmutable(): UserError {
  return userError(
    ERROR.snapshotImmutable,
    'Only canister snapshots created by metadata upload can be mutated.',
  );
}

export function invalidSnapshotMetadata(reason: string): UserError {
  return userError(ERROR.invalidManagementPayload, `Snapshot Metadata contains invalid data: ${reason}`);
}

export function invalidSlice(offset: bigint, size: bigint): UserError {
  return userError(
    ERROR.invalidManagementPayload,
    `Invalid subslice into wasm module / main memory / stable memory: offset: ${offset}, size: ${size}`,
  );
}

export function sliceTooLarge(size: bigint): UserError {
  return userError(
    ERROR.invalidManagementPayload,
    `Requested slice too large: ${size} > ${BYTES.snapshotSliceMax}`,
  );
}

export function inconsistentSnapshot(text: string): UserError {
  return userError(ERROR.invalidManagementPayload, text);
}

export function noMetadataWithoutModule(canister: PrincipalText): UserError {
  return userError(
    ERROR.canisterRejectedMessage,
    `The canister ${canister} has no Wasm module and hence no metadata is available.`,
  );
}

export function metadataSectionMissing(canister: PrincipalText, name: string): UserError {
  return userError(
    ERROR.canisterRejectedMessage,
    `The canister ${canister} has no metadata section with the name ${name}.`,
  );
}
