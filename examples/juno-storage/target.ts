/** The storage of a Juno satellite: batches, chunks with ids that the canister assigns, and a commit that lists them. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { defineTarget, encodeCall } from 'canister-upload-stress';

const COLLECTION = 'uploads';

const Bytes = IDL.Vec(IDL.Nat8);
const Texts = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const BatchId = IDL.Record({ batch_id: IDL.Nat });
const Key = IDL.Record({ name: IDL.Text, collection: IDL.Text, full_path: IDL.Text });
const Chunk = IDL.Record({ batch_id: IDL.Nat, content: Bytes, order_id: IDL.Opt(IDL.Nat) });
const Commit = IDL.Record({ batch_id: IDL.Nat, headers: Texts, chunk_ids: IDL.Vec(IDL.Nat) });
const Type = IDL.Variant({ Storage: IDL.Null });
const Permission = IDL.Variant({ Managed: IDL.Null });
const Memory = IDL.Variant({ Stable: IDL.Null });
const Rule = IDL.Record({ read: Permission, write: Permission, memory: IDL.Opt(Memory) });
const AccessKey = IDL.Record({ scope: IDL.Variant({ Write: IDL.Null }), metadata: Texts });
const Controllers = IDL.Record({ controllers: IDL.Vec(IDL.Principal), controller: AccessKey });

function idl() {
  return IDL.Service({
    set_rule: IDL.Func([Type, IDL.Text, Rule], [], []),
    set_controllers: IDL.Func([Controllers], [], []),
    init_asset_upload: IDL.Func([Key], [BatchId], []),
    upload_asset_chunk: IDL.Func([Chunk], [IDL.Record({ chunk_id: IDL.Nat })], []),
    commit_asset_upload: IDL.Func([Commit], [], []),
  });
}

const pathOf = (name: string): string => `/${COLLECTION}/${name}`;
const rule = { read: { Managed: null }, write: { Managed: null }, memory: [{ Stable: null }] };
const writer = { scope: { Write: null }, metadata: [] };

export default defineTarget({
  name: 'juno-storage',
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
  idl,
  initTypes: () => [IDL.Record({ controllers: IDL.Vec(IDL.Principal) })],
  init: (_, { controller }) => [{ controllers: [Principal.fromText(controller)] }],
  setUp: () => [encodeCall(idl, 'set_rule', { Storage: null }, COLLECTION, rule)],
  grantCaller: (caller) => {
    const controllers = [Principal.fromText(caller)];
    return [encodeCall(idl, 'set_controllers', { controllers, controller: writer })];
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
