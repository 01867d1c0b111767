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

export interface IngressEnvelope {
  readonly call: Call;
  readonly nonce: number;
  readonly expiryNs: bigint;
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

export const INGRESS_NONCE_BYTES = 8;

/** The request id, 32 bytes. The cost is proportional to the length of the argument. */
export function ingressId({ call, nonce, expiryNs }: IngressEnvelope): Buffer {
  const nonceBytes = Buffer.alloc(INGRESS_NONCE_BYTES);
  nonceBytes.writeBigUInt64LE(BigInt(nonce));
  const fields: readonly (readonly [string, Uint8Array | string])[] = [
    ['request_type', 'call'],
    ['canister_id', principalToBytes(call.canister)],
    ['method_name', call.method],
    ['arg', call.arg],
    ['sender', principalToBytes(call.caller)],
    ['ingress_expiry', lebEncode(expiryNs)],
    ['nonce', nonceBytes],
  ];
  const pairs = fields.map(([name, value]) => Buffer.concat([sha256(name), sha256(value)]));
  return sha256(Buffer.concat(pairs.sort((a, b) => Buffer.compare(a, b))));
}

/** Size of a request without method name, argument, canister, and sender. Measured on PocketIC 10.0.0. */
const ENVELOPE_BYTES = 146;
/** CBOR encodes lengths from 24 on with an additional byte. */
const LONG_LENGTH = 24;

/** Size of a request in bytes, as PocketIC compares it with the limit. */
export function ingressBytes({ canister, caller, method, arg }: Call): number {
  const sized = [
    principalToBytes(canister).length,
    principalToBytes(caller).length,
    Buffer.byteLength(method),
  ];
  return sized.reduce(
    (sum, length) => sum + length + (length < LONG_LENGTH ? 0 : 1),
    ENVELOPE_BYTES + arg.length,
  );
}
