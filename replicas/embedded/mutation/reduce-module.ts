/** A small module with the body of one function, for tools that normalise it. */
import { OP, PREAMBLE, SECTION } from '../wasm/binary-format.js';
import { ByteReader } from '../wasm/byte-reader.js';
import { CodeWriter } from '../wasm/code-writer.js';

const TRAP = [0, OP.unreachable, OP.end];
/** Sections that the body of a function may refer to, and the code. */
const KEPT: ReadonlySet<number> = new Set([
  ...[SECTION.type, SECTION.import, SECTION.function, SECTION.table, SECTION.memory, SECTION.global],
  ...[SECTION.export, SECTION.element, SECTION.dataCount, SECTION.code],
]);

/**
 * The module, which is plain and valid, with `unreachable` as the body of every other function, with empty data segments, and without
 * custom sections and its start function. `place` is the index among the functions that the module defines.
 */
export function reduceModule(bytes: Uint8Array, place: number): Uint8Array {
  const reader = new ByteReader(bytes, PREAMBLE.length);
  const out = new CodeWriter().raw(...PREAMBLE);
  let segments = 0;
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.slice(reader.u32());
    if (id === SECTION.data) segments = content.u32();
    if (!KEPT.has(id)) continue;
    out.byte(id).sized(() => {
      if (id === SECTION.code) writeCode(out, content, place);
      else out.copy(bytes, content.position, content.end);
    });
  }
  if (segments > 0) out.byte(SECTION.data).sized(() => writeEmptyData(out, segments));
  return out.toBytes();
}

function writeCode(out: CodeWriter, content: ByteReader, place: number): void {
  const count = content.u32();
  out.u32(count);
  for (let index = 0; index < count; index++) {
    const { bytes, position, end } = content.slice(content.u32());
    if (index === place) out.u32(end - position).copy(bytes, position, end);
    else out.u32(TRAP.length).raw(...TRAP);
  }
}

/** Passive segments without content. */
function writeEmptyData(out: CodeWriter, segments: number): void {
  out.u32(segments);
  for (let index = 0; index < segments; index++) out.u32(1).u32(0);
}
