/** The source lines of a module, from its debug information (DWARF). */
import { NativeModule } from '../native/native-module.js';
import { codeSection } from './code-section.js';

/** Code from one offset of the module to another that comes from one source line. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
  /** Index in `files`. */
  readonly file: number;
  /** From 1. */
  readonly line: number;
}

export interface DebugLines {
  /** Paths as the compiler saw them. */
  readonly files: readonly string[];
  /** In ascending order of their starts. */
  readonly ranges: readonly LineRange[];
}

const NO_FILE = 0xffff_ffff;
const FIELDS = 3;
const native = new NativeModule('debug-lines');
const decoder = new TextDecoder();

/** `undefined` if the module, which is plain and valid, has no debug information that can be read. */
export function debugLines(module: Uint8Array): DebugLines | undefined {
  if (!WebAssembly.validate(module as Uint8Array<ArrayBuffer>)) return undefined;
  const { status, bytes } = native.call('lines', [module]);
  native.release();
  if (status !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  const number = () => {
    const value = view.getUint32(position, true);
    position += 4;
    return value;
  };
  const files = Array.from({ length: number() }, () => {
    const length = number();
    position += length;
    return decoder.decode(bytes.subarray(position - length, position));
  });
  const rows: (readonly [address: number, file: number, line: number])[] = [];
  while (position + 4 * FIELDS <= bytes.length) rows.push([number(), number(), number()]);
  return rows.length === 0 ? undefined : { files, ranges: rangesOf(rows, codeSection(module).start) };
}

/** The source line of the code at an offset of the module, as `path:line`. */
export function locationAt({ files, ranges }: DebugLines, offset: number): string | undefined {
  const range = ranges.findLast(({ start, end }) => start <= offset && offset < end);
  return range === undefined ? undefined : `${files[range.file] ?? ''}:${range.line}`;
}

/** A row reaches to the next row of its sequence. The last row of a sequence has no file. */
function rangesOf(
  rows: readonly (readonly [address: number, file: number, line: number])[],
  codeStart: number,
): readonly LineRange[] {
  const ranges = rows.flatMap(([address, file, line], place) => {
    const [next = address] = rows[place + 1] ?? [];
    const isEmpty = file === NO_FILE || next <= address;
    return isEmpty ? [] : [{ start: codeStart + address, end: codeStart + next, file, line }];
  });
  return ranges.sort((a, b) => a.start - b.start);
}
