/** The snapshot methods of the management canister. Snapshots of the whole replica are in `state/subnet.ts`. */
import { bytesToHex } from '../bytes.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { executionFee } from '../accounting/prices.js';
import { hasWasm64Code, withdraw } from '../execution/canister-account.js';
import { payForMemoryChange } from '../execution/memory-change.js';
import { memoryUsage, snapshotSize } from '../state/canister-memory.js';
import { blobToBytes } from '../management-interface/arguments.js';
import { COUNTS, INSTRUCTIONS } from '../params.js';
import { principalToBytes } from '../principals.js';
import type { PrincipalText } from '../../replica.js';
import { snapshotUnpaid } from '../accounting/account-errors.js';
import type { Canister, CanisterSnapshotRecord } from '../state/canister.js';
import type { Subnet } from '../state/subnet.js';
import { changeOriginOf, recordChange } from './canister-history.js';
import { compileInstructions } from './install-code.js';
import { failed, succeeded, type CanisterMethods } from './method.js';

export const SNAPSHOT_METHODS: CanisterMethods = {
  take_canister_snapshot: ({ subnet, canister, input, argument }) => {
    const { record, machine } = canister;
    if (!machine) {
      const text = `Failed to create snapshot for empty canister ${canister.id}`;
      return failed(userError(ERROR.invalidArgument, text));
    }
    const [blob] = argument.replace_snapshot;
    const replaced = blob && blobToBytes(blob);
    if (replaced && !findSnapshot(canister, replaced)) return failed(snapshotNotFound(canister, replaced));
    const kept = replaced ? snapshotsWithout(canister, replaced) : record.snapshots;
    if (kept.length >= COUNTS.snapshotsMax) {
      const text = `Canister ${canister.id} has reached the maximum number of snapshots allowed: ${COUNTS.snapshotsMax}.`;
      return failed(userError(ERROR.invalidArgument, text));
    }
    const totalBytes = snapshotSize(canister);
    const instructions = INSTRUCTIONS.snapshotBase + totalBytes;
    const oldBytes = memoryUsage(canister);
    const refusal = payForMemoryChange(subnet, canister, {
      oldBytes,
      newBytes: oldBytes + totalBytes - bytesOf(record.snapshots) + bytesOf(kept),
      fee: executionFee(subnet.profile, instructions, false),
      sender: input.caller,
    });
    if (refusal) return failed(refusal);
    const snapshot: CanisterSnapshotRecord = {
      id: nextSnapshotId(canister),
      takenAtNs: subnet.timeNs,
      totalBytes,
      module: machine.module,
      globals: record.globals,
      heap: machine.heap.capture(),
      stable: canister.stable.checkpoint(),
      version: record.version,
      certifiedData: record.certifiedData,
      chunks: record.chunks,
    };
    record.snapshots = [...kept, snapshot];
    return {
      kind: 'value',
      value: snapshotToCandid(snapshot),
      instructions,
    };
  },

  load_canister_snapshot: ({ subnet, canister, input, argument }) => {
    const id = blobToBytes(argument.snapshot_id);
    const snapshot = findSnapshot(canister, id);
    if (!snapshot) return failed(snapshotNotFound(canister, id));
    const unpaid = payForLoading(subnet, canister, snapshot, input.caller);
    if (unpaid) return failed(unpaid);
    const { record } = canister;
    record.globalTimerNs = 0n;
    record.version++;
    recordChange(subnet, canister, changeOriginOf(input, argument), {
      kind: 'load_snapshot',
      snapshotId: snapshot.id,
      takenAtNs: snapshot.takenAtNs,
      version: snapshot.version,
    });
    return { kind: 'value', value: undefined, instructions: INSTRUCTIONS.snapshotBase + snapshot.totalBytes };
  },

  list_canister_snapshots: ({ canister }) => succeeded(canister.record.snapshots.map(snapshotToCandid)),

  delete_canister_snapshot: ({ canister, argument }) => {
    const id = blobToBytes(argument.snapshot_id);
    if (!findSnapshot(canister, id)) return failed(snapshotNotFound(canister, id));
    canister.record.snapshots = snapshotsWithout(canister, id);
    return succeeded();
  },
};

/** Replaces the state by that of the snapshot and pays for it, or changes nothing and returns the error. */
function payForLoading(
  subnet: Subnet,
  canister: Canister,
  snapshot: CanisterSnapshotRecord,
  sender: PrincipalText,
): UserError | undefined {
  const { profile } = subnet;
  const before = canister.checkpoint();
  const oldBytes = memoryUsage(canister);
  const unpaid = withdraw(canister, executionFee(profile, INSTRUCTIONS.snapshotBase, false), sender);
  if (unpaid) return snapshotUnpaid(unpaid);
  canister.setCode(snapshot.module, snapshot.heap, snapshot.globals);
  canister.stable.revert(snapshot.stable);
  canister.record.certifiedData = snapshot.certifiedData;
  canister.record.chunks = snapshot.chunks;
  const instructions = compileInstructions(subnet, snapshot.module) + snapshot.totalBytes;
  const refusal = payForMemoryChange(subnet, canister, {
    oldBytes,
    newBytes: memoryUsage(canister),
    fee: executionFee(profile, instructions, hasWasm64Code(canister)),
    sender,
  });
  if (refusal) canister.restore(before);
  return refusal;
}

function bytesOf(snapshots: readonly CanisterSnapshotRecord[]): number {
  return snapshots.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}

function findSnapshot({ record }: Canister, id: Uint8Array): CanisterSnapshotRecord | undefined {
  return record.snapshots.find((snapshot) => isEqual(snapshot.id, id));
}

function snapshotsWithout({ record }: Canister, id: Uint8Array): readonly CanisterSnapshotRecord[] {
  return record.snapshots.filter((snapshot) => !isEqual(snapshot.id, id));
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function snapshotNotFound(canister: Canister, id: Uint8Array): UserError {
  return userError(
    ERROR.canisterNotFound,
    `Could not find the snapshot ID ${bytesToHex(id)} for canister ${canister.id}`,
  );
}

/** The canister's snapshot counter as 8 big-endian bytes, followed by the canister id. */
function nextSnapshotId(canister: Canister): Uint8Array {
  const self = principalToBytes(canister.id);
  const id = new Uint8Array(8 + self.length);
  new DataView(id.buffer).setBigUint64(0, BigInt(canister.record.nextSnapshot++));
  id.set(self, 8);
  return id;
}

function snapshotToCandid({ id, takenAtNs, totalBytes }: CanisterSnapshotRecord) {
  return { id, taken_at_timestamp: takenAtNs, total_size: BigInt(totalBytes) };
}
