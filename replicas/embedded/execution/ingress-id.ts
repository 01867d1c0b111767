/**
 * Computes PocketIC's ids of ingress messages: the representation-independent hash of the request.
 *
 * Source: IC interface spec, "Request ids"; PocketIC 10.0.0, rs/state_machine_tests/src/lib.rs (`submit_ingress_as`): the nonce is
 * the number of earlier submissions to the subnet, as 8 little-endian bytes; the expiry is the subnet's time plus 300 s.
 */
import { createHash } from 'node:crypto';
import { lebEncode } from '@icp-sdk/core/candid';
import type { Call } from '../../replica.js';
import { principalToBytes } from '../principals.js';
import type { IngressNonce } from '../state/messages.js';

export interface IngressEnvelope {
  readonly call: Call;
  readonly nonce: IngressNonce;
  readonly expiryNs: bigint;
}

/** What identifies a request that its sender signed. */
export interface SignedRequest {
  /** At most 32 bytes. `undefined` if the request has none. */
  readonly nonce: Uint8Array | undefined;
  readonly expiryNs: bigint;
  /** Size of the request with its signature. */
  readonly bytes: number;
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

export const INGRESS_NONCE_BYTES = 8;

/** The request id, 32 bytes. The cost is proportional to the length of the argument. */
export function ingressId({ call, nonce, expiryNs }: IngressEnvelope): Buffer {
  const fields: readonly (readonly [string, Uint8Array | string])[] = [
    ['request_type', 'call'],
    ['canister_id', principalToBytes(call.canister)],
    ['method_name', call.method],
    ['arg', call.arg],
    ['sender', principalToBytes(call.caller)],
    ['ingress_expiry', lebEncode(expiryNs)],
    ...nonceField(nonce),
  ];
  const pairs = fields.map(([name, value]) => Buffer.concat([sha256(name), sha256(value)]));
  return sha256(Buffer.concat(pairs.sort((a, b) => Buffer.compare(a, b))));
}

function nonceField(nonce: IngressNonce): readonly (readonly ['nonce', Uint8Array])[] {
  if (nonce === undefined) return [];
  if (nonce instanceof Uint8Array) return [['nonce', nonce]];
  const bytes = Buffer.alloc(INGRESS_NONCE_BYTES);
  bytes.writeBigUInt64LE(BigInt(nonce));
  return [['nonce', bytes]];
}

/** Size of a request in CBOR without the values of method name, argument, canister, and sender. Recorded: trace 04, exchanges 337 to 351. */
const ENVELOPE_BYTES = 106;
/** Bytes that the size limit counts for the id of the message. */
const MESSAGE_ID_BYTES = 32;

/** Size of a byte string or text of this length in CBOR. */
function sizedBytes(length: number): number {
  if (length < 24) return 1 + length;
  if (length < 0x100) return 2 + length;
  return (length < 0x1_0000 ? 3 : 5) + length;
}

/** A call by a request. */
export interface RequestedCall extends Call {
  /** Size of the request. Default: that of a request without a signature and with a nonce of 8 bytes. */
  readonly requestBytes?: number;
}

/** Size of a request in bytes, which a canister pays for. */
export function requestBytes({ canister, caller, method, arg, requestBytes: known }: RequestedCall): number {
  if (known !== undefined) return known;
  const lengths = [
    principalToBytes(canister).length,
    principalToBytes(caller).length,
    Buffer.byteLength(method),
    arg.length,
  ];
  return lengths.reduce((sum, length) => sum + sizedBytes(length), ENVELOPE_BYTES);
}

/** Size of a request as it is compared with the limit. */
export function limitedBytes(call: Call): number {
  return requestBytes(call) + MESSAGE_ID_BYTES;
}
