/** index-and-buckets.did and bucket.did as types of `@icp-sdk/core/candid`: the methods of both canisters, and their init arguments. */
import type { IDL as Library } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';

/** The parts of replies that the target reads. */
export interface Begun {
  readonly upload: bigint;
  readonly bucket: Principal;
}

export interface File {
  readonly file: bigint;
  readonly bucket: Principal;
}

export interface Quota {
  readonly open_uploads: number;
  readonly reserved_bytes: bigint;
  readonly file_bytes: bigint;
}

export interface Info {
  readonly length: bigint;
  readonly chunks: number;
}

interface Arguments {
  readonly IDL: typeof Library;
}

function typesOf({ IDL }: Arguments) {
  const Blob = IDL.Vec(IDL.Nat8);
  const Failure = IDL.Variant({
    NotFound: IDL.Null,
    Forbidden: IDL.Null,
    InvalidChunk: IDL.Null,
    Incomplete: IDL.Record({ missing: IDL.Vec(IDL.Nat32) }),
    WrongHash: IDL.Null,
    Finished: IDL.Null,
    Busy: IDL.Null,
    TooLarge: IDL.Record({ max: IDL.Nat64 }),
    QuotaExceeded: IDL.Null,
    Unavailable: IDL.Text,
    Unknown: IDL.Text,
  });
  return { Blob, answer: (ok: Library.Type) => IDL.Variant({ Ok: ok, Err: Failure }) };
}

function indexMethods({ IDL }: Arguments): Record<string, Library.FuncClass> {
  const { Blob, answer } = typesOf({ IDL });
  const Begun = IDL.Record({
    upload: IDL.Nat64,
    bucket: IDL.Principal,
    chunk_bytes: IDL.Nat32,
    chunks: IDL.Nat32,
  });
  const File = IDL.Record({
    bucket: IDL.Principal,
    file: IDL.Nat64,
    name: IDL.Text,
    length: IDL.Nat64,
    sha256: Blob,
  });
  const Open = IDL.Record({ upload: IDL.Nat64, bucket: IDL.Principal, name: IDL.Text, length: IDL.Nat64 });
  const Quota = IDL.Record({
    open_uploads: IDL.Nat32,
    reserved_bytes: IDL.Nat64,
    file_bytes: IDL.Nat64,
  });
  return {
    add_bucket: IDL.Func([IDL.Principal], [answer(IDL.Null)], []),
    begin: IDL.Func([IDL.Text, IDL.Nat64], [answer(Begun)], []),
    delete: IDL.Func([IDL.Principal, IDL.Nat64], [answer(IDL.Null)], []),
    files: IDL.Func([], [IDL.Vec(File)], ['query']),
    uploads: IDL.Func([], [IDL.Vec(Open)], ['query']),
    quota: IDL.Func([], [Quota], []),
  };
}

function bucketMethods({ IDL }: Arguments): Record<string, Library.FuncClass> {
  const { Blob, answer } = typesOf({ IDL });
  const Status = IDL.Record({
    length: IDL.Nat64,
    chunk_bytes: IDL.Nat32,
    chunks: IDL.Nat32,
    missing: IDL.Vec(IDL.Nat32),
    is_finishing: IDL.Bool,
    file: IDL.Opt(IDL.Nat64),
  });
  const Info = IDL.Record({ length: IDL.Nat64, chunks: IDL.Nat32, sha256: Blob });
  return {
    put: IDL.Func([IDL.Nat64, IDL.Nat32, Blob], [answer(IDL.Null)], []),
    finish: IDL.Func([IDL.Nat64, Blob], [answer(IDL.Nat64)], []),
    cancel: IDL.Func([IDL.Nat64], [answer(IDL.Null)], []),
    status: IDL.Func([IDL.Nat64], [answer(Status)], ['query']),
    info: IDL.Func([IDL.Nat64], [answer(Info)], ['query']),
    read: IDL.Func([IDL.Nat64, IDL.Nat32], [answer(Blob)], ['query']),
  };
}

/** The methods that a client calls, of both canisters. */
export function idlFactory({ IDL }: Arguments): Library.ServiceClass {
  return IDL.Service({ ...indexMethods({ IDL }), ...bucketMethods({ IDL }) });
}

/** The init arguments of both canisters in one record. Each canister ignores the fields of the other. */
export function init({ IDL }: Arguments): Library.Type[] {
  const InitArg = IDL.Record({
    chunk_bytes: IDL.Opt(IDL.Nat32),
    max_upload_bytes: IDL.Opt(IDL.Nat64),
    max_open_uploads: IDL.Opt(IDL.Nat32),
    index: IDL.Principal,
    hash_chunks_per_message: IDL.Opt(IDL.Nat32),
    expiry_seconds: IDL.Opt(IDL.Nat64),
    faults: IDL.Opt(IDL.Vec(IDL.Text)),
  });
  return [InitArg];
}
