/**
 * Reads snapshots and uploads them, part by part.
 *
 * An uploaded snapshot begins as metadata: its module and its memories are zeros of the given sizes. Each further call writes a part.
 *
 * Source: interface specification, "IC method read_canister_snapshot_metadata" and those after it; the order of the checks and the texts
 * are recorded: trace 12, exchanges 256 to 352.
 */
import { snapshotUnpaid } from '../accounting/account-errors.js';
import { executionFee } from '../accounting/prices.js';
import { bytesToHex } from '../bytes.js';
import type { UserError } from '../errors.js';
import { withdraw } from '../execution/canister-account.js';
import {
  blobToBytes,
  type CandidBlob,
  type CandidSlice,
  type CandidSnapshotOffset,
  type CandidSnapshotSlice,
} from '../management-interface/arguments.js';
import { readHeap, readStable, writeStable } from '../memory/frozen-memory.js';
import type { StableCheckpoint } from '../memory/stable-memory.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import type { Canister, CanisterSnapshotRecord, UploadedContent } from '../state/canister.js';
import type { Subnet } from '../state/subnet.js';
import { sha256Hex } from '../wasm/instrument.js';
import { WASM_PAGE_BYTES } from '../wasm/instrumented-module.js';
import { chunkViolation } from './chunks.js';
import { chunkStoreError, invalidSlice, sliceTooLarge, snapshotImmutable } from './errors.js';
import { failed, succeeded, type CanisterCall, type CanisterMethods, type MethodOutcome } from './method.js';
import { metadataToCandid, uploadMetadata } from './snapshot-metadata.js';
import { ownSnapshot, payForSnapshot } from './snapshot-store.js';

const HASH_BYTES = 32;

export const SNAPSHOT_DATA_METHODS: CanisterMethods = {
  read_canister_snapshot_metadata: ({ subnet, canister, argument }) => {
    const found = ownSnapshot(subnet, canister, blobToBytes(argument.snapshot_id));
    return 'code' in found ? failed(found) : succeeded(metadataToCandid(found));
  },

  read_canister_snapshot_data: ({ subnet, canister, input, argument }) => {
    const found = ownSnapshot(subnet, canister, blobToBytes(argument.snapshot_id));
    if ('code' in found) return failed(found);
    const { kind } = argument;
    const size = sizeOf(kind);
    if (size > BigInt(BYTES.snapshotSliceMax)) return failed(sliceTooLarge(size));
    const unpaid = pay(subnet, canister, INSTRUCTIONS.snapshotBase + Number(size), input.caller);
    if (unpaid) return failed(unpaid);
    const chunk = 'wasm_chunk' in kind ? chunkOf(found, kind.wasm_chunk.hash) : sliceOf(found, kind);
    return 'code' in chunk ? failed(chunk) : succeeded({ chunk });
  },

  upload_canister_snapshot_metadata: uploadMetadata,

  upload_canister_snapshot_data: (call) => {
    const { subnet, canister, input, argument } = call;
    const found = ownSnapshot(subnet, canister, blobToBytes(argument.snapshot_id));
    if ('code' in found) return failed(found);
    if (found.content.kind !== 'uploaded') return failed(snapshotImmutable());
    const chunk = blobToBytes(argument.chunk);
    const isChunk = 'wasm_chunk' in argument.kind;
    const unpaid = pay(subnet, canister, isChunk ? BYTES.chunkMax : chunk.length, input.caller);
    if (unpaid) return failed(unpaid);
    return 'wasm_chunk' in argument.kind
      ? addChunk(call, found, chunk)
      : writePart(call, { ...found, content: found.content }, argument.kind, chunk);
  },
};

function pay(
  subnet: Subnet,
  canister: Canister,
  instructions: number,
  sender: string,
): UserError | undefined {
  const unpaid = withdraw(canister, executionFee(subnet.profile, instructions, false), sender);
  return unpaid && snapshotUnpaid(unpaid);
}

/** The largest size of the result. */
function sizeOf(kind: CandidSnapshotSlice): bigint {
  if ('wasm_chunk' in kind) return BigInt(BYTES.chunkMax);
  if ('wasm_module' in kind) return kind.wasm_module.size;
  return 'wasm_memory' in kind ? kind.wasm_memory.size : kind.stable_memory.size;
}

type MemorySlice = Exclude<CandidSnapshotSlice, { readonly wasm_chunk: object }>;

