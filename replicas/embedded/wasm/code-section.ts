/** Where the code section of a module is. */
import { PREAMBLE, SECTION } from './binary-format.js';
import { ByteReader } from './byte-reader.js';

export interface CodeSection {
  /** Offset of the size of the section. */
  readonly size: number;
  /** Offsets of the content. */
  readonly start: number;
  readonly end: number;
  /** Offset of the size of the first body. */
  readonly firstBody: number;
}

/** @throws MalformedWasmError if the module has no code section */
export function codeSection(bytes: Uint8Array): CodeSection {
  const reader = new ByteReader(bytes, PREAMBLE.length);
  while (!reader.done) {
    const id = reader.byte();
    const size = reader.position;
    const section = reader.slice(reader.u32());
    if (id !== SECTION.code) continue;
    const { position: start, end } = section;
    section.u32();
    return { size, start, end, firstBody: section.position };
  }
  return reader.fail('there is no code section');
}
