/** The snapshot methods of the management canister. Snapshots of the whole replica are in `state/subnet.ts`. */
import type { PrincipalText } from '../../replica.js';
import { snapshotUnpaid } from '../accounting/account-errors.js';
import { executionFee } from '../accounting/prices.js';
import type { UserError } from '../errors.js';
import { hasWasm64Code, withdraw } from '../execution/canister-account.js';
import { payForMemoryChange } from '../execution/memory-change.js';
import { blobToBytes } from '../management-interface/arguments.js';
import { ZERO_PAGE, type HeapCheckpoint } from '../memory/heap.js';
import type { StableCheckpoint } from '../memory/stable-memory.js';
import { INSTRUCTIONS } from '../params.js';
import type { Canister, CanisterSnapshotRecord } from '../state/canister.js';
import { memoryUsage, snapshotSize } from '../state/canister-memory.js';
import type { Subnet } from '../state/subnet.js';
import { changeOriginOf, recordChange } from './canister-history.js';
import { emptyCanisterSnapshot, snapshotUnwritten } from './errors.js';
import { compileInstructions } from './install-code.js';
import { failed, succeeded, type CanisterMethods } from './method.js';
import { restoreContent } from './snapshot-content.js';
import {
  loadableSnapshot,
  nextSnapshotId,
  ownSnapshot,
  payForSnapshot,
  snapshotIdToText,
  snapshotsKept,
  snapshotsWithout,
  type FoundSnapshot,
} from './snapshot-store.js';

export const SNAPSHOT_METHODS: CanisterMethods = {
  take_canister_snapshot: ({ subnet, canister, input, argument }) => {
    const { record, machine } = canister;
    const kept = snapshotsKept(subnet, canister, argument.replace_snapshot[0]);
    if ('code' in kept) return failed(kept);
    if (!machine) return failed(emptyCanisterSnapshot(canister.id));
    const totalBytes = snapshotSize(canister);
    const instructions = INSTRUCTIONS.snapshotBase + totalBytes;
    const fee = executionFee(subnet.profile, instructions, false);
    const refusal = payForSnapshot(subnet, canister, { kept, added: totalBytes, fee, sender: input.caller });
    if (refusal) return failed(refusal);
    const heap = machine.heap.capture();
    const stable = canister.stable.checkpoint();
    const snapshot: CanisterSnapshotRecord = {
      id: nextSnapshotId(canister),
      takenAtNs: subnet.timeNs,
      totalBytes,
      content: {
        kind: 'taken',
        module: machine.module,
        globals: record.globals,
        heap,
      },
      stable,
      version: record.version,
      certifiedData: record.certifiedData,
      chunks: record.chunks,
      height: isZero(heap, stable) ? 0 : subnet.record.height,
      globalTimerNs: record.globalTimerNs,
      lowMemoryHook: record.lowMemoryHook,
    };
    record.snapshots = [...kept, snapshot];
    return { kind: 'value', value: snapshotToCandid(snapshot), instructions };
  },

  load_canister_snapshot: ({ subnet, canister, input, argument }) => {
    const found = loadableSnapshot(subnet, canister, blobToBytes(argument.snapshot_id), input.caller);
    if ('code' in found) return failed(found);
    const { snapshot, owner } = found;
    const refusal = payForLoading(subnet, canister, found, input.caller);
    if (refusal) return failed(refusal);
    canister.record.version++;
    recordChange(subnet, canister, changeOriginOf(input, argument), {
      kind: 'load_snapshot',
      snapshotId: snapshot.id,
      takenAtNs: snapshot.takenAtNs,
      version: snapshot.version,
      source: snapshot.content.kind === 'taken' ? 'taken_from_canister' : 'metadata_upload',
      fromCanister: owner === canister ? undefined : owner.id,
    });
    return { kind: 'value', value: undefined, instructions: INSTRUCTIONS.snapshotBase + snapshot.totalBytes };
  },

  list_canister_snapshots: ({ canister }) => succeeded(canister.record.snapshots.map(snapshotToCandid)),

  delete_canister_snapshot: ({ subnet, canister, argument }) => {
    const found = ownSnapshot(subnet, canister, blobToBytes(argument.snapshot_id));
    if ('code' in found) return failed(found);
    canister.record.snapshots = snapshotsWithout(canister, found.id);
    return succeeded();
  },
};

/** Replaces the state by that of the snapshot and pays for it, or changes nothing and returns the error. */
function payForLoading(
  subnet: Subnet,
  canister: Canister,
  { snapshot, owner }: FoundSnapshot,
  sender: PrincipalText,
): UserError | undefined {
  const before = canister.checkpoint();
  const oldBytes = memoryUsage(canister);
  const unpaid = withdraw(canister, executionFee(subnet.profile, INSTRUCTIONS.snapshotBase, false), sender);
  if (unpaid) return snapshotUnpaid(unpaid);
  const refusal =
    restoreContent(subnet, canister, snapshot, sender) ??
    (owner === canister ? undefined : unwrittenError(subnet, canister, snapshot)) ??
    payForMemoryChange(subnet, canister, {
      oldBytes,
      newBytes: memoryUsage(canister),
      fee: loadingFee(subnet, canister, snapshot),
      sender,
    });
  if (refusal) canister.restore(before);
  return refusal;
}

/** Another canister can load a snapshot once its memories are on disk. */
function unwrittenError(
  { record }: Subnet,
  { id }: Canister,
  snapshot: CanisterSnapshotRecord,
): UserError | undefined {
  return snapshot.height > record.checkpointHeight
    ? snapshotUnwritten(snapshotIdToText(snapshot.id), id)
    : undefined;
}

function isZero({ images }: HeapCheckpoint, { root }: StableCheckpoint): boolean {
  return root.every((leaf) => leaf === undefined) && images.every((image) => image === ZERO_PAGE);
}

function loadingFee(subnet: Subnet, canister: Canister, { totalBytes }: CanisterSnapshotRecord): bigint {
  const { module } = canister.installedMachine;
  const instructions = compileInstructions(subnet, module) + totalBytes;
  return executionFee(subnet.profile, instructions, hasWasm64Code(canister));
}

function snapshotToCandid({ id, takenAtNs, totalBytes }: CanisterSnapshotRecord) {
  return { id, taken_at_timestamp: takenAtNs, total_size: BigInt(totalBytes) };
}
