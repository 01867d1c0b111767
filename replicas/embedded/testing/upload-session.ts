/** Calls of the upload canister, an ordinary canister written with ic-cdk, for tests and benchmarks of the engine. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IDL } from '@icp-sdk/core/candid';
import type { Execution, Outcome, PrincipalText } from '../../replica.js';
import type { EmbeddedReplica } from '../embedded-replica.js';

export const CHUNK_BYTES = 1_800_000;
const CALLER: PrincipalText = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

const { Nat32, Nat64, Nat8, Opt, Record, Text, Variant, Vec } = IDL;
const Blob = Vec(Nat8);
const AssetKind = Variant({ Original: IDL.Null });
const AssetBase = Record({
  name: Text,
  mime_type: Text,
  bytes: Nat64,
  asset_type: AssetKind,
  width: Opt(Nat32),
  height: Opt(Nat32),
  sha256: Opt(Blob),
  tags: Vec(Text),
  description: Opt(Text),
  created_at: Nat64,
  updated_at: Nat64,
  deleted_at: Opt(Nat64),
  url: Opt(Text),
  storage_key: Opt(Text),
  bucket: Opt(Text),
  asset_location: Opt(Text),
  processing_status: Opt(Text),
  processing_error: Opt(Text),
});
const AssetMetadata = Variant({
  Note: Record({ word_count: Opt(Nat32), language: Opt(Text), format: Opt(Text), base: AssetBase }),
});

function result(ok: IDL.Type): IDL.Type {
  return Variant({ Ok: ok, Err: IDL.Reserved });
}

export function readUploadWasm(): Uint8Array {
  return new Uint8Array(
    readFileSync(fileURLToPath(new URL('../../../canister/wasm/upload.wasm', import.meta.url))),
  );
}

/** `InitArg` without any limits, so the canister uses its defaults. */
export const UPLOAD_INIT_ARG = new Uint8Array(IDL.encode([Opt(Record({}))], [[]]));

function encodeBegin(capsule: string, size: number, key: string): Uint8Array {
  const base = {
    name: 'speed',
    mime_type: 'application/octet-stream',
    bytes: BigInt(size),
    asset_type: { Original: null },
    width: [],
    height: [],
    sha256: [],
    tags: [],
    description: [],
    created_at: 0n,
    updated_at: 0n,
    deleted_at: [],
    url: [],
    storage_key: [],
    bucket: [],
    asset_location: [],
    processing_status: [],
    processing_error: [],
  };
  const metadata = { Note: { word_count: [], language: [], format: [], base } };
  return new Uint8Array(
    IDL.encode([Text, AssetMetadata, Nat32, Text], [capsule, metadata, Math.ceil(size / CHUNK_BYTES), key]),
  );
}

export function encodePut(session: bigint, index: number, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(IDL.encode([Nat64, Nat32, Blob], [session, index, bytes]));
}

function encodeFinish(session: bigint, sha256: Uint8Array, size: number): Uint8Array {
  return new Uint8Array(IDL.encode([Nat64, Blob, Nat64], [session, sha256, BigInt(size)]));
}

/** Submits an update and delivers its messages until the call has a reply. Throws if the call is rejected. */
export async function callAndWait(
  replica: EmbeddedReplica,
  canister: PrincipalText,
  method: string,
  arg: Uint8Array,
): Promise<{ readonly reply: Uint8Array; readonly executions: readonly Execution[] }> {
  const submission = await replica.submit({ canister, method, arg, caller: CALLER });
  if (submission.kind === 'refused') throw new Error(submission.reject.text);
  const executions: Execution[] = [];
  for (let outcome: Outcome | undefined; ;) {
    const next = (await replica.deliverable()).find(({ root }) => root === submission.id);
    if (next) executions.push(await replica.deliver(next.id));
    outcome = await replica.poll(submission.id);
    if (outcome?.kind === 'reject') throw new Error(outcome.text);
    if (outcome) return { reply: outcome.bytes, executions };
  }
}

/** Decodes `variant { Ok; Err }` and returns the value of `Ok`. Throws for `Err`. */
function decodeOk(type: IDL.Type, bytes: Uint8Array): unknown {
  const value = IDL.decode([result(type)], bytes.slice())[0] as unknown as { Ok?: unknown };
  if (!('Ok' in value)) throw new Error('the canister returned Err');
  return value.Ok;
}

export async function createCapsule(replica: EmbeddedReplica, canister: PrincipalText): Promise<string> {
  const arg = new Uint8Array(IDL.encode([Opt(Text)], [[]]));
  const { reply } = await callAndWait(replica, canister, 'capsules_create', arg);
  return (decodeOk(Record({ id: Text }), reply) as { id: string }).id;
}

export async function beginUpload(
  replica: EmbeddedReplica,
  canister: PrincipalText,
  capsule: string,
  size: number,
  key: string,
): Promise<bigint> {
  const { reply } = await callAndWait(replica, canister, 'uploads_begin', encodeBegin(capsule, size, key));
  return decodeOk(Nat64, reply) as bigint;
}

export async function putChunk(
  replica: EmbeddedReplica,
  canister: PrincipalText,
  arg: Uint8Array,
): Promise<readonly Execution[]> {
  const { reply, executions } = await callAndWait(replica, canister, 'uploads_put_chunk', arg);
  decodeOk(IDL.Null, reply);
  return executions;
}

export interface FinishedUpload {
  readonly blob_id: string;
  readonly memory_id: string;
  readonly size: bigint;
}

export async function finishUpload(
  replica: EmbeddedReplica,
  canister: PrincipalText,
  session: bigint,
  content: Uint8Array,
): Promise<FinishedUpload> {
  const sha256 = new Uint8Array(createHash('sha256').update(content).digest());
  const { reply } = await callAndWait(
    replica,
    canister,
    'uploads_finish',
    encodeFinish(session, sha256, content.length),
  );
  return decodeOk(Record({ blob_id: Text, memory_id: Text, size: Nat64 }), reply) as FinishedUpload;
}
