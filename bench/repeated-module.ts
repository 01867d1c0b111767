/** A module made large: every function many times over, the copies never called. As valid as the original. */

const HEADER_BYTES = 8;
const FUNCTION_SECTION = 3;
const CODE_SECTION = 10;

/** At least `bytes` long. */
export function repeatFunctions(wasm: Uint8Array, bytes: number): Uint8Array {
  const code = sectionsOf(wasm).find(({ id }) => id === CODE_SECTION);
  if (code === undefined) throw new Error('the module has no code to repeat');
  const times = 1 + Math.ceil((bytes - wasm.length) / code.content.length);
  const parts: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)];
  for (const { id, content } of sectionsOf(wasm)) {
    const repeated = id === FUNCTION_SECTION || id === CODE_SECTION ? repeatVector(content, times) : content;
    parts.push(Uint8Array.of(id, ...leb128(repeated.length)), repeated);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function sectionsOf(wasm: Uint8Array): { readonly id: number; readonly content: Uint8Array }[] {
  const sections: { id: number; content: Uint8Array }[] = [];
  for (let at = HEADER_BYTES; at < wasm.length;) {
    const id = wasm[at]!;
    const [size, start] = readLeb128(wasm, at + 1);
    sections.push({ id, content: wasm.subarray(start, start + size) });
    at = start + size;
  }
  return sections;
}

/** A vector with its items `times` times. */
function repeatVector(content: Uint8Array, times: number): Uint8Array {
  const [count, start] = readLeb128(content, 0);
  const items = content.subarray(start);
  return new Uint8Array(
    Buffer.concat([Uint8Array.from(leb128(count * times)), ...Array.from({ length: times }, () => items)]),
  );
}

/** Value and the index after it. */
function readLeb128(bytes: Uint8Array, from: number): [value: number, next: number] {
  let value = 0;
  for (let at = from, weight = 1; ; at++, weight *= 128) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * weight;
    if (byte < 0x80) return [value, at + 1];
  }
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 0x80, ...leb128(Math.floor(value / 128))];
}
