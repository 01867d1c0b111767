/**
 * What the upload canister's interface (`canister/upload.did`) speaks about, as plain TypeScript: sizes in bytes, times in
 * nanoseconds since 1970 as `bigint`, an absent `opt` as `null`. `candid.ts` turns these into Candid values and back.
 */

export type AssetKind = 'Original' | 'Display' | 'Thumb' | 'Placeholder';

/** What every asset says about itself. `bytes` is the truth about length. */
export interface AssetBase {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: bigint;
  readonly assetType: AssetKind;
  readonly width: number | null;
  readonly height: number | null;
  /** 32 bytes. */
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
  /** Decoded bytes by stored bytes. */
  readonly compressionRatio: number | null;
  /** 1 to 8, as in the file. */
  readonly orientation: number | null;
}

/** The variants a file can be uploaded as. The canister's other fields (codec, page count, …) stay absent. */
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

/** The answer of a method that may refuse. A refusal has changed nothing on the canister. */
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

/** Half-open: `start` is missing, `end` is not. */
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
  /** Ascending, not touching; the first `MISSING_RANGES_MAX`. */
  readonly missing: readonly ChunkRange[];
  readonly updatedAt: bigint;
  readonly expiresAt: bigint;
  readonly blobId: string | null;
  readonly memoryId: string | null;
}

/** How many missing ranges one status lists (`upload.did`, `UploadStatus.missing`). */
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

/** One asset of a memory to be made: either a blob that is there, or bytes that go along. */
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

/** The limits in force that a client settles on; the canister answers more. */
export interface UploadConfig {
  readonly chunkSize: bigint;
  readonly maxChunks: number;
  readonly maxBytes: bigint;
  readonly inlineMax: bigint;
  readonly maxActiveSessions: number;
  readonly allowAnonymous: boolean;
}