function sliceOf({ content, stable }: CanisterSnapshotRecord, kind: MemorySlice): Uint8Array | UserError {
  if ('stable_memory' in kind) {
    return slice(kind.stable_memory, bytesOf(stable), (offset, size) => readStable(stable, offset, size));
  }
  if (content.kind === 'uploaded') {
    const { module, moduleSize, heap } = content;
    return 'wasm_module' in kind
      ? slice(kind.wasm_module, moduleSize, (offset, size) => readStable(module, offset, size))
      : slice(kind.wasm_memory, bytesOf(heap), (offset, size) => readStable(heap, offset, size));
  }
  const { module, heap } = content;
  return 'wasm_module' in kind
    ? slice(kind.wasm_module, module.uploaded.length, (offset, size) =>
        module.uploaded.slice(offset, offset + size),
      )
    : slice(kind.wasm_memory, bytesOf(heap), (offset, size) => readHeap(heap, offset, size));
}

const bytesOf = ({ wasmPages }: { readonly wasmPages: number }): number => wasmPages * WASM_PAGE_BYTES;

function slice(
  { offset, size }: CandidSlice,
  byteLength: number,
  read: (offset: number, size: number) => Uint8Array,
): Uint8Array | UserError {
  if (offset + size > BigInt(byteLength)) return invalidSlice(offset, size);
  return read(Number(offset), Number(size));
}

function chunkOf({ chunks }: CanisterSnapshotRecord, hash: CandidBlob): Uint8Array | UserError {
  const bytes = blobToBytes(hash);
  if (bytes.length !== HASH_BYTES) {
    return chunkStoreError(`Bytes ${hexList(bytes)} are not a valid WasmChunkHash.`);
  }
  return chunks.get(bytesToHex(bytes)) ?? chunkStoreError(`WasmChunkHash ${hexList(bytes)} not found.`);
}

/** For example `[0a, ff]`. */
function hexList(bytes: Uint8Array): string {
  return `[${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(', ')}]`;
}

type UploadedSnapshot = CanisterSnapshotRecord & { readonly content: UploadedContent };
type MemoryOffset = Exclude<CandidSnapshotOffset, { readonly wasm_chunk: null }>;

/** A part of an uploaded snapshot that a call writes to. */
interface Part {
  readonly offset: bigint;
  readonly memory: StableCheckpoint;
  readonly byteLength: number;
  readonly replacedBy: (written: StableCheckpoint) => Partial<CanisterSnapshotRecord>;
}

/** `height` is the number of the state that changes the part. */
function partOf({ content, stable }: UploadedSnapshot, kind: MemoryOffset, height: number): Part {
  if ('stable_memory' in kind) {
    return {
      offset: kind.stable_memory.offset,
      memory: stable,
      byteLength: bytesOf(stable),
      replacedBy: (written) => ({ height, stable: written }),
    };
  }
  if ('wasm_memory' in kind) {
    return {
      offset: kind.wasm_memory.offset,
      memory: content.heap,
      byteLength: bytesOf(content.heap),
      replacedBy: (written) => ({ height, content: { ...content, heap: written } }),
    };
  }
  return {
    offset: kind.wasm_module.offset,
    memory: content.module,
    byteLength: content.moduleSize,
    replacedBy: (written) => ({ content: { ...content, module: written } }),
  };
}

function writePart(
  { subnet, canister }: CanisterCall,
  snapshot: UploadedSnapshot,
  kind: MemoryOffset,
  chunk: Uint8Array,
): MethodOutcome {
  const { offset, memory, byteLength, replacedBy } = partOf(snapshot, kind, subnet.record.height);
  if (offset + BigInt(chunk.length) > BigInt(byteLength)) {
    return failed(invalidSlice(offset, BigInt(chunk.length)));
  }
  replaceSnapshot(canister, snapshot, replacedBy(writeStable(memory, Number(offset), chunk)));
  return { kind: 'value', value: null, instructions: chunk.length };
}

function replaceSnapshot(
  { record }: Canister,
  snapshot: CanisterSnapshotRecord,
  change: Partial<CanisterSnapshotRecord>,
): void {
  record.snapshots = record.snapshots.map((each) =>
    each.id === snapshot.id ? { ...each, ...change } : each,
  );
}

/** Adds a chunk to the snapshot's chunk store, whose memory the metadata did not pay for. */
function addChunk(
  { subnet, canister, input }: CanisterCall,
  snapshot: CanisterSnapshotRecord,
  chunk: Uint8Array,
): MethodOutcome {
  const { chunks, totalBytes } = snapshot;
  const hash = sha256Hex(chunk);
  const violation = chunkViolation(chunks, chunk);
  if (violation) return failed(violation);
  if (chunks.has(hash)) return { kind: 'value', value: null };
  const refusal = payForSnapshot(subnet, canister, {
    kept: canister.record.snapshots,
    added: BYTES.chunkMax,
    fee: 0n,
    sender: input.caller,
  });
  if (refusal) return failed(refusal);
  replaceSnapshot(canister, snapshot, {
    chunks: new Map(chunks).set(hash, chunk),
    totalBytes: totalBytes + BYTES.chunkMax,
  });
  return { kind: 'value', value: null, instructions: INSTRUCTIONS.perUploadedChunk };
}
