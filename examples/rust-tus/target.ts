/** The target for rust-tus.did: bytes are appended at an offset, and the last byte completes the upload. */
import { createHash } from 'node:crypto';
import { defineTarget, opt } from 'canister-upload-stress';
import { idlFactory, init, type Head } from './interface.js';

export default defineTarget({
  name: 'rust-tus',
  idl: idlFactory,
  initTypes: init,
  // Blocks of two chunks, so that short files have several blocks.
  init: ({ chunkSize, bytesMax, activeSessionsMax, sessionTtlSeconds }, { fault }) => [
    [
      {
        max_upload_bytes: opt(bytesMax).map(BigInt),
        max_open_uploads: opt(activeSessionsMax),
        block_bytes: opt(chunkSize).map((bytes) => bytes * 2),
        expiry_seconds: opt(sessionTtlSeconds).map((seconds) => BigInt(Math.round(seconds))),
        faults: opt(fault?.split(',')),
      },
    ],
  ],
  shape: { address: 'offset', finish: 'implied', read: 'range', readBy: 'session' },
  promises: {
    limits: { chunkSize: 'client', bytesMax: 'init', activeSessionsMax: 'init' },
    chunkOrder: 'ascending',
    repeatedPut: 'rejected',
    otherPut: 'rejected',
    wrongPut: 'rejected',
    wrongHash: 'rejected',
    repeatedBegin: 'same',
    abort: 'ends',
    access: { put: 'owner', abort: 'owner', status: 'owner', read: 'owner' },
    upgrade: 'everything',
    expiry: 'init',
    uploads: 'independent',
    calls: 'atomic',
    storage: 'reclaimed',
  },
  errors: { Forbidden: 'Unauthorized', KeyConflict: 'Conflict', TooManyUploads: 'ResourceExhausted' },
  calls: {
    begin: {
      call: ({ name, bytes, sha256, key }) => [
        'create',
        { name, length: BigInt(bytes), sha256: [sha256], key: [key] },
      ],
      ok: ({ id }: { id: bigint }) => ({ sessionId: String(id) }),
    },
    put: {
      call: ({ sessionId, offset, data }) => [
        'append',
        BigInt(sessionId),
        BigInt(offset),
        data,
        [createHash('sha256').update(data).digest()],
      ],
      ok: ({ offset, sha256: [hash] }: Head, { sessionId: blobId }) =>
        hash && { blobId, size: String(offset), sha256: Buffer.from(hash).toString('hex') },
    },
    abort: { call: ({ sessionId }) => ['terminate', BigInt(sessionId)] },
    status: {
      call: ({ sessionId }) => ['head', BigInt(sessionId)],
      ok: ({ offset, sha256 }: Head) => ({
        state: sha256.length > 0 ? 'Completed' : offset > 0n ? 'Uploading' : 'Initiated',
        bytesReceived: String(offset),
      }),
    },
    list: { call: () => ['list'], ok: (entries: { id: bigint }[]) => entries.map(({ id }) => String(id)) },
    readMeta: {
      call: ({ blobId }) => ['head', BigInt(blobId)],
      ok: ({ offset, sha256 }: Head) => (sha256.length > 0 ? { size: Number(offset) } : undefined),
    },
    readChunk: {
      call: ({ blobId, offset, bytes }) => ['read', BigInt(blobId), BigInt(offset), bytes],
    },
  },
});
