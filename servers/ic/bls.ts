/**
 * The subnet's signing key: BLS12-381 with 48-byte signatures in G1 and 96-byte public keys in G2, as the IC's
 * threshold signatures (IC interface spec, "Certification"; ciphersuite `BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_`).
 * One server holds the whole key, so "threshold" is only in the format.
 */
import { hkdfSync } from 'node:crypto';
import { mapHashToField } from '@noble/curves/abstract/modular';
import { bls12_381 } from '@noble/curves/bls12-381';
import { concat, equalBytes, fromHex, toHex } from './bytes.js';
import { hashToG1 } from './g1-hash.js';
import { compressG1, createG1Multiplier } from './g1-multiply.js';
import { domainSeparator } from './hash-tree.js';

const { shortSignatures } = bls12_381;

/** DER around the 96 key bytes: OIDs 1.3.6.1.4.1.44668.5.3.1.2.1 and 1.3.6.1.4.1.44668.5.3.2.1. */
const DER_PREFIX = fromHex('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100');
const PUBLIC_KEY_BYTES = 96;
const SIGNATURE_BYTES = 48;
const STATE_ROOT_DOMAIN = domainSeparator('ic-state-root');

export interface SubnetKey {
  /** DER, 133 bytes. */
  readonly publicKeyDer: Uint8Array;
  /** 48 bytes over the state root domain and `rootHash` (32 bytes). Takes milliseconds: callers keep the result. */
  readonly signStateRoot: (rootHash: Uint8Array) => Uint8Array;
}

/** The same seed gives the same key. */
export function subnetKeyFromSeed(seed: Uint8Array): SubnetKey {
  // 48 bytes, as RFC 9380 asks, make the reduction modulo the group order unbiased.
  const material = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'ic subnet signing key', 48));
  const secret = mapHashToField(material, bls12_381.fields.Fr.ORDER);
  const multiply = createG1Multiplier(BigInt(`0x${toHex(secret)}`));
  const publicKeyDer = concat(DER_PREFIX, shortSignatures.getPublicKey(secret).toBytes(true));
  const signStateRoot = (rootHash: Uint8Array): Uint8Array =>
    compressG1(multiply(hashToG1(concat(STATE_ROOT_DOMAIN, rootHash))));
  return { publicKeyDer, signStateRoot };
}

/** The 96 bytes inside a DER-encoded subnet key, undefined when it is not one. */
export function subnetKeyFromDer(der: Uint8Array): Uint8Array | undefined {
  return der.length === DER_PREFIX.length + PUBLIC_KEY_BYTES &&
    equalBytes(der.subarray(0, DER_PREFIX.length), DER_PREFIX)
    ? der.slice(DER_PREFIX.length)
    : undefined;
}

/** False for a wrong signature and for bytes that are no point of the curve. */
export function verifyStateRoot(publicKey: Uint8Array, rootHash: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  try {
    const message = shortSignatures.hash(concat(STATE_ROOT_DOMAIN, rootHash));
    return shortSignatures.verify(signature, message, publicKey);
  } catch {
    return false; // Not on the curve, or not in the subgroup.
  }
}
