/** Length of a section or body size, which is written after the content and padded to the longest LEB128 of 32 bits. */
const PADDED_SIZE_BYTES = 5;
const TEXT = new TextEncoder();
/** A temporary of at least this value is a global. Indices of locals and globals are smaller. */
export const GLOBAL_TEMPORARY = 2 ** 24;

/**
 * A growable buffer of wasm bytes. It has methods for the instructions that instrumentation emits most often. Their opcodes are
 * literals, because a lookup in `OP` for each instruction makes the instrumentation of a module about 2 % slower.
 */
export class CodeWriter {
  #bytes: Uint8Array;
  length = 0;

  constructor(capacity = 4_096) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** The bytes written so far as a view, which is valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** A copy of the bytes written so far. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  byte(value: number): this {
    if (this.length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.length++] = value;
    return this;
  }

  /** Writes single bytes: opcodes and one-byte immediates. */
  raw(...values: number[]): this {
    for (const value of values) this.byte(value);
    return this;
  }

  append(source: Uint8Array): this {
    return this.copy(source, 0, source.length);
  }

  /** Copies `source[start, end)`. */
  copy(source: Uint8Array, start: number, end: number): this {
    const count = end - start;
    if (count <= 0) return this;
    if (this.length + count > this.#bytes.length) this.#reserve(count);
    // A loop is faster than `set(subarray)` for the short runs between two rewritten instructions.
    if (count < 24) {
      for (let index = start; index < end; index++) this.#bytes[this.length++] = source[index]!;
    } else {
      this.#bytes.set(source.subarray(start, end), this.length);
      this.length += count;
    }
    return this;
  }

  /** Unsigned LEB128 of 32 bits. */
  u32(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of an integer within ±2^53. */
  signed(value: number): this {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = (rest - low) / 128;
      if ((rest === 0 && low < 64) || (rest === -1 && low >= 64)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  /** Signed LEB128 of any 64-bit integer. */
  bigSigned(value: bigint): this {
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  /** Writes a string: its length in bytes, then UTF-8. */
  name(text: string): this {
    const bytes = TEXT.encode(text);
    return this.u32(bytes.length).append(bytes);
  }

  /** Writes the output of `content`, preceded by its length in bytes. */
  sized(content: () => void): this {
    this.#reserve(PADDED_SIZE_BYTES);
    const at = this.length;
    this.length += PADDED_SIZE_BYTES;
    content();
    const size = this.length - at - PADDED_SIZE_BYTES;
    for (let index = 0; index < PADDED_SIZE_BYTES; index++) {
      const more = index < PADDED_SIZE_BYTES - 1 ? 0x80 : 0;
      this.#bytes[at + index] = ((size >>> (7 * index)) & 0x7f) | more;
    }
    return this;
  }

  localGet(index: number): this {
    return this.byte(0x20).u32(index);
  }
  localSet(index: number): this {
    return this.byte(0x21).u32(index);
  }
  localTee(index: number): this {
    return this.byte(0x22).u32(index);
  }
  globalGet(index: number): this {
    return this.byte(0x23).u32(index);
  }
  globalSet(index: number): this {
    return this.byte(0x24).u32(index);
  }
  /** Pushes a temporary: a local, or the injected global `temporary - GLOBAL_TEMPORARY`. */
  temporaryGet(temporary: number): this {
    return temporary < GLOBAL_TEMPORARY
      ? this.localGet(temporary)
      : this.globalGet(temporary - GLOBAL_TEMPORARY);
  }
  temporarySet(temporary: number): this {
    return temporary < GLOBAL_TEMPORARY
      ? this.localSet(temporary)
      : this.globalSet(temporary - GLOBAL_TEMPORARY);
  }
  temporaryTee(temporary: number): this {
    return temporary < GLOBAL_TEMPORARY
      ? this.localTee(temporary)
      : this.globalSet(temporary - GLOBAL_TEMPORARY).globalGet(temporary - GLOBAL_TEMPORARY);
  }
  i32Const(value: number): this {
    return this.byte(0x41).signed(value | 0);
  }
  i64Const(value: number): this {
    return this.byte(0x42).signed(value);
  }
  call(index: number): this {
    return this.byte(0x10).u32(index);
  }
  /** `if` without operands and results. */
  ifThen(): this {
    return this.raw(0x04, 0x40);
  }
  end(): this {
    return this.byte(0x0b);
  }
  /** A load or store opcode with its alignment (log2) and offset. */
  access(opcode: number, align: number, offset: number): this {
    return this.byte(opcode).u32(align).u32(offset);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}
