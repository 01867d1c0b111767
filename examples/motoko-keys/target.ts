/** The target for motoko-keys.did: the client chooses a key, and neither the beginning nor the end of an upload is a call. */
import { defineTarget } from 'canister-upload-stress';
import { idlFactory, init } from './interface.js';

export default defineTarget({
  name: 'motoko-keys',
  idl: idlFactory,
  initTypes: init,
  init: ({ chunkSize = 500_000, bytesMax = 50_000_000, activeSessionsMax = 20 }, { fault }) => [
    {
      part_size: chunkSize,
      max_file_bytes: BigInt(bytesMax),
      max_pending: activeSessionsMax,
      faults: fault === undefined ? [] : [fault],
    },
  ],
  shape: { session: 'key', begin: 'implied', finish: 'implied', readBy: 'session' },
  promises: {
    limits: { chunkSize: 'init', bytesMax: 'init', activeSessionsMax: 'init' },
    chunkOrder: 'any',
    repeatedPut: 'accepted',
    otherPut: 'replaces',
    wrongPut: 'rejected',
    wrongHash: 'rejected',
    overwriting: 'replaces',
    abort: 'ends',
    upgrade: 'everything',
    expiry: 'never',
    uploads: 'independent',
    calls: 'atomic',
    storage: 'reclaimed',
  },
  errors: {
    bad_part: 'InvalidArgument',
    not_found: 'NotFound',
    other_size: 'InvalidArgument',
    too_big: 'ResourceExhausted',
    too_many: 'ResourceExhausted',
    wrong_hash: 'ChecksumMismatch',
  },
  calls: {
    put: {
      call: ({ index, data, file }) => [
        'put',
        { key: file.key, size: BigInt(file.bytes), sha256: file.sha256, part: index, data },
      ],
      ok: (progress: object, { file }) => ('stored' in progress ? { blobId: file.key } : undefined),
    },
    abort: { call: ({ sessionId }) => ['abort', sessionId] },
    readMeta: {
      call: ({ blobId }) => ['info', blobId],
      ok: ({ size, parts }: { size: bigint; parts: number }) => ({ size: Number(size), chunkCount: parts }),
    },
    readChunk: { call: ({ blobId, index }) => ['get', blobId, index] },
  },
});
