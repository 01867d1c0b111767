/** Canister snapshots of the management interface (a replica's own snapshots are in `state/subnet.ts`). */
import { ERROR, userError } from '../errors.js';
import { COUNTS, INSTRUCTIONS } from '../params.js';
import { principalToBytes } from '../principals.js';
import type { Canister, CanisterSnapshotRecord } from '../state/canister.js';
import { contentBytes } from '../execution/cycles.js';
import { noteChange, originOf } from './history.js';
import { done, failed, toBytes, type CanisterMethods } from './method.js';

export const SNAPSHOT_METHODS: CanisterMethods = {
  take_canister_snapshot: ({ subnet, canister, argument }) => {
    const { record, machine } = canister;
    if (!machine) {
      const text = `Failed to create snapshot for empty canister ${canister.id}`;
      return failed(userError(ERROR.invalidArgument, text));
    }
    const replaced = argument.replace_snapshot[0] as Uint8Array | undefined;
    if (replaced && !find(canister, toBytes(replaced))) return failed(notFound(canister, toBytes(replaced)));
    const kept = replaced ? without(canister, toBytes(replaced)) : record.snapshots;
    if (kept.length >= COUNTS.snapshotsMax) {
      const text = `Canister ${canister.id} has reached the maximum number of snapshots allowed: ${COUNTS.snapshotsMax}.`;
      return failed(userError(ERROR.invalidArgument, text));
    }
    const snapshot: CanisterSnapshotRecord = {
      id: snapshotId(canister),
      takenAtNs: subnet.timeNs,
      totalBytes: contentBytes(canister),
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
      value: describe(snapshot),
      instructions: INSTRUCTIONS.snapshotBase + snapshot.totalBytes,
    };
  },

  load_canister_snapshot: ({ subnet, canister, input, argument }) => {
    const snapshot = find(canister, toBytes(argument.snapshot_id));
    if (!snapshot) return failed(notFound(canister, toBytes(argument.snapshot_id)));
    const { record } = canister;
    canister.setCode(snapshot.module, snapshot.heap, snapshot.globals);
    canister.stable.revert(snapshot.stable);
    record.certifiedData = snapshot.certifiedData;
    record.chunks = snapshot.chunks;
    record.globalTimerNs = 0n;
    record.version++;
    noteChange(subnet, canister, originOf(input, argument), {
      kind: 'load_snapshot',
      snapshotId: snapshot.id,
      takenAtNs: snapshot.takenAtNs,
      version: snapshot.version,
    });
    return { kind: 'value', value: undefined, instructions: INSTRUCTIONS.snapshotBase + snapshot.totalBytes };
  },

  list_canister_snapshots: ({ canister }) => done(canister.record.snapshots.map(describe)),

  delete_canister_snapshot: ({ canister, argument }) => {
    const id = toBytes(argument.snapshot_id);
    if (!find(canister, id)) return failed(notFound(canister, id));
    canister.record.snapshots = without(canister, id);
    return done();
  },
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function find({ record }: Canister, id: Uint8Array): CanisterSnapshotRecord | undefined {
  return record.snapshots.find((snapshot) => hex(snapshot.id) === hex(id));
}

function without({ record }: Canister, id: Uint8Array): readonly CanisterSnapshotRecord[] {
  return record.snapshots.filter((snapshot) => hex(snapshot.id) !== hex(id));
}

function notFound(canister: Canister, id: Uint8Array) {
  return userError(
    ERROR.canisterNotFound,
    `Could not find the snapshot ID ${hex(id)} for canister ${canister.id}`,
  );
}

/** 8 big-endian bytes that count, then the canister's id. */
function snapshotId(canister: Canister): Uint8Array {
  const self = principalToBytes(canister.id);
  const id = new Uint8Array(8 + self.length);
  new DataView(id.buffer).setBigUint64(0, BigInt(canister.record.nextSnapshot++));
  id.set(self, 8);
  return id;
}

function describe({ id, takenAtNs, totalBytes }: CanisterSnapshotRecord) {
  return {
    id,
    taken_at_timestamp: takenAtNs,
    total_size: BigInt(totalBytes),
  };
}
