/** motoko-sessions.did as types of `@icp-sdk/core/candid`. */
import type { IDL as Library } from '@icp-sdk/core/candid';

interface Arguments {
  readonly IDL: typeof Library;
}

export function idlFactory({ IDL }: Arguments): Library.ServiceClass {
  const Blob = IDL.Vec(IDL.Nat8);
  const Failure = IDL.Variant({
    bad_chunk: IDL.Text,
    closed: IDL.Null,
    conflict: IDL.Null,
    incomplete: IDL.Record({ missing: IDL.Nat32 }),
    not_found: IDL.Null,
    not_yours: IDL.Null,
    quota: IDL.Null,
    too_big: IDL.Null,
    too_many: IDL.Null,
    wrong_hash: IDL.Null,
  });
  const answer = (ok: Library.Type) => IDL.Variant({ ok, err: Failure });
  const Progress = IDL.Record({
    state: IDL.Variant({ open: IDL.Null, cancelled: IDL.Null, finished: IDL.Null }),
    received: IDL.Vec(IDL.Nat32),
    size: IDL.Nat64,
    chunk_size: IDL.Nat32,
  });
  const Listed = IDL.Record({ file: IDL.Nat64, name: IDL.Text, size: IDL.Nat64 });
  const Info = IDL.Record({ name: IDL.Text, size: IDL.Nat64, sha256: Blob, chunks: IDL.Nat32 });
  return IDL.Service({
    start: IDL.Func([IDL.Text, IDL.Nat64], [answer(IDL.Nat64)], []),
    put: IDL.Func([IDL.Nat64, IDL.Nat32, Blob], [answer(IDL.Null)], []),
    finish: IDL.Func([IDL.Nat64, Blob], [answer(IDL.Record({ file: IDL.Nat64, size: IDL.Nat64 }))], []),
    cancel: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
    progress: IDL.Func([IDL.Nat64], [answer(Progress)], []),
    list: IDL.Func([], [IDL.Vec(Listed)], ['query']),
    info: IDL.Func([IDL.Nat64], [answer(Info)], ['query']),
    read: IDL.Func([IDL.Nat64, IDL.Nat32], [answer(Blob)], ['query']),
    remove: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
  });
}

export function init({ IDL }: Arguments): Library.Type[] {
  const Init = IDL.Record({
    chunk_size: IDL.Nat32,
    max_file_bytes: IDL.Nat64,
    max_open: IDL.Nat32,
    quota_bytes: IDL.Nat64,
    ttl_seconds: IDL.Nat64,
    hash_bytes_per_message: IDL.Nat32,
    faults: IDL.Opt(IDL.Text),
  });
  return [Init];
}
