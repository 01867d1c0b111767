/** motoko-keys.did as types of `@icp-sdk/core/candid`. */
import type { IDL as Library } from '@icp-sdk/core/candid';

interface Arguments {
  readonly IDL: typeof Library;
}

export function idlFactory({ IDL }: Arguments): Library.ServiceClass {
  const Blob = IDL.Vec(IDL.Nat8);
  const Failure = IDL.Variant({
    bad_part: IDL.Text,
    not_found: IDL.Null,
    other_size: IDL.Null,
    too_big: IDL.Null,
    too_many: IDL.Null,
    wrong_hash: IDL.Null,
  });
  const answer = (ok: Library.Type) => IDL.Variant({ ok, err: Failure });
  const Put = IDL.Record({ key: IDL.Text, size: IDL.Nat64, sha256: Blob, part: IDL.Nat32, data: Blob });
  const Progress = IDL.Variant({ pending: IDL.Record({ missing: IDL.Nat32 }), stored: IDL.Null });
  const Pending = IDL.Record({
    sha256: Blob,
    size: IDL.Nat64,
    part_size: IDL.Nat32,
    received: IDL.Vec(IDL.Nat32),
  });
  const Info = IDL.Record({ sha256: Blob, size: IDL.Nat64, parts: IDL.Nat32 });
  const Listed = IDL.Record({ key: IDL.Text, sha256: Blob, size: IDL.Nat64 });
  return IDL.Service({
    put: IDL.Func([Put], [answer(Progress)], []),
    abort: IDL.Func([IDL.Text], [answer(IDL.Null)], []),
    pending: IDL.Func([IDL.Text], [IDL.Vec(Pending)], ['query']),
    info: IDL.Func([IDL.Text], [answer(Info)], ['query']),
    get: IDL.Func([IDL.Text, IDL.Nat32], [answer(Blob)], ['query']),
    list: IDL.Func([], [IDL.Vec(Listed)], ['query']),
    remove: IDL.Func([IDL.Text], [answer(IDL.Null)], []),
  });
}

export function init({ IDL }: Arguments): Library.Type[] {
  const Init = IDL.Record({
    part_size: IDL.Nat32,
    max_file_bytes: IDL.Nat64,
    max_pending: IDL.Nat32,
    faults: IDL.Opt(IDL.Text),
  });
  return [Init];
}
