/** Candid types of the IC's HTTP gateway protocol: the arguments and replies of a canister's `http_request`. */
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../replicas/replica.js';

export type Header = readonly [name: string, value: string];

export interface GatewayRequest {
  readonly method: string;
  /** Path and query as sent by the client. */
  readonly url: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** The call that returns the next part of a body. Its argument is a token of any type that the canister supplied. */
export interface StreamingCallback {
  readonly canister: PrincipalText;
  readonly method: string;
  /** Candid-encoded argument of the callback. */
  readonly arg: Uint8Array;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
  /** True if the canister asks for the same request as an update call. */
  readonly upgrade: boolean;
  readonly streaming: StreamingCallback | undefined;
}

export interface StreamingPart {
  readonly body: Uint8Array;
  readonly next: StreamingCallback | undefined;
}

/** The certificate version that this gateway requests. */
const CERTIFICATE_VERSION = 2;

const HeaderField = IDL.Tuple(IDL.Text, IDL.Text);
const requestFields = {
  method: IDL.Text,
  url: IDL.Text,
  headers: IDL.Vec(HeaderField),
  body: IDL.Vec(IDL.Nat8),
};
const QueryRequest = IDL.Record({ ...requestFields, certificate_version: IDL.Opt(IDL.Nat16) });
const UpdateRequest = IDL.Record(requestFields);

/** `IDL.Unknown` keeps the type of the value, so that a token of any type can be sent back. */
const Response = IDL.Record({
  status_code: IDL.Nat16,
  headers: IDL.Vec(HeaderField),
  body: IDL.Vec(IDL.Nat8),
  upgrade: IDL.Opt(IDL.Bool),
  streaming_strategy: IDL.Opt(
    IDL.Variant({ Callback: IDL.Record({ callback: IDL.Unknown, token: IDL.Unknown }) }),
  ),
});
const StreamingResponse = IDL.Opt(IDL.Record({ body: IDL.Vec(IDL.Nat8), token: IDL.Opt(IDL.Unknown) }));

type Unknown = object & { readonly type: () => IDL.Type };

interface RawResponse {
  readonly status_code: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array | readonly number[];
  readonly upgrade: [] | [boolean];
  readonly streaming_strategy:
    [] | [{ readonly Callback: { readonly callback: Unknown; readonly token: Unknown } }];
}

interface RawPart {
  readonly body: Uint8Array | readonly number[];
  readonly token: [] | [Unknown];
}

/** Encodes the argument of `http_request`. */
export function encodeQueryRequest(request: GatewayRequest): Uint8Array {
  return encode(QueryRequest, { ...request, certificate_version: [CERTIFICATE_VERSION] });
}

/** Encodes the argument of `http_request_update`. */
export function encodeUpdateRequest(request: GatewayRequest): Uint8Array {
  return encode(UpdateRequest, request);
}

/** @throws {Error} if the reply is not a response of the protocol */
export function decodeResponse(reply: Uint8Array): GatewayResponse {
  const raw = decode(Response, reply) as RawResponse;
  const [strategy] = raw.streaming_strategy;
  return {
    status: raw.status_code,
    headers: raw.headers,
    body: Uint8Array.from(raw.body),
    upgrade: raw.upgrade[0] === true,
    streaming: strategy && callbackOf(strategy.Callback.callback, strategy.Callback.token),
  };
}

/**
 * Decodes the reply of a streaming callback. Returns `undefined` if the canister has no further part.
 * @throws {Error} if the reply is not a streaming response
 */
export function decodeStreamingPart(
  reply: Uint8Array,
  { canister, method }: StreamingCallback,
): StreamingPart | undefined {
  const [raw] = decode(StreamingResponse, reply) as [] | [RawPart];
  if (raw === undefined) return undefined;
  const [token] = raw.token;
  const next = token === undefined ? undefined : { canister, method, arg: encodeUnknown(token) };
  return { body: Uint8Array.from(raw.body), next };
}

function callbackOf(callback: Unknown, token: Unknown): StreamingCallback {
  const [principal, method] = callback as unknown as readonly [Principal, string];
  if (typeof method !== 'string') throw new Error('the callback is not a function');
  return { canister: principal.toText(), method, arg: encodeUnknown(token) };
}

/** `IDL.Unknown` boxes primitive values so that they can carry their type; `valueOf` unboxes them. */
function encodeUnknown(value: Unknown): Uint8Array {
  return encode(value.type(), value.valueOf());
}

function encode(type: IDL.Type, value: unknown): Uint8Array {
  return Uint8Array.from(IDL.encode([type], [value]));
}

function decode(type: IDL.Type, bytes: Uint8Array): unknown {
  return IDL.decode([type], Uint8Array.from(bytes))[0];
}
