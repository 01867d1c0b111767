/** Finds the snapshots of canisters, and pays for new ones. */
import type { PrincipalText } from '../../replica.js';
import type { UserError } from '../errors.js';
import { payForMemoryChange } from '../execution/memory-change.js';
import { blobToBytes, type CandidBlob } from '../management-interface/arguments.js';
import { COUNTS } from '../params.js';
import { bytesToPrincipal, principalToBytes } from '../principals.js';
import type { Canister, CanisterSnapshotRecord } from '../state/canister.js';
import { memoryUsage } from '../state/canister-memory.js';
import type { Subnet } from '../state/subnet.js';
import { snapshotMissing, snapshotNotControlled, snapshotOfAnother, tooManySnapshots } from './errors.js';

/** The bytes of a snapshot's id before the id of its canister. */
const NUMBER_BYTES = 8;

export interface FoundSnapshot {
  readonly snapshot: CanisterSnapshotRecord;
  readonly owner: Canister;
}

/** Finds a snapshot of any canister of the subnet. Its id ends with the id of its canister. */
function findSnapshot({ canisters }: Subnet, id: Uint8Array): FoundSnapshot | undefined {
  const owner = canisters.get(bytesToPrincipal(id.subarray(NUMBER_BYTES)));
  const snapshot = owner?.record.snapshots.find((candidate) => isEqual(candidate.id, id));
  return owner && snapshot && { snapshot, owner };
}

/** The snapshot with this id, or an error if there is none or it belongs to another canister. */
export function ownSnapshot(
  subnet: Subnet,
  canister: Canister,
  id: Uint8Array,
): CanisterSnapshotRecord | UserError {
  const found = findSnapshot(subnet, id);
  if (!found) return snapshotMissing(snapshotIdToText(id), canister.id);
  return found.owner === canister ? found.snapshot : snapshotOfAnother(snapshotIdToText(id), canister.id);
}

/** A canister may load a snapshot of another one if the caller controls both. */
export function loadableSnapshot(
  subnet: Subnet,
  canister: Canister,
  id: Uint8Array,
  caller: PrincipalText,
): FoundSnapshot | UserError {
  const found = findSnapshot(subnet, id);
  if (!found) return snapshotMissing(snapshotIdToText(id), canister.id);
  const isControlled = found.owner === canister || found.owner.record.settings.controllers.includes(caller);
  return isControlled ? found : snapshotNotControlled(snapshotIdToText(id), canister.id, caller);
}

/** The snapshots that stay when one more is made, which may replace an old one; an error if there are too many. */
export function snapshotsKept(
  subnet: Subnet,
  canister: Canister,
  replaced: CandidBlob | undefined,
): readonly CanisterSnapshotRecord[] | UserError {
  const { snapshots } = canister.record;
  if (replaced === undefined) {
    return snapshots.length >= COUNTS.snapshotsMax ? tooManySnapshots(canister.id) : snapshots;
  }
  const found = ownSnapshot(subnet, canister, blobToBytes(replaced));
  return 'code' in found ? found : snapshotsWithout(canister, found.id);
}

export function snapshotsWithout({ record }: Canister, id: Uint8Array): readonly CanisterSnapshotRecord[] {
  return record.snapshots.filter((snapshot) => !isEqual(snapshot.id, id));
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The id of the canister and the number of the snapshot, for example `lxzze-o7777-77777-aaaaa-cai-0`. */
export function snapshotIdToText(id: Uint8Array): string {
  const number = new DataView(id.buffer, id.byteOffset).getBigUint64(0);
  return `${bytesToPrincipal(id.subarray(NUMBER_BYTES))}-${number}`;
}

/** The canister's snapshot counter as 8 big-endian bytes, followed by the canister id. */
export function nextSnapshotId(canister: Canister): Uint8Array {
  const self = principalToBytes(canister.id);
  const id = new Uint8Array(NUMBER_BYTES + self.length);
  new DataView(id.buffer).setBigUint64(0, BigInt(canister.record.nextSnapshot++));
  id.set(self, NUMBER_BYTES);
  return id;
}

export interface SnapshotCharge {
  /** The snapshots that stay. */
  readonly kept: readonly CanisterSnapshotRecord[];
  /** Size of the new snapshot. */
  readonly added: number;
  /** Cycles for the work of the call. */
  readonly fee: bigint;
  readonly sender: PrincipalText;
}

/** Pays for a new snapshot and its memory. Returns the reason if the canister cannot. */
export function payForSnapshot(
  subnet: Subnet,
  canister: Canister,
  { kept, added, fee, sender }: SnapshotCharge,
): UserError | undefined {
  const oldBytes = memoryUsage(canister);
  return payForMemoryChange(subnet, canister, {
    oldBytes,
    newBytes: oldBytes + added - bytesOf(canister.record.snapshots) + bytesOf(kept),
    fee,
    sender,
  });
}

function bytesOf(snapshots: readonly CanisterSnapshotRecord[]): number {
  return snapshots.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}
