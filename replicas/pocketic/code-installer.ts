/** Installs a module with one `install_code` message if it fits, and otherwise in chunks through the canister's chunk store. */
import { createHash } from 'node:crypto';
import type { InstallRequest, Outcome, PrincipalText } from '../replica.js';
import {
  CHUNK_BYTES_MAX,
  MANAGEMENT_CANISTER,
  encodeCanisterId,
  encodeInstallChunkedCode,
  encodeInstallCode,
  encodeUploadChunk,
} from './management.js';

/**
 * The limit of an ingress message on an application subnet is 2 MiB for all fields (`rs/limits/src/lib.rs`). 1 KiB is reserved for
 * sender, method, expiry, and nonce.
 */
const PAYLOAD_BYTES_MAX = 2 * 1024 * 1024 - 1024;

/** Runs one management call to its end. `routedTo` is the canister whose subnet receives the call. */
export type ManagementCall = (call: {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly routedTo?: PrincipalText;
}) => Promise<Outcome>;

export class CodeInstaller {
  readonly #call: ManagementCall;

  constructor(call: ManagementCall) {
    this.#call = call;
  }

  async install(request: InstallRequest): Promise<Outcome> {
    const arg = encodeInstallCode(request);
    if (arg.length > PAYLOAD_BYTES_MAX) return await this.#installInChunks(request);
    return await this.#call({ canister: MANAGEMENT_CANISTER, method: 'install_code', arg });
  }

  async #installInChunks(request: InstallRequest): Promise<Outcome> {
    const hashes: Uint8Array[] = [];
    for (let start = 0; start < request.wasm.length; start += CHUNK_BYTES_MAX) {
      const chunk = request.wasm.subarray(start, start + CHUNK_BYTES_MAX);
      const uploaded = await this.#manage(
        request.canister,
        'upload_chunk',
        encodeUploadChunk(request.canister, chunk),
      );
      if (uploaded.kind === 'reject') return uploaded;
      hashes.push(sha256(chunk));
    }
    const arg = encodeInstallChunkedCode(request, hashes, sha256(request.wasm));
    const outcome = await this.#manage(request.canister, 'install_chunked_code', arg);
    // Chunks in the store count as memory of the canister, and would fill the store (100 MiB) after some upgrades.
    await this.#manage(request.canister, 'clear_chunk_store', encodeCanisterId(request.canister));
    return outcome;
  }

  async #manage(target: PrincipalText, method: string, arg: Uint8Array): Promise<Outcome> {
    return await this.#call({ canister: MANAGEMENT_CANISTER, method, arg, routedTo: target });
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
