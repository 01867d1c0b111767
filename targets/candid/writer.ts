/**
 * Writes Candid values after a type header that is computed once. `IDL.encode` builds the type table on every call: 265 µs for an asset
 * record and 18 µs for a small chunk, which is more than the embedded engine needs to execute the call.
 */
import { IDL, idlLabelToId } from '@icp-sdk/core/candid';

const text = new TextEncoder();

/** Appends Candid values to a growing buffer. `take` returns the bytes in a buffer of their own. */
export class CandidWriter {
  #buffer = new Uint8Array(512);
  #length = 0;

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  /** Unsigned LEB128 of a safe integer: lengths, variant indices. */
  leb128(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  nat32(value: number): this {
    return this.byte(value & 0xff)
      .byte((value >>> 8) & 0xff)
      .byte((value >>> 16) & 0xff)
      .byte(value >>> 24);
  }

  /** @param value a safe integer, or a bigint below 2^64 */
  nat64(value: number | bigint): this {
    const big = BigInt(value);
    return this.nat32(Number(big & 0xffff_ffffn)).nat32(Number((big >> 32n) & 0xffff_ffffn));
  }

  text(value: string): this {
    return this.blob(text.encode(value));
  }

  blob(value: Uint8Array): this {
    return this.leb128(value.length).raw(value);
  }

  take(): Uint8Array {
    const bytes = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    // A chunk of 1.8 MB must not leave a buffer of that size with every writer.
    if (this.#buffer.length > 65_536) this.#buffer = new Uint8Array(512);
    return bytes;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

export type WriteValues<A> = (writer: CandidWriter, value: A) => void;

/**
 * An encoder for arguments of these types. `write` writes the values without the header. The constructor compares its output with
 * `IDL.encode` for the sample, which detects a wrong order of fields.
 *
 * @throws Error if `write` and the types disagree
 */
export function createEncoder<A>(
  types: readonly IDL.Type[],
  write: WriteValues<A>,
  sample: { readonly value: A; readonly candid: readonly unknown[] },
): (value: A) => Uint8Array {
  const writer = new CandidWriter();
  const whole = Uint8Array.from(IDL.encode([...types], [...sample.candid]));
  write(writer, sample.value);
  const values = writer.take();
  const header = whole.slice(0, whole.length - values.length);
  const tail = whole.subarray(header.length);
  if (tail.length !== values.length || tail.some((byte, i) => byte !== values[i])) {
    throw new Error(
      `the Candid writer disagrees with its types (${types.map((type) => type.name).join(', ')})`,
    );
  }
  return (value) => {
    writer.raw(header);
    write(writer, value);
    return writer.take();
  };
}

/** Writes the fields of a record in Candid's order, by the hash of their names. */
export function recordWriter<A>(fields: Readonly<Record<string, WriteValues<A>>>): WriteValues<A> {
  const ordered = Object.entries(fields)
    .sort(([a], [b]) => idlLabelToId(a) - idlLabelToId(b))
    .map(([, write]) => write);
  return (writer, value) => {
    for (const write of ordered) write(writer, value);
  };
}
