/** The built-in target `upload` for the interface of canister/upload.did. `upload-replies.ts` decodes the replies. */
import { REQUEST_NAMES } from '../model/operations.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IDL, idlLabelToId } from '@icp-sdk/core/candid';
import type { Call, Outcome } from '../replicas/replica.js';
import { ASSET_KINDS } from '../model/operation-fields.js';
import type { AssetKind, Limits } from '../model/schedule.js';
import { createEncoder, recordWriter } from './candid/writer.js';
import { PACKAGE_ROOT } from '../package-root.js';
import type { Promises } from './promises.js';
import { shapeSchema } from './shape.js';
import type {
  AssetRequest,
  EncodedRequest,
  InitContext,
  ReadResult,
  Request,
  Result,
  Target,
} from './target.js';
import { uploadHttp } from './upload-http.js';
import { decodeCapsule, decodeReply } from './upload-replies.js';

const NS_PER_SECOND = 1_000_000_000;
/** 100 years, and the largest value of the field. No schedule reaches either limit. */
const HTTP_TOKEN_TTL_SECONDS = 3_155_760_000;
const HTTP_UPLOADS_PER_HOUR = 0xffff_ffff;
/** The canister's defaults (upload.did). */
const CANISTER_TOKEN_TTL_SECONDS = 3_600;
const CANISTER_UPLOADS_PER_HOUR = 100;

// ---- arguments ----

const encodeSessionId = createEncoder<string>(
  [IDL.Nat64],
  (writer, sessionId) => void writer.nat64(BigInt(sessionId)),
  { value: '258', candid: [258n] },
);
const encodeText = createEncoder<string>([IDL.Text], (writer, value) => void writer.text(value), {
  value: 'x',
  candid: ['x'],
});
const encodeNothing = createEncoder<undefined>([], () => undefined, { value: undefined, candid: [] });
const encodeReadChunk = createEncoder<{ readonly blobId: string; readonly index: number }>(
  [IDL.Text, IDL.Nat32],
  (writer, { blobId, index }) => void writer.text(blobId).nat32(index),
  { value: { blobId: 'x', index: 70_000 }, candid: ['x', 70_000] },
);
const encodePut = createEncoder<Omit<Put, 'offset' | 'file'>>(
  [IDL.Nat64, IDL.Nat32, IDL.Vec(IDL.Nat8)],
  (writer, { sessionId, index, data }) => void writer.nat64(BigInt(sessionId)).nat32(index).blob(data),
  {
    value: { op: 'put', sessionId: '258', index: 1, data: Uint8Array.of(7, 8) },
    candid: [258n, 1, Uint8Array.of(7, 8)],
  },
);
const encodeFinish = createEncoder<Omit<Finish, 'file' | 'chunks'>>(
  [IDL.Nat64, IDL.Vec(IDL.Nat8), IDL.Nat64],
  (writer, { sessionId, sha256, totalLength }) =>
    void writer.nat64(BigInt(sessionId)).blob(sha256).nat64(totalLength),
  {
    value: { op: 'finish', sessionId: '258', sha256: Uint8Array.of(7), totalLength: 5 },
    candid: [258n, Uint8Array.of(7), 5n],
  },
);

/**
 * The asset's metadata as a Document. Candid lets a caller omit optional fields and unused cases. Both timestamps are 0, so that a
 * repeated `begin` has equal parameters.
 */
const AssetBase = IDL.Record({
  name: IDL.Text,
  mime_type: IDL.Text,
  bytes: IDL.Nat64,
  asset_type: IDL.Variant({ Original: IDL.Null }),
  sha256: IDL.Opt(IDL.Vec(IDL.Nat8)),
  tags: IDL.Vec(IDL.Text),
  created_at: IDL.Nat64,
  updated_at: IDL.Nat64,
});
const AssetMetadata = IDL.Variant({ Document: IDL.Record({ base: AssetBase }) });

