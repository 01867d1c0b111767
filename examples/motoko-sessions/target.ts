/** The target for motoko-sessions.did: the canister assigns a session id, and chunks arrive in any order. */
import { defineTarget } from 'canister-upload-stress';
import { idlFactory, init } from './interface.js';

export default defineTarget({
  name: 'motoko-sessions',
  idl: idlFactory,
  initTypes: init,
  init: (limits, { fault }) => [
    {
      chunk_size: limits.chunkSize ?? 500_000,
      max_file_bytes: BigInt(limits.bytesMax ?? 50_000_000),
      max_open: limits.activeSessionsMax ?? 20,
      quota_bytes: 1_000_000_000n,
      ttl_seconds: BigInt(limits.sessionTtlSeconds ?? 86_400),
      hash_bytes_per_message: limits.hashBytesPerCall ?? 1_000_000,
      faults: fault === undefined ? [] : [fault],
    },
  ],
  promises: {
    limits: { chunkSize: 'init', bytesMax: 'init', activeSessionsMax: 'init', hashBytesPerCall: 'init' },
    chunkOrder: 'any',
    repeatedPut: 'accepted',
    otherPut: 'rejected',
    wrongPut: 'rejected',
    incompleteFinish: 'rejected',
    wrongHash: 'rejected',
    repeatedFinish: 'same',
    abort: 'ends',
    access: { put: 'owner', finish: 'owner', abort: 'owner', status: 'owner', read: 'owner' },
    upgrade: 'everything',
    expiry: 'init',
    uploads: 'independent',
    overwriting: 'separate',
    calls: 'atomic',
    storage: 'reclaimed',
  },
  errors: {
    bad_chunk: 'InvalidArgument',
    closed: 'InvalidState',
    conflict: 'Conflict',
    incomplete: 'InvalidArgument',
    not_found: 'NotFound',
    not_yours: 'Unauthorized',
    quota: 'ResourceExhausted',
    too_big: 'ResourceExhausted',
    too_many: 'ResourceExhausted',
    wrong_hash: 'ChecksumMismatch',
  },
  calls: {
    begin: {
      call: ({ name, bytes }) => ['start', name, BigInt(bytes)],
      ok: (id: bigint) => ({ sessionId: String(id) }),
    },
    put: { call: ({ sessionId, index, data }) => ['put', BigInt(sessionId), index, data] },
    finish: {
      call: ({ sessionId, sha256 }) => ['finish', BigInt(sessionId), sha256],
      ok: ({ file, size }: { file: bigint; size: bigint }) => ({ blobId: String(file), size: String(size) }),
    },
    abort: { call: ({ sessionId }) => ['cancel', BigInt(sessionId)] },
    status: {
      call: ({ sessionId }) => ['progress', BigInt(sessionId)],
      ok: ({ state }: { state: object }) => ({
        state: 'finished' in state ? 'Completed' : 'cancelled' in state ? 'Cancelled' : 'Uploading',
      }),
    },
    readMeta: {
      call: ({ blobId }) => ['info', BigInt(blobId)],
      ok: ({ size, chunks }: { size: bigint; chunks: number }) => ({
        size: Number(size),
        chunkCount: chunks,
      }),
    },
    readChunk: {
      call: ({ blobId, index }) => ['read', BigInt(blobId), index],
    },
  },
});
