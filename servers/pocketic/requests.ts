/** Decodes request bodies from JSON. A malformed body is a 4xx error with a text like that of axum's JSON extractor. */
import { Principal } from '@icp-sdk/core/principal';
import { z } from 'zod';
import type { HttpOutcallResponse } from '../../replicas/embedded/state/http-outcall.js';
import type { Call, PrincipalText, RejectCode } from '../../replicas/replica.js';
import { HttpError } from '../http/reply.js';
import { conversionError } from './errors.js';

/** Searches for a wrong character. A pattern for the whole text would overflow V8's matcher on payloads of megabytes. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const tail = text.slice(-2);
  return !/[^A-Za-z0-9+/]/.test(text.slice(0, -2)) && /^(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)?$/.test(tail);
}

const Base64 = z.string().refine(isBase64, 'not base64');

const EffectivePrincipal = z.union([
  z.literal('None'),
  z.object({ SubnetId: Base64 }),
  z.object({ CanisterId: Base64 }),
]);

const CanisterCall = z.object({
  sender: Base64,
  canister_id: Base64,
  method: z.string(),
  payload: Base64,
  effective_principal: EffectivePrincipal,
});

const MessageId = z.object({ effective_principal: EffectivePrincipal, message_id: Base64 });

const IngressStatus = z.object({
  raw_message_id: MessageId,
  raw_caller: z.object({ principal_id: Base64 }).or(Base64).nullish(),
});

const CanisterId = z.object({ canister_id: Base64 });
const SubnetId = z.object({ subnet_id: Base64 });
const SetStableMemory = z.object({ canister_id: Base64, blob_id: Base64 });
const Time = z.object({ nanos_since_epoch: z.number().nonnegative() });
const AddCycles = z.object({ canister_id: Base64, amount: z.number().nonnegative() });
const Tick = z.object({ blockmakers: z.null().optional() });
const HttpResponse = z.union([
  z.object({
    CanisterHttpReply: z.object({
      status: z.int().nonnegative(),
      headers: z.array(z.object({ name: z.string(), value: z.string() })),
      body: Base64,
    }),
  }),
  z.object({ CanisterHttpReject: z.object({ reject_code: z.int(), message: z.string() }) }),
]);
const MockHttp = z.object({
  subnet_id: SubnetId,
  request_id: z.int().nonnegative(),
  response: HttpResponse,
  additional_responses: z.array(HttpResponse).optional(),
});

const Flag = z.enum(['Enabled', 'Disabled']);

const Subnet = z.object({
  dts_flag: Flag.optional(),
  instruction_config: z.enum(['Production', 'Benchmarking']),
  state_config: z.union([
    z.literal('New'),
    z.object({ FromPath: z.string() }),
    z.record(z.string(), z.unknown()),
  ]),
});
const CreateInstance = z.object({
  subnet_config_set: z.object({
    nns: Subnet.nullish(),
    sns: Subnet.nullish(),
    ii: Subnet.nullish(),
    fiduciary: Subnet.nullish(),
    bitcoin: Subnet.nullish(),
    system: z.array(Subnet),
    application: z.array(Subnet),
    verified_application: z.array(Subnet),
  }),
  icp_config: z
    .object({
      beta_features: Flag.nullish(),
      canister_backtrace: Flag.nullish(),
      function_name_length_limits: Flag.nullish(),
      canister_execution_rate_limiting: Flag.nullish(),
    })
    .nullish(),
  icp_features: z.record(z.string(), z.unknown()).nullish(),
  http_gateway_config: z.unknown().optional(),
  state_dir: z.unknown().optional(),
});

export type InstanceConfig = z.infer<typeof CreateInstance>;
export type SubnetRequest = z.infer<typeof Subnet>;

/** A request body that is not decoded yet. */
export interface Body {
  readonly contentType: string | undefined;
  readonly text: string;
}