type Begin = Request & { op: 'begin' };
const writeAssetBase = recordWriter<Begin>({
  name: (writer, begin) => writer.text(begin.name),
  mime_type: (writer, begin) => writer.text(begin.mimeType),
  bytes: (writer, begin) => writer.nat64(begin.bytes),
  asset_type: (writer) => writer.leb128(0),
  sha256: (writer, begin) => writer.byte(1).blob(begin.sha256),
  tags: (writer) => writer.leb128(0),
  created_at: (writer) => writer.nat64(0),
  updated_at: (writer) => writer.nat64(0),
});
const sampleBegin: Begin = {
  op: 'begin',
  capsuleId: 'capsule_1',
  name: 'a',
  mimeType: 'b',
  bytes: 77_777,
  sha256: Uint8Array.of(1, 2),
  expectedChunks: 3,
  key: 'k',
};
const encodeBegin = createEncoder<Begin>(
  [IDL.Text, AssetMetadata, IDL.Nat32, IDL.Text],
  (writer, begin) => {
    writer.text(begin.capsuleId).leb128(0);
    writeAssetBase(writer, begin);
    writer.nat32(begin.expectedChunks).text(begin.key);
  },
  {
    value: sampleBegin,
    candid: [
      'capsule_1',
      {
        Document: {
          base: {
            name: 'a',
            mime_type: 'b',
            bytes: 77_777n,
            asset_type: { Original: null },
            sha256: [Uint8Array.of(1, 2)],
            tags: [],
            created_at: 0n,
            updated_at: 0n,
          },
        },
      },
      3,
      'k',
    ],
  },
);

const AssetKindVariant = IDL.Variant(Object.fromEntries(ASSET_KINDS.map((kind) => [kind, IDL.Null])));
/** Candid numbers the cases of a variant in the order of their hashes. */
const KINDS_BY_HASH = [...ASSET_KINDS].sort((a, b) => idlLabelToId(a) - idlLabelToId(b));

function kindNumber(kind: AssetKind): number {
  return KINDS_BY_HASH.indexOf(kind);
}

const AssetInput = IDL.Record({
  kind: AssetKindVariant,
  blob_id: IDL.Opt(IDL.Text),
  inline_bytes: IDL.Opt(IDL.Vec(IDL.Nat8)),
});
const writeAssetInput = recordWriter<AssetRequest>({
  kind: (writer, { kind }) => writer.leb128(kindNumber(kind)),
  blob_id: (writer, { blobId }) => (blobId === undefined ? writer.byte(0) : writer.byte(1).text(blobId)),
  inline_bytes: (writer, { inlineBytes }) =>
    inlineBytes === undefined ? writer.byte(0) : writer.byte(1).blob(inlineBytes),
});
const encodeMemory = createEncoder<Request & { op: 'memory' }>(
  [IDL.Text, IDL.Vec(AssetInput)],
  (writer, { capsuleId, assets }) => {
    writer.text(capsuleId).leb128(assets.length);
    for (const asset of assets) writeAssetInput(writer, asset);
  },
  {
    value: {
      op: 'memory',
      capsuleId: 'capsule_1',
      assets: [
        ...ASSET_KINDS.map((kind) => ({ kind, blobId: 'blob_1' })),
        { kind: 'Thumb', inlineBytes: Uint8Array.of(7, 8) },
      ],
    },
    candid: [
      'capsule_1',
      [
        ...ASSET_KINDS.map((kind) => ({ kind: { [kind]: null }, blob_id: ['blob_1'], inline_bytes: [] })),
        { kind: { Thumb: null }, blob_id: [], inline_bytes: [Uint8Array.of(7, 8)] },
      ],
    ],
  },
);

/** A request without the fields that the interface does not need. */
export type UploadRequest =
  | Exclude<Request, { op: 'put' | 'finish' | 'readChunk' }>
  | Omit<Put, 'offset' | 'file'>
  | Omit<Finish, 'file' | 'chunks'>
  | Omit<ReadChunk, 'offset' | 'bytes'>;
type Put = Request & { op: 'put' };
type Finish = Request & { op: 'finish' };
type ReadChunk = Request & { op: 'readChunk' };

