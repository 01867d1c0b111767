/** Helpers for byte strings. Labels, ids, and keys are compared as unsigned bytes. */
import { lebDecode, PipeArrayBuffer } from '@icp-sdk/core/candid';

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The result owns its buffer. `hex` must be well-formed. */
export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Compares bytewise, a prefix before a longer string. Returns a negative number, 0, or a positive number. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Decodes one unsigned LEB128 number. Returns `undefined` unless `bytes` is exactly one number. */
export function readLeb128(bytes: Uint8Array): bigint | undefined {
  const last = bytes.findIndex((byte) => byte < 0x80);
  if (last < 0 || last !== bytes.length - 1) return undefined;
  // `PipeArrayBuffer` ignores the byte offset of a view, so it gets a copy.
  return lebDecode(new PipeArrayBuffer(Uint8Array.from(bytes)));
}
