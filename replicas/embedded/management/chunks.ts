/** The chunk store, and installation from it. */
import { createHash } from 'node:crypto';
import { ERROR, userError } from '../errors.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import type { Canister } from '../state/canister.js';
import { join } from '../system-api/message-functions.js';
import { originOf } from './history.js';
import { installCode } from './install-code.js';
import { failed, installMode, toBytes, done, type CanisterMethods } from './method.js';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array | number[]): string => Buffer.from(toBytes(bytes)).toString('hex');

export const CHUNK_METHODS: CanisterMethods = {
  upload_chunk: ({ canister, argument }) => {
    const chunk = toBytes(argument.chunk);
    if (chunk.length > BYTES.chunkMax) {
      const text = `Error from Wasm chunk store: Wasm chunk size ${chunk.length} exceeds the maximum chunk size of ${BYTES.chunkMax}.`;
      return failed(userError(ERROR.contractViolation, text));
    }
    const { chunks } = canister.record;
    if ((chunks.size + 1) * BYTES.chunkMax > BYTES.chunkStoreMax) {
      const text = `Error from Wasm chunk store: Wasm chunk store has already reached maximum capacity of ${BYTES.chunkStoreMax} bytes.`;
      return failed(userError(ERROR.contractViolation, text));
    }
    const hash = hashOf(chunk);
    canister.record.chunks = new Map(chunks).set(hash, chunk);
    return { kind: 'value', value: { hash: fromHex(hash) }, instructions: INSTRUCTIONS.perUploadedChunk };
  },

  stored_chunks: ({ canister }) =>
    done([...canister.record.chunks.keys()].sort().map((hash) => ({ hash: fromHex(hash) }))),

  clear_chunk_store: ({ canister }) => {
    canister.record.chunks = new Map();
    return done();
  },

  install_chunked_code: ({ subnet, canister, input, argument }) => {
    const storeId = argument.store_canister[0]?.toText() ?? canister.id;
    const store: Canister | undefined = subnet.canisters.get(storeId);
    if (!store) return failed(userError(ERROR.canisterNotFound, `Canister ${storeId} not found`));
    const isOwn =
      store === canister ||
      store.record.settings.controllers.includes(input.caller) ||
      store.id === input.caller;
    if (!isOwn) {
      return failed(
        userError(
          ERROR.invalidController,
          `Only the controllers of the canister ${store.id} can control it.`,
        ),
      );
    }
    const parts: Uint8Array[] = [];
    for (const { hash } of argument.chunk_hashes_list as { hash: Uint8Array }[]) {
      const chunk = store.record.chunks.get(toHex(hash));
      if (!chunk) {
        const text = `Error from Wasm chunk store: Chunk hash ${toHex(hash)} was not found.`;
        return failed(userError(ERROR.contractViolation, text));
      }
      parts.push(chunk);
    }
    const wasm = join(
      parts,
      parts.reduce((sum, part) => sum + part.length, 0),
    );
    if (hashOf(wasm) !== toHex(argument.wasm_module_hash)) {
      const text = `Error from Wasm chunk store: Wasm module hash ${hashOf(wasm)} does not match given hash ${toHex(argument.wasm_module_hash)}.`;
      return failed(userError(ERROR.contractViolation, text));
    }
    const { instructions, failure } = installCode(subnet, canister, {
      mode: installMode(argument.mode),
      wasm,
      arg: toBytes(argument.arg),
      sender: input.caller,
      origin: originOf(input, argument),
    });
    return failure ? failed(failure, instructions) : { kind: 'value', value: undefined, instructions };
  },
};
