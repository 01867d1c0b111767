/** juno-storage.did as types of `@icp-sdk/core/candid`, without the optional fields that the target leaves out. */
import type { IDL as Library } from '@icp-sdk/core/candid';

interface Arguments {
  readonly IDL: typeof Library;
}

export function idlFactory({ IDL }: Arguments): Library.ServiceClass {
  const Blob = IDL.Vec(IDL.Nat8);
  const Texts = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
  const Type = IDL.Variant({ Db: IDL.Null, Storage: IDL.Null });
  const Permission = IDL.Variant({
    Public: IDL.Null,
    Private: IDL.Null,
    Managed: IDL.Null,
    Controllers: IDL.Null,
  });
  const Memory = IDL.Variant({ Heap: IDL.Null, Stable: IDL.Null });
  const Rule = IDL.Record({ read: Permission, write: Permission, memory: IDL.Opt(Memory) });
  const Scope = IDL.Variant({ Admin: IDL.Null, Write: IDL.Null, Submit: IDL.Null });
  const AccessKey = IDL.Record({ scope: Scope, metadata: Texts });
  const Controllers = IDL.Record({ controllers: IDL.Vec(IDL.Principal), controller: AccessKey });
  const Key = IDL.Record({ name: IDL.Text, collection: IDL.Text, full_path: IDL.Text });
  const BatchId = IDL.Record({ batch_id: IDL.Nat });
  const Chunk = IDL.Record({ batch_id: IDL.Nat, content: Blob, order_id: IDL.Opt(IDL.Nat) });
  const ChunkId = IDL.Record({ chunk_id: IDL.Nat });
  const Commit = IDL.Record({ batch_id: IDL.Nat, headers: Texts, chunk_ids: IDL.Vec(IDL.Nat) });
  return IDL.Service({
    set_rule: IDL.Func([Type, IDL.Text, Rule], [], []),
    set_controllers: IDL.Func([Controllers], [], []),
    init_asset_upload: IDL.Func([Key], [BatchId], []),
    upload_asset_chunk: IDL.Func([Chunk], [ChunkId], []),
    commit_asset_upload: IDL.Func([Commit], [], []),
    del_asset: IDL.Func([IDL.Text, IDL.Text], [], []),
  });
}

export function init({ IDL }: Arguments): readonly Library.Type[] {
  const Memory = IDL.Variant({ Heap: IDL.Null, Stable: IDL.Null });
  const Storage = IDL.Record({ system_memory: IDL.Opt(Memory) });
  return [IDL.Record({ controllers: IDL.Vec(IDL.Principal), storage: IDL.Opt(Storage) })];
}
