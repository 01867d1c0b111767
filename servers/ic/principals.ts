/** Principals are bytes on the wire and text in URLs, messages and the backend's interface. */
import { createHash } from 'node:crypto';
import { Principal } from '@dfinity/principal';
import type { PrincipalText } from '../../replicas/replica.js';
import { toHex } from './bytes.js';

export const ANONYMOUS: PrincipalText = '2vxsx-fae';
export const MANAGEMENT_CANISTER: PrincipalText = 'aaaaa-aa';
/** IC interface spec, "Principals": at most 29 bytes. */
export const PRINCIPAL_BYTES_MAX = 29;

/** Clients choose what is looked up, so the cache is emptied rather than left to grow. */
const CACHE_ENTRIES_MAX = 10_000;
const textByHex = new Map<string, PrincipalText>();

/** `bytes` must be at most 29 long: callers check what comes from outside. */
export function principalToText(bytes: Uint8Array): PrincipalText {
  const hex = toHex(bytes);
  const known = textByHex.get(hex);
  if (known !== undefined) return known;
  if (textByHex.size >= CACHE_ENTRIES_MAX) textByHex.clear();
  const text = Principal.fromUint8Array(bytes.slice()).toText();
  textByHex.set(hex, text);
  return text;
}

/** Throws for text that is no principal (`parsePrincipal` does not). */
export const principalToBytes = (text: PrincipalText): Uint8Array => Principal.fromText(text).toUint8Array();

/** Bytes of a principal typed by a client, undefined when it is not one. */
export function parsePrincipal(text: string): Uint8Array | undefined {
  try {
    const bytes = principalToBytes(text);
    return bytes.length <= PRINCIPAL_BYTES_MAX ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The self-authenticating principal of a DER-encoded public key: SHA-224 and the byte 2. */
export function selfAuthenticating(derKey: Uint8Array): Uint8Array {
  return Uint8Array.from([...createHash('sha224').update(derKey).digest(), 2]);
}
