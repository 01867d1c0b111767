/** rust-tus.did as types of `@icp-sdk/core/candid`. */
import type { IDL as Library } from '@icp-sdk/core/candid';

interface Arguments {
  readonly IDL: typeof Library;
}

/** What `head` and `append` return of an upload. `sha256` is empty until the upload is complete. */
export interface Head {
  readonly offset: bigint;
  readonly sha256: readonly Uint8Array[];
}

export function idlFactory({ IDL }: Arguments): Library.ServiceClass {
  const Blob = IDL.Vec(IDL.Nat8);
  const Failure = IDL.Variant({
    NotFound: IDL.Null,
    Forbidden: IDL.Null,
    WrongOffset: IDL.Record({ expected: IDL.Nat64 }),
    TooLarge: IDL.Record({ max: IDL.Nat64 }),
    ChecksumMismatch: IDL.Null,
    KeyConflict: IDL.Null,
    TooManyUploads: IDL.Null,
    Incomplete: IDL.Null,
  });
  const answer = (ok: Library.Type) => IDL.Variant({ Ok: ok, Err: Failure });
  const CreateArg = IDL.Record({
    name: IDL.Text,
    length: IDL.Nat64,
    sha256: IDL.Opt(Blob),
    key: IDL.Opt(IDL.Text),
  });
  const Created = IDL.Record({ id: IDL.Nat64, offset: IDL.Nat64, max_chunk_bytes: IDL.Nat32 });
  const Head = IDL.Record({
    name: IDL.Text,
    offset: IDL.Nat64,
    length: IDL.Nat64,
    sha256: IDL.Opt(Blob),
    expires_at_ns: IDL.Opt(IDL.Nat64),
  });
  const Appended = IDL.Record({ offset: IDL.Nat64, sha256: IDL.Opt(Blob) });
  const Entry = IDL.Record({ id: IDL.Nat64, name: IDL.Text, offset: IDL.Nat64, length: IDL.Nat64 });
  return IDL.Service({
    create: IDL.Func([CreateArg], [answer(Created)], []),
    head: IDL.Func([IDL.Nat64], [answer(Head)], ['query']),
    append: IDL.Func([IDL.Nat64, IDL.Nat64, Blob, IDL.Opt(Blob)], [answer(Appended)], []),
    read: IDL.Func([IDL.Nat64, IDL.Nat64, IDL.Nat32], [answer(Blob)], ['query']),
    terminate: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
    list: IDL.Func([], [IDL.Vec(Entry)], ['query']),
  });
}

export function init({ IDL }: Arguments): Library.Type[] {
  const InitArg = IDL.Record({
    max_upload_bytes: IDL.Opt(IDL.Nat64),
    max_open_uploads: IDL.Opt(IDL.Nat32),
    block_bytes: IDL.Opt(IDL.Nat32),
    expiry_seconds: IDL.Opt(IDL.Nat64),
    faults: IDL.Opt(IDL.Vec(IDL.Text)),
  });
  return [IDL.Opt(InitArg)];
}
