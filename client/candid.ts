/**
 * Converts the client's types to values of `@icp-sdk/core/candid` and back. There, an `opt` is `[]` or `[value]`, and a variant is an
 * object with one key. The `Raw…` interfaces are the decoded types of `idl.ts`.
 */
import type { Principal } from '@icp-sdk/core/principal';
import type {
  Answer,
  AssetBase,
  AssetInput,
  AssetKind,
  AssetMetadata,
  BlobMeta,
  CanisterError,
  Capsule,
  FinishResult,
  Memory,
  MemorySummary,
  SessionState,
  UploadConfig,
  UploadStatus,
  UploadSummary,
} from './types.js';

type Opt<T> = [] | [T];
type Tag<K extends string> = Partial<Record<K, null>>;

export type RawAnswer<T> = { Ok: T } | { Err: RawError };

type RawError =
  | Tag<'NotFound' | 'Unauthorized' | 'ResourceExhausted'>
  | Partial<Record<'Internal' | 'InvalidArgument' | 'NotImplemented' | 'Conflict' | 'InvalidState', string>>
  | { ChecksumMismatch: { expected: Uint8Array; computed: Uint8Array } };

const toOpt = <T>(value: T | null): Opt<T> => (value === null ? [] : [value]);
const fromOpt = <T>(value: Opt<T>): T | null => value[0] ?? null;

/** Returns the only key of a variant. */
function tagOf<K extends string>(variant: Tag<K>): K {
  return Object.keys(variant)[0] as K;
}

/**
 * Copies bytes for a `vec nat8`, unless they fill their buffer: a slice of a pooled `Buffer` shares its memory with other data.
 */
function toBlob(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength && !(bytes instanceof Buffer)
    ? bytes
    : Uint8Array.from(bytes);
}

function isDetailed(kind: string): boolean {
  return !['NotFound', 'Unauthorized', 'ResourceExhausted'].includes(kind);
}

export function decodeError(raw: RawError): CanisterError {
  const [kind, detail] = Object.entries(raw)[0] as [CanisterError['kind'], unknown];
  if (kind === 'ChecksumMismatch')
    return { kind, ...(detail as { expected: Uint8Array; computed: Uint8Array }) };
  return (isDetailed(kind) ? { kind, text: detail } : { kind }) as CanisterError;
}

export function decodeAnswer<R, T>(raw: RawAnswer<R>, decode: (value: R) => T): Answer<T> {
  return 'Ok' in raw ? { ok: true, value: decode(raw.Ok) } : { ok: false, error: decodeError(raw.Err) };
}

/** Encodes `AssetBase`. Fields that the client does not use are absent. */
function encodeBase(base: AssetBase) {
  return {
    name: base.name,
    mime_type: base.mimeType,
    bytes: base.bytes,
    asset_type: { [base.assetType]: null },
    width: toOpt(base.width),
    height: toOpt(base.height),
    sha256: toOpt(base.sha256 === null ? null : toBlob(base.sha256)),
    tags: [...base.tags],
    description: toOpt(base.description),
    created_at: base.createdAt,
    updated_at: base.updatedAt,
    deleted_at: [],
    url: [],
    storage_key: [],
    bucket: [],
    asset_location: [],
    processing_status: [],
    processing_error: [],
  };
}

const ABSENT_DETAILS = {
  Video: { duration: [], frame_rate: [], codec: [], bitrate: [], resolution: [], aspect_ratio: [] },
  Audio: { duration: [], sample_rate: [], channels: [], bitrate: [], codec: [], bit_depth: [] },
  Document: { page_count: [], document_type: [], language: [], word_count: [] },
  Note: { word_count: [], language: [], format: [] },
};

export function encodeMetadata(asset: AssetMetadata): object {
  const base = encodeBase(asset.base);
  if (asset.kind !== 'Image') return { [asset.kind]: { ...ABSENT_DETAILS[asset.kind], base } };
  return {
    Image: {
      dpi: toOpt(asset.dpi),
      color_space: toOpt(asset.colorSpace),
      exif_data: toOpt(asset.exifData),
      compression_ratio: toOpt(asset.compressionRatio),
      orientation: toOpt(asset.orientation),
      base,
    },
  };
}

/** Encodes either `blob_id` or `inline_bytes`. Empty inline bytes are present, not absent. */
export function encodeAssetInput(asset: AssetInput): object {
  return {
    kind: { [asset.kind]: null },
    blob_id: 'blobId' in asset ? [asset.blobId] : [],
    inline_bytes: 'inlineBytes' in asset ? [toBlob(asset.inlineBytes)] : [],
    mime_type: toOpt(asset.mimeType),
  };
}

interface RawBase {
  name: string;
  mime_type: string;
  bytes: bigint;
  asset_type: Tag<AssetKind>;
  width: Opt<number>;
  height: Opt<number>;
  sha256: Opt<Uint8Array>;
  tags: string[];
  description: Opt<string>;
  created_at: bigint;
  updated_at: bigint;
}

interface RawImage {
  dpi: Opt<number>;
  color_space: Opt<string>;
  exif_data: Opt<string>;
  compression_ratio: Opt<number>;
  orientation: Opt<number>;
  base: RawBase;
}

type RawMetadata = Partial<Record<AssetMetadata['kind'], { base: RawBase }>>;

function decodeBase(raw: RawBase): AssetBase {
  return {
    name: raw.name,
    mimeType: raw.mime_type,
    bytes: raw.bytes,
    assetType: tagOf(raw.asset_type),
    width: fromOpt(raw.width),
    height: fromOpt(raw.height),
    sha256: fromOpt(raw.sha256),
    tags: raw.tags,
    description: fromOpt(raw.description),
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
  };
}

