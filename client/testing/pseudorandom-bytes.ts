import { createHash } from 'node:crypto';

/** Bytes without a pattern, the same for the same seed: the output of SHAKE256. */
export function pseudorandomBytes(length: number, seed: string): Uint8Array {
  // OpenSSL refuses an output of 0 bytes.
  if (length === 0) return new Uint8Array();
  return Uint8Array.from(createHash('shake256', { outputLength: length }).update(seed).digest());
}
