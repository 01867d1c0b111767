/** Decodes the requests to an instance (`packages/pocket-ic/src/common/rest.rs`). */
import { Principal } from '@icp-sdk/core/principal';
import type { HttpOutcallResponse } from '../../replicas/embedded/state/http-outcall.js';
import type { Call, PrincipalText, RejectCode } from '../../replicas/replica.js';
import { conversionError, operationError } from './errors.js';
import { list, record, variant, versionedRecord, type VariantOf } from './json/compound-shapes.js';
import { base64, optional, string, u128, u16, u64, type ValueOf } from './json/shapes.js';
import { readBody, type Body } from './read-body.js';

const EFFECTIVE_PRINCIPALS = { None: undefined, SubnetId: base64, CanisterId: base64 };

const EffectivePrincipal = variant(EFFECTIVE_PRINCIPALS);

export const RawPrincipalId = record('RawPrincipalId', { principal_id: base64 });
export const RawCanisterId = record('RawCanisterId', { canister_id: base64 });
const RawSubnetId = record('RawSubnetId', { subnet_id: base64 });

const CanisterCall = versionedRecord(
  'RawCanisterCall',
  {
    sender: base64,
    canister_id: base64,
    effective_principal: EffectivePrincipal,
    method: string,
    payload: base64,
  },
  { sender_info: optional(record('RawSenderInfo', { info: base64, signer: base64 })) },
);

const MessageId = record('RawMessageId', { effective_principal: EffectivePrincipal, message_id: base64 });

const IngressStatus = record('RawIngressStatusArgs', {
  raw_message_id: MessageId,
  raw_caller: optional(RawPrincipalId),
});

const SetStableMemory = record('RawSetStableMemory', { canister_id: base64, blob_id: base64 });
const Time = record('RawTime', { nanos_since_epoch: u64 });
const AddCycles = record('RawAddCycles', { canister_id: base64, amount: u128 });

const HttpHeader = record('CanisterHttpHeader', { name: string, value: string });
const HttpResponse = variant({
  CanisterHttpReply: record('CanisterHttpReply', { status: u16, headers: list(HttpHeader), body: base64 }),
  CanisterHttpReject: record('CanisterHttpReject', { reject_code: u64, message: string }),
});
const MockHttp = record('RawMockCanisterHttpResponse', {
  subnet_id: RawSubnetId,
  request_id: u64,
  response: HttpResponse,
  additional_responses: list(HttpResponse),
});

/** @throws {HttpError} if the principal is longer than 29 bytes, the maximum of the IC */
export function principal(bytes: Uint8Array, name: string): PrincipalText {
  return principalOf(bytes) ?? fail(conversionError(`Bad ${name}`));
}

function principalOf(bytes: Uint8Array): PrincipalText | undefined {
  return bytes.length > 29 ? undefined : Principal.fromUint8Array(bytes).toText();
}

function fail(error: Error): never {
  throw error;
}

/** Where a call goes: to the subnet of its own target, to a subnet, or to the subnet of a canister. */
export type Route =
  | { readonly kind: 'target' }
  | { readonly kind: 'subnet'; readonly subnet: PrincipalText }
  | { readonly kind: 'canister'; readonly canister: PrincipalText };

function route(raw: VariantOf<typeof EFFECTIVE_PRINCIPALS>): Route {
  switch (raw.kind) {
    case 'None':
      return { kind: 'target' };
    case 'SubnetId':
      return { kind: 'subnet', subnet: principal(raw.value, 'subnet id') };
    case 'CanisterId':
      return { kind: 'canister', canister: principal(raw.value, 'effective canister id') };
  }
}

export function readCall(body: Body): { readonly call: Call; readonly route: Route } {
  const raw = readBody(CanisterCall, body);
  if (raw.sender_info !== undefined) throw operationError('this server does not support sender_info');
  return {
    route: route(raw.effective_principal),
    call: {
      caller: principal(raw.sender, 'sender principal'),
      canister: principal(raw.canister_id, 'canister id'),
      method: raw.method,
      arg: raw.payload,
    },
  };
}

export interface MessageReference {
  readonly route: Route;
  readonly messageId: Uint8Array;
}

function messageReference(raw: ValueOf<typeof MessageId>): MessageReference {
  if (raw.message_id.length !== 32) throw conversionError('Bad message id');
  return { route: route(raw.effective_principal), messageId: raw.message_id };
}

export function readMessageReference(body: Body): MessageReference {
  return messageReference(readBody(MessageId, body));
}

/** A client sets `caller` if it asks on behalf of one user. */
export function readIngressStatus(
  body: Body,
): MessageReference & { readonly caller: PrincipalText | undefined } {
  const { raw_message_id: id, raw_caller: raw } = readBody(IngressStatus, body);
  return {
    ...messageReference(id),
    caller: raw && principal(raw.principal_id, 'caller principal'),
  };
}

export function readCanisterId(body: Body): PrincipalText {
  const { canister_id } = readBody(RawCanisterId, body);
  return (
    principalOf(canister_id) ?? fail(operationError('PrincipalIdParseError(PrincipalIdError(BytesTooLong))'))
  );
}

export function readSubnetId(body: Body): PrincipalText {
  return principal(readBody(RawSubnetId, body).subnet_id, 'subnet id');
}

/** Returns nanoseconds since 1970, at most 2^64 - 1. */
export function readTime(body: Body): bigint {
  return readBody(Time, body).nanos_since_epoch;
}

export function readAddCycles(body: Body): { readonly canister: PrincipalText; readonly amount: bigint } {
  const { canister_id, amount } = readBody(AddCycles, body);
  return { canister: principal(canister_id, 'canister id'), amount };
}

export function readSetStableMemory(body: Body): {
  readonly canister: PrincipalText;
  readonly blobId: string;
} {
  const raw = readBody(SetStableMemory, body);
  return {
    canister: principal(raw.canister_id, 'canister id'),
    blobId: Buffer.from(raw.blob_id).toString('hex'),
  };
}

export interface MockHttpRequest {
  readonly subnet: PrincipalText;
  readonly requestId: number;
  /** One response for all nodes, or one for each node. */
  readonly responses: readonly [HttpOutcallResponse, ...HttpOutcallResponse[]];
}

export function readMockHttp(body: Body): MockHttpRequest {
  const raw = readBody(MockHttp, body);
  return {
    subnet: principal(raw.subnet_id.subnet_id, 'subnet id'),
    requestId: Number(raw.request_id),
    responses: [httpResponse(raw.response), ...raw.additional_responses.map(httpResponse)],
  };
}

function httpResponse(raw: ValueOf<typeof HttpResponse>): HttpOutcallResponse {
  if (raw.kind === 'CanisterHttpReply') return { kind: 'reply', ...raw.value };
  const { reject_code, message } = raw.value;
  const code = Number(reject_code);
  if (!isRejectCode(code)) throw operationError(`InvalidRejectCode(${reject_code})`);
  return { kind: 'reject', code, text: message };
}

function isRejectCode(code: number): code is RejectCode {
  return code >= 1 && code <= 6;
}
