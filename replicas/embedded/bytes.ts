/** Byte arrays: the empty one, concatenation, and hexadecimal text. */

export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Concatenates `parts`, whose lengths add up to `length`. A single part is returned as it is, not copied. */
export function concatBytes(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export const bytesToHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const hexToBytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