function encode(request: UploadRequest): EncodedRequest | undefined {
  switch (request.op) {
    case 'begin':
      return { kind: 'update', method: 'uploads_begin', arg: encodeBegin(request) };
    case 'put':
      return { kind: 'update', method: 'uploads_put_chunk', arg: encodePut(request) };
    case 'finish':
      return { kind: 'update', method: 'uploads_finish', arg: encodeFinish(request) };
    case 'abort':
    case 'pause':
    case 'resume':
      return { kind: 'update', method: `uploads_${request.op}`, arg: encodeSessionId(request.sessionId) };
    case 'status':
      return { kind: 'query', method: 'uploads_status', arg: encodeSessionId(request.sessionId) };
    case 'cleanup':
      return { kind: 'update', method: 'uploads_cleanup_expired', arg: encodeNothing(undefined) };
    case 'list':
      return { kind: 'query', method: 'uploads_list', arg: encodeNothing(undefined) };
    case 'readMeta':
      return { kind: 'query', method: 'blob_get_meta', arg: encodeText(request.blobId) };
    case 'readWhole':
      return { kind: 'query', method: 'blob_read', arg: encodeText(request.blobId) };
    case 'readChunk':
      return { kind: 'query', method: 'blob_read_chunk', arg: encodeReadChunk(request) };
    case 'memory':
      return { kind: 'update', method: 'memories_create', arg: encodeMemory(request) };
    case 'readMemory':
      return { kind: 'query', method: 'memories_read', arg: encodeText(request.memoryId) };
    case 'deleteMemory':
      return { kind: 'update', method: 'memories_delete', arg: encodeText(request.memoryId) };
    case 'listMemories':
      return { kind: 'query', method: 'memories_list', arg: encodeText(request.capsuleId) };
    case 'listFiles':
    case 'usage':
      return undefined;
    case 'stats':
    case 'config':
      return { kind: 'query', method: `upload_${request.op}`, arg: encodeNothing(undefined) };
  }
}

// ---- init argument ----

const InitArg = IDL.Record({
  chunk_size: IDL.Opt(IDL.Nat64),
  max_chunks: IDL.Opt(IDL.Nat32),
  max_bytes: IDL.Opt(IDL.Nat64),
  inline_max: IDL.Opt(IDL.Nat64),
  max_active_sessions: IDL.Opt(IDL.Nat32),
  session_ttl_ns: IDL.Opt(IDL.Nat64),
  hash_bytes_per_call: IDL.Opt(IDL.Nat64),
  http_token_ttl_ns: IDL.Opt(IDL.Nat64),
  http_uploads_per_hour: IDL.Opt(IDL.Nat32),
  http_max_bytes: IDL.Opt(IDL.Record({ original: IDL.Opt(IDL.Nat64) })),
  fault: IDL.Opt(IDL.Text),
});

/** Only a build with faults has the field `fault`. Other builds ignore it, because Candid ignores unknown fields. */
function encodeInitArg(limits: Limits, { fault }: Pick<InitContext, 'fault'> = {}): Uint8Array {
  const optional = (value: number | undefined) => (value === undefined ? [] : [BigInt(value)]);
  const small = (value: number | undefined) => (value === undefined ? [] : [value]);
  const secondsToNs = (seconds: number): bigint => BigInt(Math.round(seconds * NS_PER_SECOND));
  const arg = {
    chunk_size: optional(limits.chunkSize),
    max_chunks: small(limits.chunksMax),
    max_bytes: optional(limits.bytesMax),
    inline_max: optional(limits.inlineBytesMax),
    max_active_sessions: small(limits.activeSessionsMax),
    session_ttl_ns: limits.sessionTtlSeconds === undefined ? [] : [secondsToNs(limits.sessionTtlSeconds)],
    hash_bytes_per_call: optional(limits.hashBytesPerCall),
    http_token_ttl_ns: [secondsToNs(limits.httpTokenTtlSeconds ?? HTTP_TOKEN_TTL_SECONDS)],
    http_uploads_per_hour: [limits.httpUploadsPerHour ?? HTTP_UPLOADS_PER_HOUR],
    http_max_bytes: limits.httpBytesMax === undefined ? [] : [{ original: [BigInt(limits.httpBytesMax)] }],
    fault: fault === undefined ? [] : [fault],
  };
  return Uint8Array.from(IDL.encode([IDL.Opt(InitArg)], [[arg]]));
}

interface HttpMaxBytes {
  readonly original: [] | [bigint];
}

/** Candid decodes a value that does not fit an `opt` as null, so the bytes decide whether the argument was absent. */
function isNothing(bytes: Uint8Array): boolean {
  const nothings = [IDL.encode([], []), IDL.encode([IDL.Null], [null]), IDL.encode([IDL.Opt(InitArg)], [[]])];
  return nothings.some((nothing) => Buffer.compare(Uint8Array.from(nothing), bytes) === 0);
}

