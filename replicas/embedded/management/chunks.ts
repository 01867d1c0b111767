/** The chunk store of a canister, and the installation of a module from its chunks. */
import { createHash } from 'node:crypto';
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.js';
import { executionFee } from '../accounting/prices.js';
import { withdraw } from '../execution/canister-account.js';
import { payForMemoryChange } from '../execution/memory-change.js';
import { memoryUsage } from '../state/canister-memory.js';
import { canisterNotFound, ERROR, userError, type UserError } from '../errors.js';
import { blobToBytes, type CandidBlob } from '../management-interface/arguments.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import type { Canister } from '../state/canister.js';
import { changeOriginOf } from './canister-history.js';
import { installCode } from './install-code.js';
import { failed, installModeOf, succeeded, type CanisterMethods } from './method.js';

export const CHUNK_METHODS: CanisterMethods = {
  upload_chunk: ({ subnet, canister, input, argument }) => {
    // The hash is computed and paid for before anything is checked.
    const fee = executionFee(subnet.profile, INSTRUCTIONS.perUploadedChunk, false);
    const unpaid = withdraw(canister, fee, input.caller);
    if (unpaid) return failed(chunkStoreError(`Error charging for 'upload_chunk': ${unpaid.text}`));
    const chunk = blobToBytes(argument.chunk);
    if (chunk.length > BYTES.chunkMax) {
      return failed(
        chunkStoreError(
          `Wasm chunk size ${chunk.length} exceeds the maximum chunk size of ${BYTES.chunkMax}.`,
        ),
      );
    }
    const { chunks } = canister.record;
    const hash = sha256Hex(chunk);
    const value = { hash: hexToBytes(hash) };
    if (chunks.has(hash)) return succeeded(value);
    if ((chunks.size + 1) * BYTES.chunkMax > BYTES.chunkStoreMax) {
      return failed(
        chunkStoreError(
          `Wasm chunk store has already reached maximum capacity of ${BYTES.chunkStoreMax} bytes.`,
        ),
      );
    }
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
    if (!store) return failed(canisterNotFound(storeId));
    const mayRead =
      store === canister ||
      store.record.settings.controllers.includes(input.caller) ||
      store.id === input.caller;
    if (!mayRead) {
      const text = `Only the controllers of the canister ${store.id} can control it.`;
      return failed(userError(ERROR.invalidController, text));
    }
    const assembled = assembleModule(store, argument.chunk_hashes_list, argument.wasm_module_hash);
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

type Assembled =
  | { readonly kind: 'assembled'; readonly wasm: Uint8Array }
  | { readonly kind: 'failed'; readonly error: UserError };

/** Concatenates chunks of the store and checks the hash of the result. */
function assembleModule(
  store: Canister,
  chunkHashes: readonly { readonly hash: CandidBlob }[],
  moduleHash: CandidBlob,
): Assembled {
  const parts: Uint8Array[] = [];
  for (const { hash } of chunkHashes) {
    const hex = bytesToHex(blobToBytes(hash));
    const chunk = store.record.chunks.get(hex);
    if (!chunk) return { kind: 'failed', error: chunkStoreError(`Chunk hash ${hex} was not found.`) };
    parts.push(chunk);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const wasm = concatBytes(parts, length);
  const [actual, expected] = [sha256Hex(wasm), bytesToHex(blobToBytes(moduleHash))];
  if (actual === expected) return { kind: 'assembled', wasm };
  const text = `Wasm module hash ${actual} does not match given hash ${expected}.`;
  return { kind: 'failed', error: chunkStoreError(text) };
}

function chunkStoreError(problem: string): UserError {
  return userError(ERROR.contractViolation, `Error from Wasm chunk store: ${problem}`);
}

const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
