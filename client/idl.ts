/**
 * The part of `canister/upload.did` that the client calls. Argument types are complete. Result records omit fields that the
 * client does not use: Candid's subtyping allows that, and decoding skips them.
 */
import { IDL } from '@icp-sdk/core/candid';

const blob = IDL.Vec(IDL.Nat8);

const CanisterError = IDL.Variant({
  Internal: IDL.Text,
  NotFound: IDL.Null,
  Unauthorized: IDL.Null,
  InvalidArgument: IDL.Text,
  ResourceExhausted: IDL.Null,
  NotImplemented: IDL.Text,
  Conflict: IDL.Text,
  InvalidState: IDL.Text,
  ChecksumMismatch: IDL.Record({ expected: blob, computed: blob }),
});

const answer = (ok: IDL.Type) => IDL.Variant({ Ok: ok, Err: CanisterError });

export const AssetKind = IDL.Variant({
  Original: IDL.Null,
  Display: IDL.Null,
  Thumb: IDL.Null,
  Placeholder: IDL.Null,
});

const AssetBase = IDL.Record({
  name: IDL.Text,
  mime_type: IDL.Text,
  bytes: IDL.Nat64,
  asset_type: AssetKind,
  width: IDL.Opt(IDL.Nat32),
  height: IDL.Opt(IDL.Nat32),
  sha256: IDL.Opt(blob),
  tags: IDL.Vec(IDL.Text),
  description: IDL.Opt(IDL.Text),
  created_at: IDL.Nat64,
  updated_at: IDL.Nat64,
  deleted_at: IDL.Opt(IDL.Nat64),
  url: IDL.Opt(IDL.Text),
  storage_key: IDL.Opt(IDL.Text),
  bucket: IDL.Opt(IDL.Text),
  asset_location: IDL.Opt(IDL.Text),
  processing_status: IDL.Opt(IDL.Text),
  processing_error: IDL.Opt(IDL.Text),
});

export const AssetMetadata = IDL.Variant({
  Image: IDL.Record({
    dpi: IDL.Opt(IDL.Nat32),
    color_space: IDL.Opt(IDL.Text),
    exif_data: IDL.Opt(IDL.Text),
    compression_ratio: IDL.Opt(IDL.Float32),
    orientation: IDL.Opt(IDL.Nat8),
    base: AssetBase,
  }),
  Video: IDL.Record({
    duration: IDL.Opt(IDL.Nat64),
    frame_rate: IDL.Opt(IDL.Float32),
    codec: IDL.Opt(IDL.Text),
    bitrate: IDL.Opt(IDL.Nat64),
    resolution: IDL.Opt(IDL.Text),
    aspect_ratio: IDL.Opt(IDL.Float32),
    base: AssetBase,
  }),
  Audio: IDL.Record({
    duration: IDL.Opt(IDL.Nat64),
    sample_rate: IDL.Opt(IDL.Nat32),
    channels: IDL.Opt(IDL.Nat8),
    bitrate: IDL.Opt(IDL.Nat64),
    codec: IDL.Opt(IDL.Text),
    bit_depth: IDL.Opt(IDL.Nat8),
    base: AssetBase,
  }),
  Document: IDL.Record({
    page_count: IDL.Opt(IDL.Nat32),
    document_type: IDL.Opt(IDL.Text),
    language: IDL.Opt(IDL.Text),
    word_count: IDL.Opt(IDL.Nat32),
    base: AssetBase,
  }),
  Note: IDL.Record({
    word_count: IDL.Opt(IDL.Nat32),
    language: IDL.Opt(IDL.Text),
    format: IDL.Opt(IDL.Text),
    base: AssetBase,
  }),
});

const Capsule = IDL.Record({
  id: IDL.Text,
  owner: IDL.Principal,
  name: IDL.Opt(IDL.Text),
  created_at: IDL.Nat64,
});

const SessionState = IDL.Variant({
  Initiated: IDL.Null,
  Uploading: IDL.Null,
  Paused: IDL.Null,
  Finishing: IDL.Null,
  Completed: IDL.Null,
  Failed: IDL.Null,
  Cancelled: IDL.Null,
});

const UploadStatus = IDL.Record({
  session_id: IDL.Nat64,
  capsule_id: IDL.Text,
  name: IDL.Text,
  idempotency_key: IDL.Text,
  state: SessionState,
  chunk_size: IDL.Nat64,
  expected_chunks: IDL.Nat32,
  bytes_expected: IDL.Nat64,
  chunks_received: IDL.Nat32,
  bytes_received: IDL.Nat64,
  missing: IDL.Vec(IDL.Record({ start: IDL.Nat32, end: IDL.Nat32 })),
  updated_at: IDL.Nat64,
  expires_at: IDL.Nat64,
  blob_id: IDL.Opt(IDL.Text),
  memory_id: IDL.Opt(IDL.Text),
});

