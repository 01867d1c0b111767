/** The committed module on an engine, and requests over its HTTP interface. */
import { readFileSync } from 'node:fs';
import { IDL } from '@icp-sdk/core/candid';
import { createEmbeddedReplica, type EmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import type { Outcome, PrincipalText } from '../../../replicas/replica.js';
import { callerPrincipal } from '../../../harness/execution/callers.js';
import {
  decodeHttpResponse,
  encodeHttpRequest,
  type HttpRequestMessage,
} from '../../../targets/http-message.js';
import { withToken } from '../../../targets/upload-http.js';
import { uploadTarget } from '../../../targets/upload.js';

function read(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../../canister/wasm/${name}`, import.meta.url)));
}
export const uploadWasm = read('upload.wasm');
export const faultsWasm = read('upload-faults.wasm');

const text = new TextEncoder();

/** Fields of the init argument that these suites set. */
export interface InitFields {
  readonly chunk_size?: bigint;
  readonly max_active_sessions?: number;
  readonly hash_bytes_per_call?: bigint;
  readonly http_token_ttl_ns?: bigint;
  readonly http_uploads_per_hour?: number;
  readonly http_max_bytes?: Readonly<
    Partial<Record<'original' | 'display' | 'thumb' | 'placeholder', bigint>>
  >;
  readonly fault?: string;
}

const MaxBytes = IDL.Record(
  Object.fromEntries(
    ['original', 'display', 'thumb', 'placeholder'].map((kind) => [kind, IDL.Opt(IDL.Nat64)]),
  ),
);
const TYPES: Readonly<Record<keyof InitFields, IDL.Type>> = {
  chunk_size: IDL.Nat64,
  max_active_sessions: IDL.Nat32,
  hash_bytes_per_call: IDL.Nat64,
  http_token_ttl_ns: IDL.Nat64,
  http_uploads_per_hour: IDL.Nat32,
  http_max_bytes: MaxBytes,
  fault: IDL.Text,
};

export function initArg({ http_max_bytes: sizes, ...fields }: InitFields): Uint8Array {
  const all = {
    ...fields,
    ...(sizes && {
      http_max_bytes: Object.fromEntries(
        ['original', 'display', 'thumb', 'placeholder'].map((kind) => {
          const size = sizes[kind as keyof typeof sizes];
          return [kind, size === undefined ? [] : [size]];
        }),
      ),
    }),
  };
  const names = Object.keys(all) as (keyof InitFields)[];
  const type = IDL.Record(Object.fromEntries(names.map((name) => [name, IDL.Opt(TYPES[name])])));
  const value = Object.fromEntries(names.map((name) => [name, [all[name]]]));
  return Uint8Array.from(IDL.encode([IDL.Opt(type)], [[value]]));
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  // Tests read fields of answers whose shape is what they assert.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a wrong shape fails the assertion
  readonly json: Readonly<Record<string, any>>;
  readonly body: Uint8Array;
}

/** Kind of an error answer. */
export function kindOf({ json }: Answer): string | undefined {
  return (json['error'] as { readonly kind?: string } | undefined)?.kind;
}

export class HttpCanister {
  readonly replica: EmbeddedReplica;
  readonly canister: PrincipalText;

  private constructor(replica: EmbeddedReplica, canister: PrincipalText) {
    this.replica = replica;
    this.canister = canister;
  }

  static async create(fields: InitFields = {}): Promise<HttpCanister> {
    const replica = createEmbeddedReplica();
    const canister = await replica.createCanister();
    const wasm = fields.fault === undefined ? uploadWasm : faultsWasm;
    const outcome = await replica.install({ canister, mode: 'install', wasm, arg: initArg(fields) });
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    return new HttpCanister(replica, canister);
  }

  async update(method: string, arg: Uint8Array, caller: PrincipalText): Promise<Outcome> {
    const submission = await this.replica.submit({ canister: this.canister, method, arg, caller });
    if (submission.kind === 'refused') return submission.reject;
    for (let rounds = 0; rounds < 1_000; rounds++) {
      await this.replica.round();
      const outcome = await this.replica.poll(submission.id);
      if (outcome !== undefined) return outcome;
    }
    throw new Error(`no answer to ${method}`);
  }

  async capsule(caller: number): Promise<string> {
    const { method, arg } = uploadTarget.prepareCaller!('');
    return uploadTarget.decodeCapsule!(await this.update(method, arg, callerPrincipal(caller)));
  }

  async token(caller: number): Promise<string> {
    const { method, arg } = uploadTarget.http!.createToken();
    return uploadTarget.http!.decodeToken(await this.update(method, arg, callerPrincipal(caller)));
  }

  /** Whether the canister knew the token as the caller's. */
  async revoke(caller: number, token: string): Promise<boolean> {
    const arg = Uint8Array.from(IDL.encode([IDL.Text], [token]));
    const outcome = await this.update('http_token_revoke', arg, callerPrincipal(caller));
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    const answer = IDL.Variant({ Ok: IDL.Null, Err: IDL.Reserved });
    return 'Ok' in (IDL.decode([answer], Uint8Array.from(outcome.bytes))[0] as object);
  }

  async send(
    method: HttpRequestMessage['method'],
    url: string,
    token?: string,
    { body = '', headers = [] }: { body?: string | object | Uint8Array; headers?: [string, string][] } = {},
  ): Promise<Answer> {
    const bytes =
      body instanceof Uint8Array ? body : text.encode(typeof body === 'string' ? body : JSON.stringify(body));
    const arg = encodeHttpRequest(withToken({ method, url, headers, body: bytes }, token));
    const outcome = await this.update('http_request_update', arg, '2vxsx-fae');
    if (outcome.kind === 'reject') throw new Error(outcome.text);
    const { status, headers: seen, body: answered } = decodeHttpResponse(outcome.bytes);
    const isJson = seen.get('content-type') === 'application/json';
    const json = isJson ? (JSON.parse(new TextDecoder().decode(answered)) as Answer['json']) : {};
    return { status, headers: seen, json, body: answered };
  }

  begin(token: string | undefined, capsule: string, more: object = {}): Promise<Answer> {
    const body = { capsule_id: capsule, filename: 'f', mime_type: 'text/plain', total_size: 3, ...more };
    return this.send('POST', '/storage/chunked-upload', token, { body });
  }

  async advance(seconds: number): Promise<void> {
    await this.replica.setTime((await this.replica.time()) + BigInt(Math.round(seconds * 1e9)));
  }
}
