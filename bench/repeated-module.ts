/** A module made large: every function many times over, the copies never called. As valid as the original. */
import { ByteReader } from '../replicas/embedded/wasm/byte-reader.js';
import { CodeWriter } from '../replicas/embedded/wasm/code-writer.js';

const HEADER_BYTES = 8;
const FUNCTION_SECTION = 3;
const CODE_SECTION = 10;

/** At least `bytes` long. */
export function repeatFunctions(wasm: Uint8Array, bytes: number): Uint8Array {
  const code = sectionsOf(wasm).find(({ id }) => id === CODE_SECTION);
  if (code === undefined) throw new Error('the module has no code to repeat');
  const times = 1 + Math.ceil((bytes - wasm.length) / code.content.length);
  const out = new CodeWriter(2 * bytes).copy(wasm, 0, HEADER_BYTES);
  for (const { id, content } of sectionsOf(wasm)) {
    const repeated = id === FUNCTION_SECTION || id === CODE_SECTION ? repeatVector(content, times) : content;
    out.byte(id).u32(repeated.length).append(repeated);
  }
  return out.toBytes();
}

function sectionsOf(wasm: Uint8Array): { readonly id: number; readonly content: Uint8Array }[] {
  const sections: { id: number; content: Uint8Array }[] = [];
  const reader = new ByteReader(wasm, HEADER_BYTES);
  while (!reader.done) sections.push({ id: reader.byte(), content: reader.take(reader.u32()) });
  return sections;
}

/** A vector with its items `times` times. */
function repeatVector(content: Uint8Array, times: number): Uint8Array {
  const reader = new ByteReader(content);
  const out = new CodeWriter(times * content.length).u32(reader.u32() * times);
  const items = content.subarray(reader.position);
  for (let copy = 0; copy < times; copy++) out.append(items);
  return out.view();
}
