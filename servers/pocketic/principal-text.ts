/** Parses the text of a principal with the server's error texts (IC interface specification, "Textual representation of principals"). */
import { crc32 } from 'node:zlib';
import { principalToText, PRINCIPAL_BYTES_MAX } from '../ic/principals.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS_PER_LETTER = 5;
const CHECKSUM_BYTES = 4;

/** Returns the bytes, or why the text is no principal. */
export function parsePrincipalText(text: string): Uint8Array | string {
  const bytes = decodeBase32(text.replaceAll('-', '').toUpperCase());
  if (!bytes) return 'Text must be in valid Base32 encoding.';
  if (bytes.length < CHECKSUM_BYTES) return 'Text is too short.';
  const data = bytes.slice(CHECKSUM_BYTES);
  if (data.length > PRINCIPAL_BYTES_MAX) return 'Text is too long.';
  if (crc32(data) !== new DataView(bytes.buffer).getUint32(0))
    return "CRC32 check sequence doesn't match with calculated from Principal bytes.";
  const expected = principalToText(data);
  return text.toLowerCase() === expected
    ? data
    : `Text should be separated by - (dash) every 5 characters: expected "${expected}"`;
}

/** Without padding. The bits after the last whole byte must be zero, and fewer than a letter has. */
function decodeBase32(letters: string): Uint8Array | undefined {
  let bits = '';
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    bits += value.toString(2).padStart(BITS_PER_LETTER, '0');
  }
  const length = Math.floor(bits.length / 8);
  const rest = bits.slice(length * 8);
  if (rest.length >= BITS_PER_LETTER || rest.includes('1')) return undefined;
  return Uint8Array.from({ length }, (_, index) => parseInt(bits.slice(index * 8, index * 8 + 8), 2));
}