function read<T>(schema: z.ZodType<T>, body: Body): T {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(body.contentType ?? '')) {
    throw new HttpError(415, 'Expected request with `Content-Type: application/json`');
  }
  let value: unknown;
  try {
    value = JSON.parse(body.text);
  } catch (error) {
    throw new HttpError(400, `Failed to parse the request body as JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new HttpError(
    422,
    `Failed to deserialize the JSON body into the target type: ${place}${issue?.message ?? 'unknown shape'}`,
  );
}

/**
 * Returns the exact value of an integer field. `JSON.parse` rounds integers above 2^53, so the literal is read from the text. Clients
 * in JavaScript write 1e21 and above as `1e+21`; there the parsed number is exact.
 */
function integer(body: Body, field: string, parsed: number): bigint {
  const literal = new RegExp(`"${field}"\\s*:\\s*(\\d+)(?![\\d.eE])`).exec(body.text)?.[1];
  if (literal !== undefined) return BigInt(literal);
  if (Number.isInteger(parsed)) return BigInt(parsed);
  throw new HttpError(
    422,
    `Failed to deserialize the JSON body into the target type: ${field}: not an integer`,
  );
}

/** The bytes own their buffer. */
function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** @throws {HttpError} if the principal is longer than 29 bytes, the maximum of the IC */
function principal(base64: string, name: string): PrincipalText {
  const raw = bytes(base64);
  if (raw.length > 29) throw conversionError(`Bad ${name}`);
  return Principal.fromUint8Array(raw).toText();
}

/** Where a call goes: to the subnet of its own target, to a subnet, or to the subnet of a canister. */
export type Route =
  | { readonly kind: 'target' }
  | { readonly kind: 'subnet'; readonly subnet: PrincipalText }
  | { readonly kind: 'canister'; readonly canister: PrincipalText };

function route(raw: z.infer<typeof EffectivePrincipal>): Route {
  if (raw === 'None') return { kind: 'target' };
  if ('SubnetId' in raw) return { kind: 'subnet', subnet: principal(raw.SubnetId, 'subnet id') };
  return { kind: 'canister', canister: principal(raw.CanisterId, 'effective canister id') };
}

export function readCall(body: Body): { readonly call: Call; readonly route: Route } {
  const raw = read(CanisterCall, body);
  return {
    route: route(raw.effective_principal),
    call: {
      caller: principal(raw.sender, 'sender principal'),
      canister: principal(raw.canister_id, 'canister id'),
      method: raw.method,
      arg: bytes(raw.payload),
    },
  };
}

export interface MessageReference {
  readonly route: Route;
  readonly messageId: Uint8Array;
}

function messageReference(raw: z.infer<typeof MessageId>): MessageReference {
  const messageId = bytes(raw.message_id);
  if (messageId.length !== 32) throw conversionError('Bad message id');
  return { route: route(raw.effective_principal), messageId };
}

export function readMessageReference(body: Body): MessageReference {
  return messageReference(read(MessageId, body));
}

/** A client sets `caller` if it asks on behalf of one user. */
export function readIngressStatus(
  body: Body,
): MessageReference & { readonly caller: PrincipalText | undefined } {
  const { raw_message_id: id, raw_caller: raw } = read(IngressStatus, body);
  const caller = typeof raw === 'string' ? raw : raw?.principal_id;
  return {
    ...messageReference(id),
    caller: caller === undefined ? undefined : principal(caller, 'caller principal'),
  };
}

export function readCanisterId(body: Body): PrincipalText {
  return principal(read(CanisterId, body).canister_id, 'canister id');
}

export function readSubnetId(body: Body): PrincipalText {
  return principal(read(SubnetId, body).subnet_id, 'subnet id');
}

/** Returns nanoseconds since 1970, at most 2^64 - 1. */
export function readTime(body: Body): bigint {
  const time = integer(body, 'nanos_since_epoch', read(Time, body).nanos_since_epoch);
  if (time >= 2n ** 64n)
    throw new HttpError(422, 'Failed to deserialize the JSON body into the target type: not a u64');
  return time;
}

export function readAddCycles(body: Body): { readonly canister: PrincipalText; readonly amount: bigint } {
  const raw = read(AddCycles, body);
  return { canister: principal(raw.canister_id, 'canister id'), amount: integer(body, 'amount', raw.amount) };
}

export function readSetStableMemory(body: Body): {
  readonly canister: PrincipalText;
  readonly blobId: string;
} {
  const raw = read(SetStableMemory, body);
  return {
    canister: principal(raw.canister_id, 'canister id'),
    blobId: Buffer.from(raw.blob_id, 'base64').toString('hex'),
  };
}

/** Accepts a tick without options. The only option, the blockmakers of the round, is not supported. */
export function readTick(body: Body): void {
  read(Tick, body);
}

export interface MockHttpRequest {
  readonly subnet: PrincipalText;
  readonly requestId: number;
  /** One response for all nodes, or one for each node. */
  readonly responses: readonly [HttpOutcallResponse, ...HttpOutcallResponse[]];
}

export function readMockHttp(body: Body): MockHttpRequest {
  const raw = read(MockHttp, body);
  return {
    subnet: principal(raw.subnet_id.subnet_id, 'subnet id'),
    requestId: raw.request_id,
    responses: [httpResponse(raw.response), ...(raw.additional_responses ?? []).map(httpResponse)],
  };
}

function httpResponse(raw: z.infer<typeof HttpResponse>): HttpOutcallResponse {
  if ('CanisterHttpReply' in raw) {
    const { status, headers, body } = raw.CanisterHttpReply;
    return { kind: 'reply', status, headers, body: new Uint8Array(Buffer.from(body, 'base64')) };
  }
  const { reject_code: code, message } = raw.CanisterHttpReject;
  if (!isRejectCode(code)) throw conversionError(`Bad reject code ${code}: expected a number from 1 to 6`);
  return { kind: 'reject', code, text: message };
}

function isRejectCode(code: number): code is RejectCode {
  return code >= 1 && code <= 6;
}

export function readCreateInstance(body: Body): InstanceConfig {
  return read(CreateInstance, body);
}
