/** Writes the module of a mutant. */
import { ByteReader } from '../wasm/byte-reader.js';
import { codeSection } from '../wasm/code-section.js';
import { CodeWriter } from '../wasm/code-writer.js';
import type { DecodedModule } from '../wasm/module-decoder.js';
import { ExternalKind } from '../wasm/module-decoder.js';
import type { Mutant } from './find-mutants.js';

/** The module, which is plain, with the change of the mutant. Everything else keeps its bytes. */
export function applyMutant(module: DecodedModule, mutant: Mutant): Uint8Array {
  const { bytes, bodies, imports } = module;
  const place = mutant.function - imports.filter(({ kind }) => kind === ExternalKind.function).length;
  const [start, end] = bodies[place] ?? [0, 0];
  const code = codeSection(bytes);
  const sizeStart = bodies[place - 1]?.[1] ?? code.firstBody;
  const body = new CodeWriter(end - start + 64);
  const locals = writeLocals(body, bytes, { start, end, added: mutant.locals });
  body.copy(bytes, locals, mutant.start).append(mutant.bytes).copy(bytes, mutant.end, end);
  const content = new CodeWriter(code.end - code.start + 64);
  content.copy(bytes, code.start, sizeStart).u32(body.length).append(body.view()).copy(bytes, end, code.end);
  const out = new CodeWriter(bytes.length + 128);
  out
    .copy(bytes, 0, code.size)
    .u32(content.length)
    .append(content.view())
    .copy(bytes, code.end, bytes.length);
  return out.toBytes();
}

/** Writes the locals with further ones. Returns the offset of the first instruction in the module. */
function writeLocals(
  out: CodeWriter,
  bytes: Uint8Array,
  { start, end, added }: { readonly start: number; readonly end: number; readonly added: readonly number[] },
): number {
  const reader = new ByteReader(bytes, start, end);
  const groups = reader.u32();
  const first = reader.position;
  for (let group = 0; group < groups; group++) {
    reader.skipLeb128(5);
    reader.skip(1);
  }
  out.u32(groups + added.length).copy(bytes, first, reader.position);
  for (const type of added) out.u32(1).byte(type);
  return reader.position;
}
