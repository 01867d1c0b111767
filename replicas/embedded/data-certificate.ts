/**
 * The certificate that a query of the replica port gets. It has the encoding of a real one and shows the canister's certified data and
 * the time. Its signature is not valid, because the port has no subnet key: a canister passes the certificate on and cannot verify it.
 * The servers sign theirs (`servers/ic/certified-state.ts`).
 */
import { encode, Tagged } from 'cborg';
import { lebEncode } from '@icp-sdk/core/candid';
import { principalToBytes } from './principals.js';
import type { PrincipalText } from '../replica.js';

/** "Self-described CBOR", RFC 8949 section 3.4.6. */
const SELF_DESCRIBE_TAG = 55_799;
const SIGNATURE_BYTES = 48;
/** Kinds of nodes of a hash tree (IC interface spec, "Certification encoding"). */
const [FORK, LABELED, LEAF] = [1, 2, 3];

const text = new TextEncoder();

/** Tagged CBOR of a certificate. `timeNs` is nanoseconds since 1970. */
export function dataCertificate(
  canister: PrincipalText,
  certifiedData: Uint8Array,
  timeNs: bigint,
): Uint8Array {
  const labeled = (name: Uint8Array, tree: readonly unknown[]): readonly unknown[] => [LABELED, name, tree];
  const data = labeled(text.encode('certified_data'), [LEAF, certifiedData]);
  const canisters = labeled(text.encode('canister'), labeled(principalToBytes(canister), data));
  const time = labeled(text.encode('time'), [LEAF, Uint8Array.from(lebEncode(timeNs))]);
  const certificate = { tree: [FORK, canisters, time], signature: new Uint8Array(SIGNATURE_BYTES) };
  return Uint8Array.from(encode(new Tagged(SELF_DESCRIBE_TAG, certificate)));
}
