/** Principals are bytes in CBOR, and text in URLs, error texts, and the backend's interface. */
import { createHash } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import { PRINCIPAL_BYTES_MAX } from '../../replicas/embedded/principals.js';
import type { PrincipalText } from '../../replicas/replica.js';
import { toHex } from '../../certification/bytes.js';

export { ANONYMOUS, MANAGEMENT_CANISTER, PRINCIPAL_BYTES_MAX } from '../../replicas/embedded/principals.js';

/** The cache is cleared at this size, because clients choose the principals. */
const CACHE_ENTRIES_MAX = 10_000;
const textByHex = new Map<string, PrincipalText>();

/** `bytes` has at most 29 bytes; callers check the length of untrusted input. */
export function principalToText(bytes: Uint8Array): PrincipalText {
  const hex = toHex(bytes);
  const known = textByHex.get(hex);
  if (known !== undefined) return known;
  if (textByHex.size >= CACHE_ENTRIES_MAX) textByHex.clear();
  const text = Principal.fromUint8Array(bytes.slice()).toText();
  textByHex.set(hex, text);
  return text;
}

/** @throws {Error} if the text is not a principal; `parsePrincipal` returns `undefined` instead */
export function principalToBytes(text: PrincipalText): Uint8Array {
  return Principal.fromText(text).toUint8Array();
}

/** Parses untrusted text. Returns `undefined` if it is not a principal. */
export function parsePrincipal(text: string): Uint8Array | undefined {
  try {
    const bytes = principalToBytes(text);
    return bytes.length <= PRINCIPAL_BYTES_MAX ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the self-authenticating principal of a DER-encoded public key: its SHA-224 and the byte 2, 29 bytes. */
export function selfAuthenticating(derKey: Uint8Array): Uint8Array {
  return Uint8Array.from([...createHash('sha224').update(derKey).digest(), 2]);
}
