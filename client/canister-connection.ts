/** The methods of the upload canister, on top of any transport. Converts arguments and answers to the client's own types. */
import {
  decodeAnswer,
  decodeBlobMeta,
  decodeCapsule,
  decodeConfig,
  decodeFinishResult,
  decodeMemory,
  decodeMemorySummary,
  decodeStatus,
  decodeUploadSummary,
  encodeAssetInput,
  encodeMetadata,
  type RawAnswer,
  type RawBlobMeta,
  type RawCapsule,
  type RawConfig,
  type RawFinishResult,
  type RawMemory,
  type RawMemorySummary,
  type RawStatus,
  type RawUploadSummary,
} from './candid.js';
import type { CallOptions, UploadConnection } from './connection.js';

export interface ConnectionFacts {
  /** Principal text. */
  readonly caller: string;
  /** Principal text. */
  readonly canister: string;
  readonly chunkBytesMax: number;
}

export abstract class CanisterConnection implements UploadConnection {
  readonly caller: string;
  readonly canister: string;
  readonly chunkBytesMax: number;

  constructor({ caller, canister, chunkBytesMax }: ConnectionFacts) {
    this.caller = caller;
    this.canister = canister;
    this.chunkBytesMax = chunkBytesMax;
  }

  /**
   * Calls a method of `idl.ts`. Arguments and answer are values of `@icp-sdk/core/candid`.
   * @throws {CallFailure}
   */
  abstract call<T>(method: string, args: unknown[], options?: CallOptions): Promise<T>;

  abstract logs(options?: CallOptions): Promise<readonly string[]>;

  async config(options?: CallOptions) {
    return decodeConfig(await this.call<RawConfig>('upload_config', [], options));
  }

  async capsulesCreate(name: string | null, options?: CallOptions) {
    const raw = await this.#answer<RawCapsule>('capsules_create', [name === null ? [] : [name]], options);
    return decodeAnswer(raw, decodeCapsule);
  }

  async capsulesList(options?: CallOptions) {
    return (await this.call<RawCapsule[]>('capsules_list', [], options)).map(decodeCapsule);
  }

  async begin(
    capsuleId: string,
    asset: Parameters<UploadConnection['begin']>[1],
    expectedChunks: number,
    key: string,
    options?: CallOptions,
  ) {
    const args = [capsuleId, encodeMetadata(asset), expectedChunks, key];
    return decodeAnswer(await this.#answer<bigint>('uploads_begin', args, options), (id) => id);
  }

  async putChunk(sessionId: bigint, index: number, bytes: Uint8Array, options?: CallOptions) {
    const raw = await this.#answer<null>('uploads_put_chunk', [sessionId, index, bytes], options);
    return decodeAnswer(raw, () => null);
  }

  async finish(sessionId: bigint, sha256: Uint8Array, totalBytes: bigint, options?: CallOptions) {
    const args = [sessionId, sha256, totalBytes];
    const raw = await this.#answer<RawFinishResult>('uploads_finish', args, options);
    return decodeAnswer(raw, decodeFinishResult);
  }

  async abort(sessionId: bigint, options?: CallOptions) {
    return decodeAnswer(await this.#answer<null>('uploads_abort', [sessionId], options), () => null);
  }

  async pause(sessionId: bigint, options?: CallOptions) {
    return decodeAnswer(await this.#answer<null>('uploads_pause', [sessionId], options), () => null);
  }

  async resume(sessionId: bigint, options?: CallOptions) {
    return decodeAnswer(await this.#answer<null>('uploads_resume', [sessionId], options), () => null);
  }

  async status(sessionId: bigint, options?: CallOptions) {
    return decodeAnswer(await this.#answer<RawStatus>('uploads_status', [sessionId], options), decodeStatus);
  }

  async uploadsList(options?: CallOptions) {
    return (await this.call<RawUploadSummary[]>('uploads_list', [], options)).map(decodeUploadSummary);
  }

  async blobMeta(blobId: string, options?: CallOptions) {
    return decodeAnswer(await this.#answer<RawBlobMeta>('blob_get_meta', [blobId], options), decodeBlobMeta);
  }

  async blobReadChunk(blobId: string, index: number, options?: CallOptions) {
    return decodeAnswer(
      await this.#answer<Uint8Array>('blob_read_chunk', [blobId, index], options),
      (bytes) => bytes,
    );
  }

  async memoriesCreate(
    capsuleId: string,
    assets: Parameters<UploadConnection['memoriesCreate']>[1],
    options?: CallOptions,
  ) {
    const args = [capsuleId, assets.map(encodeAssetInput)];
    return decodeAnswer(
      await this.#answer<RawMemorySummary>('memories_create', args, options),
      decodeMemorySummary,
    );
  }

  async memoriesRead(memoryId: string, options?: CallOptions) {
    return decodeAnswer(await this.#answer<RawMemory>('memories_read', [memoryId], options), decodeMemory);
  }

  async memoriesList(capsuleId: string, options?: CallOptions) {
    return decodeAnswer(
      await this.#answer<RawMemorySummary[]>('memories_list', [capsuleId], options),
      (list) => list.map(decodeMemorySummary),
    );
  }

  async memoriesDelete(memoryId: string, options?: CallOptions) {
    return decodeAnswer(await this.#answer<null>('memories_delete', [memoryId], options), () => null);
  }

  #answer<T>(name: string, args: unknown[], options?: CallOptions): Promise<RawAnswer<T>> {
    return this.call<RawAnswer<T>>(name, args, options);
  }
}
