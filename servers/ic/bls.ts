/**
 * The subnet's signing key: BLS12-381 with 48-byte signatures in G1 and 96-byte public keys in G2, like the IC's threshold
 * signatures (IC interface spec, "Certification"; ciphersuite `BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_`, which is the library's
 * default for short signatures). One server holds the whole key, so only the format is that of a threshold signature.
 */
import { hkdfSync } from 'node:crypto';
import { mapHashToField } from '@noble/curves/abstract/modular';
import { bls12_381 } from '@noble/curves/bls12-381';
import { concat, equalBytes, fromHex } from '../../certification/bytes.js';
import { domainSeparator } from '../../certification/hash-tree.js';

const { shortSignatures } = bls12_381;

/** DER before the 96 key bytes: OIDs 1.3.6.1.4.1.44668.5.3.1.2.1 and 1.3.6.1.4.1.44668.5.3.2.1. */
const DER_PREFIX = fromHex('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100');
const PUBLIC_KEY_BYTES = 96;
const SIGNATURE_BYTES = 48;
const STATE_ROOT_DOMAIN = domainSeparator('ic-state-root');

export interface SubnetKey {
  /** DER, 133 bytes. */
  readonly publicKeyDer: Uint8Array;
  /** Returns 48 bytes over the state root domain and `rootHash` (32 bytes). Takes about 5 ms, so callers keep the result. */
  readonly signStateRoot: (rootHash: Uint8Array) => Uint8Array;
}

/** The same seed gives the same key. */
export function subnetKeyFromSeed(seed: Uint8Array): SubnetKey {
  // RFC 9380 requires 48 bytes, so that the reduction modulo the group order is unbiased.
  const material = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'ic subnet signing key', 48));
  return subnetKeyFromSecret(mapHashToField(material, bls12_381.fields.Fr.ORDER));
}

/** `secret` is 32 bytes, big-endian, below the order of the group. */
export function subnetKeyFromSecret(secret: Uint8Array): SubnetKey {
  return {
    publicKeyDer: subnetKeyToDer(shortSignatures.getPublicKey(secret).toBytes(true)),
    signStateRoot: (rootHash) => shortSignatures.sign(hashStateRoot(rootHash), secret).toBytes(true),
  };
}

function hashStateRoot(rootHash: Uint8Array) {
  return shortSignatures.hash(concat(STATE_ROOT_DOMAIN, rootHash));
}

/** `key` is the compressed point in G2, 96 bytes. */
export function subnetKeyToDer(key: Uint8Array): Uint8Array {
  return concat(DER_PREFIX, key);
}

/** Returns the 96 bytes inside a DER-encoded subnet key, or `undefined` if it is not one. */
export function subnetKeyFromDer(der: Uint8Array): Uint8Array | undefined {
  return der.length === DER_PREFIX.length + PUBLIC_KEY_BYTES &&
    equalBytes(der.subarray(0, DER_PREFIX.length), DER_PREFIX)
    ? der.slice(DER_PREFIX.length)
    : undefined;
}

/** Returns false for a wrong signature and for bytes that are not a point of the curve. */
export function verifyStateRoot(publicKey: Uint8Array, rootHash: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  try {
    return shortSignatures.verify(signature, hashStateRoot(rootHash), publicKey);
  } catch {
    return false; // A key or signature that is not on the curve, or not in the subgroup.
  }
}