/** @throws Error if the bytes are not an `opt InitArg` */
function decodeInitArg(bytes: Uint8Array): Limits {
  const [value] = IDL.decode([IDL.Opt(InitArg)], Uint8Array.from(bytes)) as unknown as [
    [] | [Readonly<Record<string, [] | [bigint | number]>>],
  ];
  if (value.length === 0 && !isNothing(bytes)) throw new Error('it is not an optional record');
  const given = value[0] ?? {};
  const number = (field: string): number | undefined => {
    const entry = given[field]?.[0];
    return entry === undefined ? undefined : Number(entry);
  };
  const seconds = (field: string): number | undefined => {
    const ns = number(field);
    return ns === undefined ? undefined : ns / NS_PER_SECOND;
  };
  const tokenTtlSeconds = seconds('http_token_ttl_ns') ?? CANISTER_TOKEN_TTL_SECONDS;
  const uploadsPerHour = number('http_uploads_per_hour') ?? CANISTER_UPLOADS_PER_HOUR;
  const [httpMaxBytes] = (given['http_max_bytes'] ?? []) as unknown as readonly [HttpMaxBytes?];
  const [httpBytesMax] = httpMaxBytes?.original ?? [];
  const limits: Record<keyof Limits, number | undefined> = {
    chunkSize: number('chunk_size'),
    chunksMax: number('max_chunks'),
    bytesMax: number('max_bytes'),
    inlineBytesMax: number('inline_max'),
    activeSessionsMax: number('max_active_sessions'),
    hashBytesPerCall: number('hash_bytes_per_call'),
    sessionTtlSeconds: seconds('session_ttl_ns'),
    httpBytesMax: httpBytesMax === undefined ? undefined : Number(httpBytesMax),
    httpUploadsPerHour: uploadsPerHour >= HTTP_UPLOADS_PER_HOUR ? undefined : uploadsPerHour,
    httpTokenTtlSeconds: tokenTtlSeconds >= HTTP_TOKEN_TTL_SECONDS ? undefined : tokenTtlSeconds,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

function olderModule(): Uint8Array {
  return Uint8Array.from(readFileSync(join(PACKAGE_ROOT, 'canister', 'wasm', 'upload-layout-v1.wasm')));
}

const createCapsule: EncodedRequest & { readonly kind: 'update' } & Pick<Call, 'method' | 'arg'> = {
  kind: 'update',
  method: 'capsules_create',
  arg: Uint8Array.from(IDL.encode([IDL.Opt(IDL.Text)], [[]])),
};

const promises: Promises = {
  limits: {
    chunkSize: 'init',
    chunksMax: 'init',
    bytesMax: 'init',
    inlineBytesMax: 'init',
    activeSessionsMax: 'init',
    hashBytesPerCall: 'init',
    httpBytesMax: 'init',
    httpUploadsPerHour: 'init',
    httpTokenTtlSeconds: 'init',
  },
  chunkOrder: 'any',
  repeatedPut: 'accepted',
  otherPut: 'rejected',
  wrongPut: 'rejected',
  incompleteFinish: 'rejected',
  wrongHash: 'rejected',
  repeatedFinish: 'same',
  repeatedBegin: 'same',
  overwriting: 'separate',
  abort: 'ends',
  pause: 'stops',
  access: { put: 'owner', finish: 'owner', abort: 'owner', status: 'owner', read: 'owner' },
  upgrade: 'everything',
  expiry: 'init',
  uploads: 'independent',
  calls: 'atomic',
  errors: 'replies',
  storage: 'reclaimed',
  // The heap holds the chunk of one message and some records: 1.6 MB, and less than 5 MB more with chunks of 1.8 MB.
  budgets: { heapBytes: 8_000_000 },
  specification: 'upload.did',
};

/** The built-in target. Its adapter needs less of some requests than the contract offers. */
export interface UploadTarget extends Target {
  encodeInitArg(limits: Limits, context?: Pick<InitContext, 'fault'>): Uint8Array;
  encode(request: UploadRequest): EncodedRequest;
  decode(request: UploadRequest, outcome: Outcome): Result | ReadResult;
}

export const uploadTarget: UploadTarget = {
  name: 'upload',
  shape: shapeSchema.parse({ countsChunks: true, finishTakesLength: true }),
  promises,
  operations: new Set(REQUEST_NAMES.filter((name) => name !== 'listFiles' && name !== 'usage')),
  takesNewLimits: true,
  defaultChunkSize: 1_800_000,
  encodeInitArg,
  decodeInitArg,
  olderModule,
  prepareCaller: () => createCapsule,
  decodeCapsule,
  http: uploadHttp,
  // Only the requests that the interface does not have are not encoded.
  encode: encode as UploadTarget['encode'],
  decode: decodeReply,
};

export default uploadTarget;
