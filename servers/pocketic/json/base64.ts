/** Base64 with the errors of the crate `base64` 0.13 (standard alphabet, padding optional), which are part of the recorded answers. */

const BLOCK = 8;
const QUAD = 4;
const PAD = 0x3d;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Returns the bytes, which own their buffer, or as a string why the text is not base64. */
export function decodeBase64(text: string): Uint8Array | string {
  const problem = problemOf(text);
  return problem ?? new Uint8Array(Buffer.from(text, 'base64'));
}

function problemOf(text: string): string | undefined {
  // A search for one wrong character. A pattern for the whole text would overflow the matcher on payloads of megabytes.
  const body =
    text.length % BLOCK === 0 ? Math.max(0, text.length - BLOCK) : text.length - (text.length % BLOCK);
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length !== text.length) return wrongByte(bytes, 0, bytes.length);
  const remainder = bytes.length % BLOCK;
  if (remainder === 1 || remainder === 5) {
    const last = bytes.at(-1);
    const isKnown = last === PAD || isSymbol(last);
    return isKnown ? 'Encoded text cannot have a 6-bit remainder.' : invalidByte(bytes, bytes.length - 1);
  }
  if (/[^A-Za-z0-9+/]/.test(text.slice(0, body))) return wrongByte(bytes, 0, body);
  return lastBlockProblem(bytes, body);
}

function lastBlockProblem(bytes: Uint8Array, start: number): string | undefined {
  let padding: number | undefined;
  let symbols = 0;
  for (let index = start; index < bytes.length; index++) {
    const position = index - start;
    if (bytes[index] === PAD) {
      if (position % QUAD < 2) return invalidByte(bytes, padding ?? index);
      padding ??= index;
    } else if (padding !== undefined) return invalidByte(bytes, padding);
    else if (!isSymbol(bytes[index])) return invalidByte(bytes, index);
    else symbols += 1;
  }
  const last = start + symbols - 1;
  const unusedBits = (symbols % QUAD) * 6 - Math.floor(((symbols % QUAD) * 6) / BLOCK) * BLOCK;
  const value = ALPHABET.indexOf(String.fromCharCode(bytes[last] ?? 0));
  if (unusedBits > 0 && value % 2 ** unusedBits !== 0)
    return `Invalid last symbol ${bytes[last]}, offset ${last}.`;
  return undefined;
}

function isSymbol(byte: number | undefined): boolean {
  return byte !== undefined && ALPHABET.includes(String.fromCharCode(byte));
}

function wrongByte(bytes: Uint8Array, from: number, to: number): string {
  for (let index = from; index < to; index++) if (!isSymbol(bytes[index])) return invalidByte(bytes, index);
  return 'Encoded text cannot have a 6-bit remainder.';
}

function invalidByte(bytes: Uint8Array, index: number): string {
  return `Invalid byte ${bytes[index]}, offset ${index}.`;
}
