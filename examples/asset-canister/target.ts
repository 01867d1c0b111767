/** The asset canister: batches, chunks with ids that the canister assigns, and a commit that lists them. */
import { Principal } from '@icp-sdk/core/principal';
import { defineTarget, encodeCall } from 'canister-upload-stress';
import { idlFactory, init } from './interface.js';

export default defineTarget({
  name: 'asset-canister',
  idl: idlFactory,
  initTypes: init,
  init: () => [[]],
  // The controller gives the permission to upload.
  grantCaller: (caller) => {
    const grant = { to_principal: Principal.fromText(caller), permission: { Commit: null } };
    return [encodeCall(idlFactory, 'grant_permission', grant)];
  },
  shape: { address: 'receipt', finish: 'list', read: 'parts' },
  promises: {
    limits: { chunkSize: 'client' },
    chunkOrder: 'any',
    repeatedPut: 'accepted',
    wrongHash: 'rejected',
    overwriting: 'replaces',
    abort: 'ends',
    upgrade: 'files',
    expiry: 300,
    uploads: 'independent',
    calls: 'atomic',
    errors: 'traps',
    storage: 'reclaimed',
  },
  calls: {
    begin: { call: () => ['create_batch'], ok: ({ batch_id }) => ({ sessionId: String(batch_id) }) },
    put: {
      call: ({ sessionId, data }) => ['create_chunk', { batch_id: BigInt(sessionId), content: data }],
      ok: ({ chunk_id }) => ({ receipt: String(chunk_id) }),
    },
    finish: {
      call: ({ sessionId, sha256, file, chunks }) => {
        const key = `/${file.name}`;
        const chunk_ids = chunks.map(({ receipt }) => BigInt(receipt ?? 0));
        // A commit needs at least one chunk. An empty file is one empty chunk.
        const last_chunk = chunks.length === 0 ? [[]] : [];
        const content = { key, content_encoding: 'identity', sha256: [sha256], chunk_ids, last_chunk };
        const create = { key, content_type: file.mimeType };
        const operations = [{ DeleteAsset: { key } }, { CreateAsset: create }, { SetAssetContent: content }];
        return ['commit_batch', { batch_id: BigInt(sessionId), operations }];
      },
      ok: (_, { file }) => ({ blobId: `/${file.name}` }),
    },
    abort: { call: ({ sessionId }) => ['delete_batch', { batch_id: BigInt(sessionId) }] },
    readWhole: { url: ({ blobId }) => encodeURI(blobId), certified: true },
  },
});
