/** The target for index-and-buckets.did and bucket.did: an upload begins at the index, which names the bucket for its chunks. */
import { Principal } from '@icp-sdk/core/principal';
import { defineTarget, encodeCall, opt } from 'canister-upload-stress';
import { idlFactory, init, type Begun, type File, type Info, type Quota } from './interface.js';

const moduleOf = (name: string) => new URL(`wasm/${name}.wasm.gz`, import.meta.url);
// The id of a session or file is that in its bucket, and the bucket: `17/bkyz2-fmaaa-aaaaa-qaaaq-cai`.
const idOf = (number: bigint, bucket: Principal | string) => `${number}/${bucket.toString()}`;
const numberOf = (id: string) => BigInt(id.split('/')[0] ?? '');
const bucketOf = (id: string) => id.split('/')[1] ?? '';

export default defineTarget({
  name: 'index-and-buckets',
  idl: idlFactory,
  initTypes: init,
  init: ({ chunkSize, hashBytesPerCall, ...limits }, { fault, canisters: { main: [index = ''] = [] } }) => [
    {
      chunk_bytes: opt(chunkSize),
      max_upload_bytes: opt(limits.bytesMax).map(BigInt),
      max_open_uploads: opt(limits.activeSessionsMax),
      index: Principal.fromText(index),
      hash_chunks_per_message: opt(hashBytesPerCall).map((bytes) => Math.ceil(bytes / (chunkSize ?? bytes))),
      expiry_seconds: opt(limits.sessionTtlSeconds).map((seconds) => BigInt(Math.round(seconds))),
      faults: opt(fault?.split(',')),
    },
  ],
  canisterOf: { session: bucketOf, file: bucketOf },
  canisters: { bucket: { wasm: moduleOf('bucket'), faultsWasm: moduleOf('bucket-faults'), count: 2 } },
  setUp: ({ canisters: { bucket: buckets = [] } }) =>
    buckets.map((bucket) => encodeCall(idlFactory, 'add_bucket', Principal.fromText(bucket))),
  promises: {
    limits: { chunkSize: 'init', bytesMax: 'init', activeSessionsMax: 'init', hashBytesPerCall: 'init' },
    chunkOrder: 'any',
    repeatedPut: 'accepted',
    otherPut: 'replaces',
    wrongPut: 'rejected',
    incompleteFinish: 'rejected',
    wrongHash: 'rejected',
    repeatedFinish: 'same',
    abort: 'ends',
    access: { put: 'owner', finish: 'owner', abort: 'owner', status: 'owner', read: 'owner' },
    upgrade: 'everything',
    expiry: 'init',
    uploads: 'independent',
    calls: 'atomic',
    storage: 'reclaimed',
  },
  errors: {
    Unknown: 'OutcomeUnknown',
    Forbidden: 'Unauthorized',
    WrongHash: 'ChecksumMismatch',
    QuotaExceeded: 'ResourceExhausted',
  },
  calls: {
    begin: {
      call: ({ name, bytes }) => ['begin', name, BigInt(bytes)],
      ok: ({ upload, bucket }: Begun) => ({ sessionId: idOf(upload, bucket) }),
    },
    put: { call: ({ sessionId: s, index, data }) => ['put', numberOf(s), index, data] },
    finish: {
      call: ({ sessionId, sha256 }) => ['finish', numberOf(sessionId), sha256],
      ok: (file: bigint, { sessionId }) => ({ blobId: idOf(file, bucketOf(sessionId)) }),
    },
    abort: { call: ({ sessionId }) => ['cancel', numberOf(sessionId)] },
    status: {
      call: ({ sessionId }) => ['status', numberOf(sessionId)],
      ok: ({ file }: { file: unknown[] }) => ({ state: file.length > 0 ? 'Completed' : 'Uploading' }),
    },
    listFiles: { call: () => ['files'], ok: (files: File[]) => files.map((f) => idOf(f.file, f.bucket)) },
    usage: {
      call: () => ['quota'],
      ok: (q: Quota) => ({ openUploads: q.open_uploads, bytes: Number(q.reserved_bytes + q.file_bytes) }),
    },
    readMeta: {
      call: ({ blobId }) => ['info', numberOf(blobId)],
      ok: ({ length, chunks }: Info) => ({ size: Number(length), chunkCount: chunks }),
    },
    readChunk: { call: ({ blobId: f, index }) => ['read', numberOf(f), index] },
  },
});
