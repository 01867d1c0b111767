/**
 * The types of the upload canister's interface (`canister/upload.did`) in plain TypeScript. Sizes are in bytes. Times are in
 * nanoseconds since 1970, as `bigint`. An absent `opt` is `null`. `candid.ts` converts these types to Candid values and back.
 */

export type AssetKind = 'Original' | 'Display' | 'Thumb' | 'Placeholder';

/** The metadata that every kind of asset has. */
export interface AssetBase {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: bigint;
  readonly assetType: AssetKind;
  readonly width: number | null;
  readonly height: number | null;
  /** SHA-256 of the asset: 32 bytes. The canister stores it, but does not compare it with the uploaded bytes. */
  readonly sha256: Uint8Array | null;
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
}

export interface ImageDetails {
  readonly dpi: number | null;
  readonly colorSpace: string | null;
  readonly exifData: string | null;
  /** Number of decoded bytes divided by the number of bytes in the file. */
  readonly compressionRatio: number | null;
  /** EXIF orientation of the file, 1 to 8. */
  readonly orientation: number | null;
}

/** The metadata of an asset. The client leaves the canister's other fields (codec, page count, …) absent. */
export type AssetMetadata =
  | ({ readonly kind: 'Image'; readonly base: AssetBase } & ImageDetails)
  | { readonly kind: 'Video' | 'Audio' | 'Document' | 'Note'; readonly base: AssetBase };

export type CanisterError =
  | { readonly kind: 'NotFound' | 'Unauthorized' | 'ResourceExhausted' }
  | {
      readonly kind: 'Internal' | 'InvalidArgument' | 'NotImplemented' | 'Conflict' | 'InvalidState';
      readonly text: string;
    }
  | { readonly kind: 'ChecksumMismatch'; readonly expected: Uint8Array; readonly computed: Uint8Array };

/** The result of a method that can return an error. A call that returns an error changes nothing on the canister. */
export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: CanisterError };

export interface Capsule {
  readonly id: string;
  readonly owner: string;
  readonly name: string | null;
  readonly createdAt: bigint;
}

export type SessionState =
  'Initiated' | 'Uploading' | 'Paused' | 'Finishing' | 'Completed' | 'Failed' | 'Cancelled';

/** A half-open range of missing chunks: `start` is missing, `end` is not. */
export interface ChunkRange {
  readonly start: number;
  readonly end: number;
}

export interface UploadStatus {
  readonly sessionId: bigint;
  readonly capsuleId: string;
  readonly name: string;
  readonly idempotencyKey: string;
  readonly state: SessionState;
  readonly chunkSize: bigint;
  readonly expectedChunks: number;
  readonly bytesExpected: bigint;
  readonly chunksReceived: number;
  readonly bytesReceived: bigint;
  /** The missing chunks in ascending order, without adjacent ranges. Contains at most `MISSING_RANGES_MAX` ranges. */
  readonly missing: readonly ChunkRange[];
  readonly updatedAt: bigint;
  readonly expiresAt: bigint;
  readonly blobId: string | null;
  readonly memoryId: string | null;
}

/** The largest number of missing ranges in a status (`upload.did`, `UploadStatus.missing`). */
export const MISSING_RANGES_MAX = 10_000;

export interface UploadSummary {
  readonly sessionId: bigint;
  readonly capsuleId: string;
  readonly name: string;
  readonly state: SessionState;
  readonly bytesExpected: bigint;
}

export interface FinishResult {
  readonly blobId: string;
  readonly memoryId: string;
  readonly size: bigint;
  readonly sha256: Uint8Array | null;
  readonly uploadedAt: bigint;
}

export interface BlobMeta {
  readonly blobId: string;
  readonly capsuleId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: bigint;
  readonly sha256: Uint8Array | null;
  readonly chunkSize: bigint;
  readonly chunkCount: number;
  readonly references: number;
}

/** One asset of a new memory: a reference to an existing blob, or inline bytes. */
export type AssetInput =
  | { readonly kind: AssetKind; readonly blobId: string; readonly mimeType: string | null }
  | { readonly kind: AssetKind; readonly inlineBytes: Uint8Array; readonly mimeType: string | null };

export interface MemoryAsset {
  readonly kind: AssetKind;
  readonly blobId: string | null;
  readonly inlineBytes: Uint8Array | null;
  readonly mimeType: string | null;
  readonly size: bigint;
}

export interface Memory {
  readonly memoryId: string;
  readonly capsuleId: string;
  readonly createdAt: bigint;
  readonly metadata: AssetMetadata | null;
  readonly assets: readonly MemoryAsset[];
}

export interface AssetSummary {
  readonly kind: AssetKind;
  readonly blobId: string | null;
  readonly size: bigint;
}

export interface MemorySummary {
  readonly memoryId: string;
  readonly capsuleId: string;
  readonly assets: readonly AssetSummary[];
}

/** The canister's limits, as far as the client needs them. Sizes are in bytes. */
export interface UploadConfig {
  readonly chunkSize: bigint;
  readonly maxChunks: number;
  readonly maxBytes: bigint;
  readonly inlineMax: bigint;
  readonly maxActiveSessions: number;
  readonly allowAnonymous: boolean;
}
