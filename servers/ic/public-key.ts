/** Public keys of users, and the signature schemes of ingress messages (IC interface spec, "Signatures"). */
import { type KeyObject, createPublicKey, verify } from 'node:crypto';
import { equalBytes, fromHex, toHex } from '../../certification/bytes.js';

type Scheme = 'Ed25519' | 'EcdsaP256' | 'EcdsaSecp256k1';

export type UserKey =
  | { readonly kind: 'basic'; readonly scheme: Scheme; readonly key: KeyObject; readonly der: Uint8Array }
  /** The reason is the replica's text if the replica has one. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The bytes of SubjectPublicKeyInfo before the key, and the length of the key (RFC 8410; RFC 5480 with an uncompressed point). */
const SCHEMES: readonly { scheme: Scheme; prefix: Uint8Array; keyBytes: number }[] = [
  { scheme: 'Ed25519', prefix: fromHex('302a300506032b6570032100'), keyBytes: 32 },
  {
    scheme: 'EcdsaP256',
    prefix: fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200'),
    keyBytes: 65,
  },
  {
    scheme: 'EcdsaSecp256k1',
    prefix: fromHex('3056301006072a8648ce3d020106052b8104000a034200'),
    keyBytes: 65,
  },
];

/** OIDs of key formats of the IC that this server does not support. */
const UNSUPPORTED: readonly { name: string; oid: string }[] = [
  { name: 'WebAuthn (COSE) signatures', oid: '060a2b0601040183b8430101' },
];

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && equalBytes(bytes.subarray(0, prefix.length), prefix);
}

function parse(der: Uint8Array, hex: string): UserKey {
  const match = SCHEMES.find(
    ({ prefix, keyBytes }) => der.length === prefix.length + keyBytes && startsWith(der, prefix),
  );
  if (!match) {
    const other = UNSUPPORTED.find(({ oid }) => hex.includes(oid));
    return {
      kind: 'refused',
      reason: other ? `${other.name} are not supported by this server` : `Malformed public key: ${hex}`,
    };
  }
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    return { kind: 'basic', scheme: match.scheme, key, der };
  } catch {
    return { kind: 'refused', reason: `Malformed ${match.scheme} public key: ${hex}` }; // The point is not on the curve.
  }
}

/** Parsing a key takes as long as verifying a signature, and a client signs thousands of requests with one key. */
const CACHE_ENTRIES_MAX = 1_000;
const keys = new Map<string, UserKey>();

export function parseUserKey(der: Uint8Array): UserKey {
  const hex = toHex(der);
  const known = keys.get(hex);
  if (known) return known;
  if (keys.size >= CACHE_ENTRIES_MAX) keys.clear();
  const key = parse(der, hex);
  keys.set(hex, key);
  return key;
}

/** An ECDSA signature consists of r and s, 32 bytes each, over the SHA-256 of the message. */
export function verifySignature(
  key: UserKey & { kind: 'basic' },
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64) return false;
  return key.scheme === 'Ed25519'
    ? verify(null, message, key.key, signature)
    : verify('sha256', message, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature);
}
