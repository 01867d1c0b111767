/** The chunk store of a canister, and the installation of a module from its chunks. */
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.js';
import { executionFee } from '../accounting/prices.js';
import { withdraw } from '../execution/canister-account.js';
import { payForMemoryChange } from '../execution/memory-change.js';
import { memoryUsage } from '../state/canister-memory.js';
import { ERROR, userError, type UserError } from '../errors.js';
import { blobToBytes, type CandidBlob } from '../management-interface/arguments.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import type { Canister } from '../state/canister.js';
import { sha256Hex } from '../wasm/instrument.js';
import { changeOriginOf } from './canister-history.js';
import { installCode } from './install-code.js';
import { notControllerError } from './access.js';
import { chunkStoreError, chunkStoreFull, chunkTooLarge, storeCanisterMissing } from './errors.js';
import { failed, installModeOf, succeeded, type CanisterMethods } from './method.js';

const HASH_BYTES = 32;

export const CHUNK_METHODS: CanisterMethods = {
  upload_chunk: ({ subnet, canister, input, argument }) => {
    // The hash is computed and paid for before anything is checked.
    const fee = executionFee(subnet.profile, INSTRUCTIONS.perUploadedChunk, false);
    const unpaid = withdraw(canister, fee, input.caller);
    if (unpaid) return failed(chunkStoreError(`Error charging for 'upload_chunk': ${unpaid.text}`));
    const chunk = blobToBytes(argument.chunk);
    const { chunks } = canister.record;
    const violation = chunkViolation(chunks, chunk);
    if (violation) return failed(violation);
    const hash = sha256Hex(chunk);
    const value = { hash: hexToBytes(hash) };
    if (chunks.has(hash)) return succeeded(value);
    const oldBytes = memoryUsage(canister);
    const newBytes = oldBytes + BYTES.chunkMax;
    const refusal = payForMemoryChange(subnet, canister, {
      oldBytes,
      newBytes,
      fee: 0n,
      sender: input.caller,
    });
    if (refusal) return failed(refusal);
    canister.record.chunks = new Map(chunks).set(hash, chunk);
    return { kind: 'value', value, instructions: INSTRUCTIONS.perUploadedChunk };
  },

  stored_chunks: ({ canister }) =>
    succeeded([...canister.record.chunks.keys()].sort().map((hash) => ({ hash: hexToBytes(hash) }))),

  clear_chunk_store: ({ canister }) => {
    canister.record.chunks = new Map();
    return succeeded();
  },

  install_chunked_code: ({ subnet, canister, input, argument }) => {
    const storeId = argument.store_canister[0]?.toText() ?? canister.id;
    const store = subnet.canisters.get(storeId);
    if (!store) return failed(storeCanisterMissing(storeId, canister.id, subnet.principal));
    const mayRead = store.id === input.caller || store.record.settings.controllers.includes(input.caller);
    if (!mayRead) return failed(notControllerError(store, input.caller));
    const moduleHash = blobToBytes(argument.wasm_module_hash);
    if (moduleHash.length !== HASH_BYTES) {
      return failed(userError(ERROR.contractViolation, `Invalid wasm hash ${byteList(moduleHash)}`));
    }
    const assembled = assembleModule(store, argument.chunk_hashes_list, moduleHash);
    const { instructions, failure } = installCode(subnet, canister, {
      mode: installModeOf(argument.mode),
      wasm: assembled.kind === 'failed' ? assembled.error : assembled.wasm,
      assemblyInstructions: argument.chunk_hashes_list.length * BYTES.chunkMax,
      arg: blobToBytes(argument.arg),
      sender: input.caller,
      origin: changeOriginOf(input, argument),
    });
    return failure ? failed(failure, instructions) : { kind: 'value', value: undefined, instructions };
  },
};

/** The reason why a chunk store does not take the chunk. */
export function chunkViolation(
  chunks: ReadonlyMap<string, Uint8Array>,
  chunk: Uint8Array,
): UserError | undefined {
  if (chunk.length > BYTES.chunkMax) return chunkTooLarge(chunk.length);
  const isFull = (chunks.size + 1) * BYTES.chunkMax > BYTES.chunkStoreMax;
  return isFull && !chunks.has(sha256Hex(chunk)) ? chunkStoreFull() : undefined;
}

type Assembled =
  | { readonly kind: 'assembled'; readonly wasm: Uint8Array }
  | { readonly kind: 'failed'; readonly error: UserError };

/** Concatenates chunks of the store and checks the hash of the result. */
function assembleModule(
  store: Canister,
  chunkHashes: readonly { readonly hash: CandidBlob }[],
  moduleHash: Uint8Array,
): Assembled {
  const parts: Uint8Array[] = [];
  for (const { hash } of chunkHashes) {
    const bytes = blobToBytes(hash);
    const chunk = store.record.chunks.get(bytesToHex(bytes));
    if (!chunk) return { kind: 'failed', error: chunkStoreError(chunkProblem(bytes)) };
    parts.push(chunk);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const wasm = concatBytes(parts, length);
  const actual = sha256Hex(wasm);
  if (actual === bytesToHex(moduleHash)) return { kind: 'assembled', wasm };
  const hashes = [byteList(hexToBytes(actual)), `WasmHash(${byteList(moduleHash)})`] as const;
  const text = `Wasm module hash ${hashes[0]} does not match given hash ${hashes[1]}`;
  return { kind: 'failed', error: chunkStoreError(text) };
}

function chunkProblem(hash: Uint8Array): string {
  return hash.length === HASH_BYTES
    ? `Chunk hash ${byteList(hash)} was not found`
    : 'Chunk hash is invalid. The length is not 32';
}

/** Bytes as the network writes them in texts, for example `[1, 255]`. */
const byteList = (bytes: Uint8Array): string => `[${bytes.join(', ')}]`;
