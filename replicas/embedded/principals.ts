/** Converts principals between the text of the replica port and the bytes of the System API. Both directions are cached. */
import { Principal } from '@icp-sdk/core/principal';
import type { PrincipalText } from '../replica.js';

export const MANAGEMENT_CANISTER: PrincipalText = 'aaaaa-aa';
export const ANONYMOUS: PrincipalText = '2vxsx-fae';
/** Maximum length of a principal in bytes. */
export const PRINCIPAL_BYTES_MAX = 29;

/** The caches are cleared at this size, because clients choose the principals. */
const CACHE_ENTRIES_MAX = 100_000;
const bytesByText = new Map<PrincipalText, Uint8Array>([[MANAGEMENT_CANISTER, new Uint8Array(0)]]);
const textByHex = new Map<string, PrincipalText>([['', MANAGEMENT_CANISTER]]);

/** The result is shared and must not be modified. @throws Error if `text` is not a principal */
export function principalToBytes(text: PrincipalText): Uint8Array {
  const known = bytesByText.get(text);
  if (known) return known;
  const bytes = Principal.fromText(text).toUint8Array();
  if (bytesByText.size >= CACHE_ENTRIES_MAX) bytesByText.clear();
  bytesByText.set(text, bytes);
  return bytes;
}

export function bytesToPrincipal(bytes: Uint8Array): PrincipalText {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const known = textByHex.get(hex);
  if (known !== undefined) return known;
  const text = Principal.fromUint8Array(bytes.slice()).toText();
  if (textByHex.size >= CACHE_ENTRIES_MAX) textByHex.clear();
  textByHex.set(hex, text);
  return text;
}

/** The id of the canister with this index: the index as 8 big-endian bytes, followed by 0x01 0x01. */
export function canisterIdFromIndex(index: bigint): PrincipalText {
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setBigUint64(0, index);
  bytes[8] = 1;
  bytes[9] = 1;
  return bytesToPrincipal(bytes);
}

/** The inverse of `canisterIdFromIndex`; `undefined` for principals that are not canister ids. */
export function canisterIndex(id: PrincipalText): bigint | undefined {
  const bytes = principalToBytes(id);
  if (bytes.length !== 10 || bytes[8] !== 1 || bytes[9] !== 1) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
}

/** Compares two principals in the order of the replica: the shorter one first, then by their bytes. */
export function comparePrincipals(a: PrincipalText, b: PrincipalText): number {
  const [left, right] = [principalToBytes(a), principalToBytes(b)];
  return left.length - right.length || Buffer.compare(left, right);
}
