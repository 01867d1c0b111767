/** The part of asset-canister.did that uploads files, as types of `@icp-sdk/core/candid`. */
import type { IDL as Library } from '@icp-sdk/core/candid';

interface Arguments {
  readonly IDL: typeof Library;
}

export function idlFactory({ IDL }: Arguments): Library.ServiceClass {
  const Blob = IDL.Vec(IDL.Nat8);
  const BatchId = IDL.Record({ batch_id: IDL.Nat });
  const Key = IDL.Record({ key: IDL.Text });
  const Asset = IDL.Record({ key: IDL.Text, content_type: IDL.Text });
  const Content = IDL.Record({
    key: IDL.Text,
    content_encoding: IDL.Text,
    chunk_ids: IDL.Vec(IDL.Nat),
    last_chunk: IDL.Opt(Blob),
    sha256: IDL.Opt(Blob),
  });
  const Operation = IDL.Variant({ DeleteAsset: Key, CreateAsset: Asset, SetAssetContent: Content });
  const Permission = IDL.Variant({ Commit: IDL.Null, ManagePermissions: IDL.Null, Prepare: IDL.Null });
  const Grant = IDL.Record({ to_principal: IDL.Principal, permission: Permission });
  const Chunk = IDL.Record({ batch_id: IDL.Nat, content: Blob });
  const ChunkId = IDL.Record({ chunk_id: IDL.Nat });
  const Commit = IDL.Record({ batch_id: IDL.Nat, operations: IDL.Vec(Operation) });
  return IDL.Service({
    create_batch: IDL.Func([], [BatchId], []),
    create_chunk: IDL.Func([Chunk], [ChunkId], []),
    commit_batch: IDL.Func([Commit], [], []),
    delete_batch: IDL.Func([BatchId], [], []),
    delete_asset: IDL.Func([Key], [], []),
    grant_permission: IDL.Func([Grant], [], []),
  });
}

/** The types of the init argument: the canister needs none. */
export function init({ IDL }: Arguments) {
  return [IDL.Opt(IDL.Null)];
}
