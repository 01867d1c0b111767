/** Small byte-string helpers shared by the codecs; labels, ids and keys are all compared as unsigned bytes. */
import { lebDecode, PipeArrayBuffer } from '@dfinity/candid';

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A copy that owns its buffer; `hex` must be well formed. */
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Negative, zero or positive: bytewise order, a prefix before what it is a prefix of. */
export const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Decodes one unsigned LEB128 number. Returns `undefined` unless `bytes` is exactly one number. */
export function readLeb128(bytes: Uint8Array): bigint | undefined {
  const last = bytes.findIndex((byte) => byte < 0x80);
  if (last < 0 || last !== bytes.length - 1) return undefined;
  // `PipeArrayBuffer` ignores the byte offset of a view, so it gets a copy.
  return lebDecode(new PipeArrayBuffer(Uint8Array.from(bytes)));
}
