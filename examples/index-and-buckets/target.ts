/** The target for index-and-buckets.did and bucket.did: an upload begins at the index, which names the bucket for its chunks. */
import { Principal } from '@icp-sdk/core/principal';
import { defineTarget, encodeCall } from 'canister-upload-stress';
import { idlFactory, init } from './interface.js';

const moduleOf = (name: string) => new URL(`wasm/${name}.wasm.gz`, import.meta.url);
const some = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
// The id of a session or file is that in its bucket, and the bucket: `17/bkyz2-fmaaa-aaaaa-qaaaq-cai`.
const numberOf = (id: string) => BigInt(id.split('/')[0] ?? '');
const bucketOf = (id: string) => id.split('/')[1] ?? '';
const ofSession = ({ sessionId }: { sessionId: string }) => bucketOf(sessionId);
const ofFile = ({ blobId }: { blobId: string }) => bucketOf(blobId);

export default defineTarget({
  name: 'index-and-buckets',
  idl: idlFactory,
  initTypes: init,
  init: ({ chunkSize, hashBytesPerCall, ...limits }, { fault, canisters: { main: [index = ''] = [] } }) => [
    {
      chunk_bytes: some(chunkSize),
      max_upload_bytes: some(limits.bytesMax).map(BigInt),
      max_open_uploads: some(limits.activeSessionsMax),
      index: Principal.fromText(index),
      hash_chunks_per_message: some(hashBytesPerCall).map((bytes) => Math.ceil(bytes / (chunkSize ?? bytes))),
      expiry_seconds: some(limits.sessionTtlSeconds).map((seconds) => BigInt(Math.round(seconds))),
      faults: some(fault?.split(',')),
    },
  ],
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
      ok: (b: { upload: bigint; bucket: Principal }) => ({ sessionId: `${b.upload}/${b.bucket.toText()}` }),
    },
    put: { canister: ofSession, call: ({ sessionId: s, index, data }) => ['put', numberOf(s), index, data] },
    finish: {
      canister: ofSession,
      call: ({ sessionId, sha256 }) => ['finish', numberOf(sessionId), sha256],
      ok: (file: bigint, { sessionId }) => ({ blobId: `${file}/${bucketOf(sessionId)}` }),
    },
    abort: { canister: ofSession, call: ({ sessionId }) => ['cancel', numberOf(sessionId)] },
    status: {
      canister: ofSession,
      call: ({ sessionId }) => ['status', numberOf(sessionId)],
      ok: ({ file }: { file: unknown[] }) => ({ state: file.length > 0 ? 'Completed' : 'Uploading' }),
    },
    listFiles: {
      call: () => ['files'],
      ok: (files: { bucket: Principal; file: bigint }[]) =>
        files.map(({ bucket, file }) => `${file}/${bucket.toText()}`),
    },
    usage: {
      call: () => ['quota'],
      ok: (quota: { open_uploads: number; reserved_bytes: bigint; file_bytes: bigint }) => ({
        openUploads: quota.open_uploads,
        bytes: Number(quota.reserved_bytes + quota.file_bytes),
      }),
    },
    readMeta: {
      canister: ofFile,
      call: ({ blobId }) => ['info', numberOf(blobId)],
      ok: (i: { length: bigint; chunks: number }) => ({ size: Number(i.length), chunkCount: i.chunks }),
    },
    readChunk: {
      canister: ofFile,
      call: ({ blobId, index }) => ['read', numberOf(blobId), index],
      ok: (data: Uint8Array) => data,
    },
  },
});