const UploadSummary = IDL.Record({
  session_id: IDL.Nat64,
  capsule_id: IDL.Text,
  name: IDL.Text,
  state: SessionState,
  bytes_expected: IDL.Nat64,
});

const UploadFinishResult = IDL.Record({
  blob_id: IDL.Text,
  memory_id: IDL.Text,
  size: IDL.Nat64,
  checksum_sha256: IDL.Opt(blob),
  uploaded_at: IDL.Nat64,
});

const BlobMeta = IDL.Record({
  blob_id: IDL.Text,
  capsule_id: IDL.Text,
  name: IDL.Text,
  mime_type: IDL.Text,
  size: IDL.Nat64,
  checksum_sha256: IDL.Opt(blob),
  chunk_size: IDL.Nat64,
  chunk_count: IDL.Nat32,
  references: IDL.Nat32,
});

/** Exactly one of `blob_id` and `inline_bytes` is present. */
export const AssetInput = IDL.Record({
  kind: AssetKind,
  blob_id: IDL.Opt(IDL.Text),
  inline_bytes: IDL.Opt(blob),
  mime_type: IDL.Opt(IDL.Text),
});

const MemoryAsset = IDL.Record({
  kind: AssetKind,
  blob_id: IDL.Opt(IDL.Text),
  inline_bytes: IDL.Opt(blob),
  mime_type: IDL.Opt(IDL.Text),
  size: IDL.Nat64,
});

const Memory = IDL.Record({
  memory_id: IDL.Text,
  capsule_id: IDL.Text,
  created_at: IDL.Nat64,
  metadata: IDL.Opt(AssetMetadata),
  assets: IDL.Vec(MemoryAsset),
});

const MemorySummary = IDL.Record({
  memory_id: IDL.Text,
  capsule_id: IDL.Text,
  assets: IDL.Vec(IDL.Record({ kind: AssetKind, blob_id: IDL.Opt(IDL.Text), size: IDL.Nat64 })),
});

const UploadConfig = IDL.Record({
  chunk_size: IDL.Nat64,
  max_chunks: IDL.Nat32,
  max_bytes: IDL.Nat64,
  inline_max: IDL.Nat64,
  max_active_sessions: IDL.Nat32,
  allow_anonymous: IDL.Bool,
});

/** The methods of the upload canister, for `Actor.createActor`. */
export const uploadService = IDL.Service({
  capsules_create: IDL.Func([IDL.Opt(IDL.Text)], [answer(Capsule)], []),
  capsules_list: IDL.Func([], [IDL.Vec(Capsule)], ['query']),
  uploads_begin: IDL.Func([IDL.Text, AssetMetadata, IDL.Nat32, IDL.Text], [answer(IDL.Nat64)], []),
  uploads_put_chunk: IDL.Func([IDL.Nat64, IDL.Nat32, blob], [answer(IDL.Null)], []),
  uploads_finish: IDL.Func([IDL.Nat64, blob, IDL.Nat64], [answer(UploadFinishResult)], []),
  uploads_abort: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
  uploads_pause: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
  uploads_resume: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
  uploads_status: IDL.Func([IDL.Nat64], [answer(UploadStatus)], ['query']),
  uploads_list: IDL.Func([], [IDL.Vec(UploadSummary)], ['query']),
  blob_get_meta: IDL.Func([IDL.Text], [answer(BlobMeta)], ['query']),
  blob_read_chunk: IDL.Func([IDL.Text, IDL.Nat32], [answer(blob)], ['query']),
  memories_create: IDL.Func([IDL.Text, IDL.Vec(AssetInput)], [answer(MemorySummary)], []),
  memories_read: IDL.Func([IDL.Text], [answer(Memory)], ['query']),
  memories_list: IDL.Func([IDL.Text], [answer(IDL.Vec(MemorySummary))], ['query']),
  memories_delete: IDL.Func([IDL.Text], [answer(IDL.Null)], []),
  upload_config: IDL.Func([], [UploadConfig], ['query']),
});

/** The method of the management canister that the client calls: the query `fetch_canister_logs` (IC interface spec). */
export const logsService = IDL.Service({
  fetch_canister_logs: IDL.Func(
    [IDL.Record({ canister_id: IDL.Principal })],
    [
      IDL.Record({
        canister_log_records: IDL.Vec(
          IDL.Record({ idx: IDL.Nat64, timestamp_nanos: IDL.Nat64, content: blob }),
        ),
      }),
    ],
    ['query'],
  ),
});
