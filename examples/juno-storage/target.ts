/** The storage of a Juno satellite: batches, chunks with ids that the canister assigns, and a commit that lists them. */
import { Principal } from '@icp-sdk/core/principal';
import { defineTarget, encodeCall } from 'canister-upload-stress';
import { idlFactory, init } from './interface.js';

const COLLECTION = 'uploads';

const pathOf = (name: string): string => `/${COLLECTION}/${name}`;
const rule = { read: { Managed: null }, write: { Managed: null }, memory: [{ Stable: null }] };
const writer = { scope: { Write: null }, metadata: [] };

export default defineTarget({
  name: 'juno-storage',
  idl: idlFactory,
  initTypes: init,
  init: (_, { controller }) => [{ controllers: [Principal.fromText(controller)], storage: [] }],
  setUp: () => [encodeCall(idlFactory, 'set_rule', { Storage: null }, COLLECTION, rule)],
  // The controller gives the permission to upload.
  grantCaller: (caller) => {
    const controllers = [Principal.fromText(caller)];
    return [encodeCall(idlFactory, 'set_controllers', { controllers, controller: writer })];
  },
  shape: { address: 'receipt', finish: 'list', read: 'parts', finishTakesHash: false },
  promises: {
    limits: { chunkSize: 'client' },
    chunkOrder: 'any',
    repeatedPut: 'accepted',
    repeatedFinish: 'rejected',
    overwriting: 'replaces',
    access: { put: 'owner', finish: 'owner', read: 'anyone' },
    upgrade: 'files',
    expiry: 300,
    uploads: 'independent',
    calls: 'atomic',
    errors: 'traps',
    storage: 'reclaimed',
  },
  calls: {
    begin: {
      call: ({ name }) => ['init_asset_upload', { name, collection: COLLECTION, full_path: pathOf(name) }],
      ok: ({ batch_id }) => ({ sessionId: String(batch_id) }),
    },
    put: {
      call: ({ sessionId, index, data }) => {
        const chunk = { batch_id: BigInt(sessionId), content: data, order_id: [BigInt(index)] };
        return ['upload_asset_chunk', chunk];
      },
      ok: ({ chunk_id }) => ({ receipt: String(chunk_id) }),
    },
    finish: {
      call: ({ sessionId, chunks }) => {
        const chunk_ids = chunks.map(({ receipt }) => BigInt(receipt ?? 0));
        return ['commit_asset_upload', { batch_id: BigInt(sessionId), headers: [], chunk_ids }];
      },
      ok: (_, { file }) => ({ blobId: pathOf(file.name) }),
    },
    readWhole: { url: ({ blobId }) => encodeURI(blobId), certified: true },
  },
});
