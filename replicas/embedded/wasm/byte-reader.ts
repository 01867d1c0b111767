/** The bytes are not a wasm module. The message contains the reason and the offset. */
export class MalformedWasmError extends Error {
  override readonly name = 'MalformedWasmError';
}

const TEXT = new TextDecoder('utf-8', { fatal: true });

/**
 * A cursor over a wasm binary. Every method throws `MalformedWasmError` at the end of the input and for a malformed number.
 *
 * It has its own LEB128 decoder, because instrumentation decodes millions of numbers: `lebDecode` of `@icp-sdk/core/candid` returns
 * bigints and allocates for each byte.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    if (this.position >= this.end) this.fail('unexpected end');
    return this.bytes[this.position++]!;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.byte();
      if (shift === 28 && byte > 0x0f) this.fail('integer too large');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return this.fail('integer representation too long');
  }

  /** Signed LEB128 of 32 bits. */
  i32(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
      if (shift > 35) this.fail('integer representation too long');
    } while (byte >= 0x80);
    return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
  }

  /** Unsigned LEB128 of at most 64 bits. A value above 2^53 is rounded. */
  u64(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      if (shift === 63 && byte > 1) this.fail('integer too large');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return this.fail('integer representation too long');
  }

  /** Signed LEB128 of 64 bits. */
  i64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      if (shift === 63n && byte !== 0 && byte !== 0x7f) this.fail('integer too large');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
    return this.fail('integer representation too long');
  }

  /** Skips a signed or unsigned LEB128 number of at most `bytesMax` bytes. */
  skipLeb128(bytesMax: number): void {
    for (let count = 0; count < bytesMax; count++) {
      if (this.byte() < 0x80) return;
    }
    this.fail('integer representation too long');
  }

  skip(count: number): void {
    if (count > this.end - this.position) this.fail('unexpected end');
    this.position += count;
  }

  /** The next `count` bytes as a view. */
  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, this.position);
  }

  /** Skips the next `count` bytes and returns a reader for them. Its positions are relative to the whole input. */
  slice(count: number): ByteReader {
    const start = this.position;
    this.skip(count);
    return new ByteReader(this.bytes, start, this.position);
  }

  /** A string: its length in bytes, then UTF-8. */
  name(): string {
    const bytes = this.take(this.u32());
    try {
      return TEXT.decode(bytes);
    } catch {
      return this.fail('malformed UTF-8 encoding');
    }
  }

  fail(what: string): never {
    throw new MalformedWasmError(`${what} (at offset 0x${this.position.toString(16)})`);
  }
}