export function decodeMetadata(raw: RawMetadata): AssetMetadata {
  const [kind, body] = Object.entries(raw)[0] as [AssetMetadata['kind'], { base: RawBase }];
  const base = decodeBase(body.base);
  if (kind !== 'Image') return { kind, base };
  const image = body as RawImage;
  return {
    kind,
    base,
    dpi: fromOpt(image.dpi),
    colorSpace: fromOpt(image.color_space),
    exifData: fromOpt(image.exif_data),
    compressionRatio: fromOpt(image.compression_ratio),
    orientation: fromOpt(image.orientation),
  };
}

export interface RawCapsule {
  id: string;
  owner: Principal;
  name: Opt<string>;
  created_at: bigint;
}

export function decodeCapsule(raw: RawCapsule): Capsule {
  return { id: raw.id, owner: raw.owner.toText(), name: fromOpt(raw.name), createdAt: raw.created_at };
}

export interface RawStatus {
  session_id: bigint;
  capsule_id: string;
  name: string;
  idempotency_key: string;
  state: Tag<SessionState>;
  chunk_size: bigint;
  expected_chunks: number;
  bytes_expected: bigint;
  chunks_received: number;
  bytes_received: bigint;
  missing: { start: number; end: number }[];
  updated_at: bigint;
  expires_at: bigint;
  blob_id: Opt<string>;
  memory_id: Opt<string>;
}

export function decodeStatus(raw: RawStatus): UploadStatus {
  return {
    sessionId: raw.session_id,
    capsuleId: raw.capsule_id,
    name: raw.name,
    idempotencyKey: raw.idempotency_key,
    state: tagOf(raw.state),
    chunkSize: raw.chunk_size,
    expectedChunks: raw.expected_chunks,
    bytesExpected: raw.bytes_expected,
    chunksReceived: raw.chunks_received,
    bytesReceived: raw.bytes_received,
    missing: raw.missing,
    updatedAt: raw.updated_at,
    expiresAt: raw.expires_at,
    blobId: fromOpt(raw.blob_id),
    memoryId: fromOpt(raw.memory_id),
  };
}

export interface RawUploadSummary {
  session_id: bigint;
  capsule_id: string;
  name: string;
  state: Tag<SessionState>;
  bytes_expected: bigint;
}

export function decodeUploadSummary(raw: RawUploadSummary): UploadSummary {
  return {
    sessionId: raw.session_id,
    capsuleId: raw.capsule_id,
    name: raw.name,
    state: tagOf(raw.state),
    bytesExpected: raw.bytes_expected,
  };
}

export interface RawFinishResult {
  blob_id: string;
  memory_id: string;
  size: bigint;
  checksum_sha256: Opt<Uint8Array>;
  uploaded_at: bigint;
}

export function decodeFinishResult(raw: RawFinishResult): FinishResult {
  return {
    blobId: raw.blob_id,
    memoryId: raw.memory_id,
    size: raw.size,
    sha256: fromOpt(raw.checksum_sha256),
    uploadedAt: raw.uploaded_at,
  };
}

export interface RawBlobMeta {
  blob_id: string;
  capsule_id: string;
  name: string;
  mime_type: string;
  size: bigint;
  checksum_sha256: Opt<Uint8Array>;
  chunk_size: bigint;
  chunk_count: number;
  references: number;
}

export function decodeBlobMeta(raw: RawBlobMeta): BlobMeta {
  return {
    blobId: raw.blob_id,
    capsuleId: raw.capsule_id,
    name: raw.name,
    mimeType: raw.mime_type,
    size: raw.size,
    sha256: fromOpt(raw.checksum_sha256),
    chunkSize: raw.chunk_size,
    chunkCount: raw.chunk_count,
    references: raw.references,
  };
}

export interface RawMemorySummary {
  memory_id: string;
  capsule_id: string;
  assets: { kind: Tag<AssetKind>; blob_id: Opt<string>; size: bigint }[];
}

export function decodeMemorySummary(raw: RawMemorySummary): MemorySummary {
  return {
    memoryId: raw.memory_id,
    capsuleId: raw.capsule_id,
    assets: raw.assets.map((asset) => ({
      kind: tagOf(asset.kind),
      blobId: fromOpt(asset.blob_id),
      size: asset.size,
    })),
  };
}

export interface RawMemory {
  memory_id: string;
  capsule_id: string;
  created_at: bigint;
  metadata: Opt<RawMetadata>;
  assets: {
    kind: Tag<AssetKind>;
    blob_id: Opt<string>;
    inline_bytes: Opt<Uint8Array>;
    mime_type: Opt<string>;
    size: bigint;
  }[];
}

export function decodeMemory(raw: RawMemory): Memory {
  const metadata = fromOpt(raw.metadata);
  return {
    memoryId: raw.memory_id,
    capsuleId: raw.capsule_id,
    createdAt: raw.created_at,
    metadata: metadata === null ? null : decodeMetadata(metadata),
    assets: raw.assets.map((asset) => ({
      kind: tagOf(asset.kind),
      blobId: fromOpt(asset.blob_id),
      inlineBytes: fromOpt(asset.inline_bytes),
      mimeType: fromOpt(asset.mime_type),
      size: asset.size,
    })),
  };
}

export interface RawConfig {
  chunk_size: bigint;
  max_chunks: number;
  max_bytes: bigint;
  inline_max: bigint;
  max_active_sessions: number;
  allow_anonymous: boolean;
}

export function decodeConfig(raw: RawConfig): UploadConfig {
  return {
    chunkSize: raw.chunk_size,
    maxChunks: raw.max_chunks,
    maxBytes: raw.max_bytes,
    inlineMax: raw.inline_max,
    maxActiveSessions: raw.max_active_sessions,
    allowAnonymous: raw.allow_anonymous,
  };
}
