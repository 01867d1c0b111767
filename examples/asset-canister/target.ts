/** The asset canister: batches, chunks with ids that the canister assigns, and a commit that lists them. */
import { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { defineTarget, encodeCall } from 'canister-upload-stress';

const Bytes = IDL.Vec(IDL.Nat8);
const BatchId = IDL.Record({ batch_id: IDL.Nat });
const Key = IDL.Record({ key: IDL.Text });
const Asset = IDL.Record({ key: IDL.Text, content_type: IDL.Text });
const Content = IDL.Record({
  key: IDL.Text,
  content_encoding: IDL.Text,
  chunk_ids: IDL.Vec(IDL.Nat),
  last_chunk: IDL.Opt(Bytes),
  sha256: IDL.Opt(Bytes),
});
const Operation = IDL.Variant({ DeleteAsset: Key, CreateAsset: Asset, SetAssetContent: Content });
const Grant = IDL.Record({ to_principal: IDL.Principal, permission: IDL.Variant({ Commit: IDL.Null }) });

function idl() {
  return IDL.Service({
    create_batch: IDL.Func([], [BatchId], []),
    create_chunk: IDL.Func(
      [IDL.Record({ batch_id: IDL.Nat, content: Bytes })],
      [IDL.Record({ chunk_id: IDL.Nat })],
      [],
    ),
    commit_batch: IDL.Func([IDL.Record({ batch_id: IDL.Nat, operations: IDL.Vec(Operation) })], [], []),
    delete_batch: IDL.Func([BatchId], [], []),
    grant_permission: IDL.Func([Grant], [], []),
  });
}

const pathOf = ({ name }: { readonly name: string }): string => `/${name}`;

export default defineTarget({
  name: 'asset-canister',
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
  idl,
  initTypes: () => [IDL.Opt(IDL.Null)],
  init: () => [[]],
  grantCaller: (caller) => {
    const grant = { to_principal: Principal.fromText(caller), permission: { Commit: null } };
    return [encodeCall(idl, 'grant_permission', grant)];
  },
  calls: {
    begin: { call: () => ['create_batch'], ok: ({ batch_id }) => ({ sessionId: String(batch_id) }) },
    put: {
      call: ({ sessionId, data }) => ['create_chunk', { batch_id: BigInt(sessionId), content: data }],
      ok: ({ chunk_id }) => ({ receipt: String(chunk_id) }),
    },
    finish: {
      call: ({ sessionId, sha256, file, chunks }) => {
        const key = pathOf(file);
        const chunk_ids = chunks.map(({ receipt }) => BigInt(receipt ?? 0));
        // A commit needs at least one chunk. An empty file is one empty chunk.
        const last_chunk = chunks.length === 0 ? [[]] : [];
        const content = { key, content_encoding: 'identity', sha256: [sha256], chunk_ids, last_chunk };
        const create = { key, content_type: file.mimeType };
        const operations = [{ DeleteAsset: { key } }, { CreateAsset: create }, { SetAssetContent: content }];
        return ['commit_batch', { batch_id: BigInt(sessionId), operations }];
      },
      ok: (_, { file }) => ({ blobId: pathOf(file) }),
    },
    abort: { call: ({ sessionId }) => ['delete_batch', { batch_id: BigInt(sessionId) }] },
    readWhole: { url: ({ blobId }) => encodeURI(blobId), certified: true },
  },
});
