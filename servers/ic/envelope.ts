/** Decodes request envelopes (IC interface spec, "Authentication") from CBOR and computes the request ids. */
import { type CborValue, CborError, decodeCbor, isCborMap } from '../../certification/cbor.js';
import { HttpError } from '../http/reply.js';
import { PRINCIPAL_BYTES_MAX } from './principals.js';
import { hashOfMap } from './request-id.js';

export type RequestType = 'call' | 'query' | 'read_state';

interface RequestBase {
  /** The representation-independent hash of the content, 32 bytes. It is also the id of the ingress message. */
  readonly requestId: Uint8Array;
  readonly sender: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly ingressExpiry: bigint;
  readonly nonce: Uint8Array | undefined;
  /** Size of the envelope. */
  readonly bytes: number;
  /** `undefined` if the request is not signed. */
  readonly authentication: Authentication | undefined;
}

export interface CanisterRequest extends RequestBase {
  readonly type: 'call' | 'query';
  readonly canister: Uint8Array;
  readonly method: string;
  readonly arg: Uint8Array;
}

export interface ReadStateRequest extends RequestBase {
  readonly type: 'read_state';
  readonly paths: readonly (readonly Uint8Array[])[];
}

export interface Authentication {
  /** DER. */
  readonly senderPubkey: Uint8Array;
  readonly signature: Uint8Array;
  /** From the sender's key to the key that signed the request. Empty if they are the same key. */
  readonly delegations: readonly SignedDelegation[];
}

export interface SignedDelegation {
  /** DER. */
  readonly pubkey: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly expiration: bigint;
  /** `undefined` allows every canister. */
  readonly targets: readonly Uint8Array[] | undefined;
  readonly signature: Uint8Array;
}

type Fields = ReadonlyMap<CborValue, CborValue>;

const U64_MAX = (1n << 64n) - 1n;

function asMap(value: CborValue, expected: string): Fields {
  if (isCborMap(value)) return value;
  throw new CborError(`invalid type: expected ${expected}`);
}

function isAbsent(value: CborValue): value is null | undefined {
  return value === undefined || value === null;
}

function required(fields: Fields, name: string): CborValue {
  const value = fields.get(name);
  if (value === undefined) throw new CborError(`missing field \`${name}\``);
  return value;
}

/** Like serde_cbor, accepts a list of integers below 256 as bytes. */
function toBytes(value: CborValue, name: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)) {
    return Uint8Array.from(value as number[]);
  }
  throw new CborError(`invalid type: expected bytes in \`${name}\``);
}

function bytes(fields: Fields, name: string): Uint8Array {
  return toBytes(required(fields, name), name);
}

function optionalBytes(fields: Fields, name: string): Uint8Array | undefined {
  const value = fields.get(name);
  return isAbsent(value) ? undefined : toBytes(value, name);
}

function text(fields: Fields, name: string): string {
  const value = required(fields, name);
  if (typeof value === 'string') return value;
  throw new CborError(`invalid type: expected a string in \`${name}\``);
}

function u64(fields: Fields, name: string): bigint {
  const value = required(fields, name);
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    const number = BigInt(value as bigint | number);
    if (number >= 0n && number <= U64_MAX) return number;
  }
  throw new CborError(`invalid type: expected u64 in \`${name}\``);
}

function list<T>(value: CborValue, name: string, read: (item: CborValue) => T): T[] {
  if (Array.isArray(value)) return (value as readonly CborValue[]).map(read);
  throw new CborError(`invalid type: expected a sequence in \`${name}\``);
}

function readDelegation(value: CborValue): SignedDelegation {
  const signed = asMap(value, 'struct SignedDelegation');
  const delegation = asMap(required(signed, 'delegation'), 'struct Delegation');
  const targets = delegation.get('targets');
  return {
    pubkey: bytes(delegation, 'pubkey'),
    expiration: u64(delegation, 'expiration'),
    targets: isAbsent(targets) ? undefined : list(targets, 'targets', (target) => toBytes(target, 'targets')),
    signature: bytes(signed, 'signature'),
  };
}

function readAuthentication(envelope: Fields): Authentication | undefined {
  const senderPubkey = optionalBytes(envelope, 'sender_pubkey');
  const signature = optionalBytes(envelope, 'sender_sig');
  const chain = envelope.get('sender_delegation');
  const delegations = isAbsent(chain) ? undefined : list(chain, 'sender_delegation', readDelegation);
  if (senderPubkey && signature) return { senderPubkey, signature, delegations: delegations ?? [] };
  if (!senderPubkey && !signature && !delegations) return undefined;
  throw new HttpError(400, 'Malformed request: missing pubkey or signature');
}

function principal(fields: Fields, name: string): Uint8Array {
  const value = bytes(fields, name);
  if (value.length <= PRINCIPAL_BYTES_MAX) return value;
  throw new HttpError(
    400,
    `Malformed request: \`${name}\` is not a principal: it has ${value.length} bytes, and at most 29 are allowed`,
  );
}

function readContent(envelope: Fields, type: RequestType): Fields {
  const content = asMap(required(envelope, 'content'), 'struct content');
  const found = text(content, 'request_type');
  if (found !== type) throw new CborError(`unknown variant \`${found}\`, expected \`${type}\``);
  return content;
}

function readBase(envelope: Fields, content: Fields): Omit<RequestBase, 'requestId' | 'bytes'> {
  return {
    sender: principal(content, 'sender'),
    ingressExpiry: u64(content, 'ingress_expiry'),
    nonce: optionalBytes(content, 'nonce'),
    authentication: readAuthentication(envelope),
  };
}

function decode<T>(body: Uint8Array, read: (envelope: Fields) => T): T {
  try {
    return read(asMap(decodeCbor(body), 'struct HttpRequestEnvelope'));
  } catch (error) {
    if (error instanceof CborError)
      throw new HttpError(400, `Failed to deserialize cbor request: ${error.message}`);
    throw error;
  }
}

/** Does not check the signature. @throws {HttpError} 400 unless `body` is the envelope of a request of this type */
export function readCanisterRequest(body: Uint8Array, type: 'call' | 'query'): CanisterRequest {
  return decode(body, (envelope) => {
    const content = readContent(envelope, type);
    const base = readBase(envelope, content);
    const canister = principal(content, 'canister_id');
    const method = text(content, 'method_name');
    const arg = bytes(content, 'arg');
    const requestId = hashOfMap({
      request_type: type,
      canister_id: canister,
      method_name: method,
      arg,
      ingress_expiry: base.ingressExpiry,
      sender: base.sender,
      nonce: base.nonce,
    });
    return { ...base, bytes: body.length, type, canister, method, arg, requestId };
  });
}

/** Does not check the signature. @throws {HttpError} 400 unless `body` is the envelope of a read_state request */
export function readReadStateRequest(body: Uint8Array): ReadStateRequest {
  return decode(body, (envelope) => {
    const content = readContent(envelope, 'read_state');
    const base = readBase(envelope, content);
    const paths = list(required(content, 'paths'), 'paths', (path) =>
      list(path, 'paths', (label) => toBytes(label, 'paths')),
    );
    const requestId = hashOfMap({
      request_type: 'read_state',
      ingress_expiry: base.ingressExpiry,
      paths,
      sender: base.sender,
      nonce: base.nonce,
    });
    return { ...base, bytes: body.length, type: 'read_state', paths, requestId };
  });
}
