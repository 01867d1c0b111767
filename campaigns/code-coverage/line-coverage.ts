/** How often the lines of the source were reached, if the module has debug information or a source map. */
import { relative } from 'node:path';
import { outcomeCounts, type FunctionCoverage } from '../../replicas/embedded/wasm/coverage-map.js';
import type { ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';
import type { DebugLines, LineRange } from '../../replicas/embedded/wasm/debug-lines.js';
import { unpackModule } from '../../replicas/embedded/wasm/unpack.js';
import { demangle } from '../../replicas/embedded/wasm/validator.js';
import type { CoveredFile } from '../../reports/documents/coverage-report.js';
import { sourceLines, type SourceMapPlaces } from '../source-lines/source-lines.js';

/** Sources of toolchains and libraries, which a user does not test. */
const FOREIGN = new RegExp(
  [
    // Rust
    ...['(^|/)(rustc|rustlib)/', 'cargo/registry/', '/library/(std|core|alloc)/'],
    // Motoko: the runtime system, what the compiler adds, and packages
    ...['^(rts\\.wasm|internals|prim|prelude)$', '(^|/)\\.(mops|vessel|node-motoko|cache/dfinity)/'],
  ].join('|'),
);

interface FileCounts {
  readonly lines: Map<number, number>;
  readonly functions: CoveredFile['functions'][number][];
  readonly branches: CoveredFile['branches'][number][];
}

/**
 * The files by path. Empty if the module names no sources.
 * @throws InputError if the source map that the user names is unusable
 */
export function coveredFiles(module: ModuleCounts, places: SourceMapPlaces = {}): readonly CoveredFile[] {
  const debug = sourceLines(unpackModule(module.uploaded), places);
  if (debug === undefined) return [];
  const files = new Map<number, FileCounts>();
  const fileOf = (index: number): FileCounts => {
    const known = files.get(index) ?? { lines: new Map<number, number>(), functions: [], branches: [] };
    files.set(index, known);
    return known;
  };
  for (const covered of module.map.functions) addFunction(covered, module, debug, fileOf);
  return [...files]
    .flatMap(([index, { lines, functions, branches }]) => {
      const path = debug.files[index] ?? '';
      if (path === '' || FOREIGN.test(path.replaceAll('\\', '/'))) return [];
      const counts = [...lines].map(([line, count]) => ({ line, count })).sort((a, b) => a.line - b.line);
      return [{ path: shownPath(path), lines: counts, functions, branches }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Relative to the working folder if it is inside, as viewers expect. */
function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path).replaceAll('\\', '/');
  return fromHere.startsWith('..') ? path : fromHere;
}

function addFunction(
  covered: FunctionCoverage,
  { counts, names }: ModuleCounts,
  { ranges }: DebugLines,
  fileOf: (index: number) => FileCounts,
): void {
  const { index, start, end, blocks, offsets, branches } = covered;
  const own = rangesWithin(ranges, start, end);
  const [first] = own;
  if (first === undefined) return;
  for (const range of own) {
    const { lines } = fileOf(range.file);
    const reached = Math.max(...blocksOf(range, offsets).map((place) => counts[blocks[place] ?? -1] ?? 0));
    lines.set(range.line, Math.max(lines.get(range.line) ?? 0, reached));
  }
  const name = names?.get(index);
  const calls = counts[blocks[0] ?? -1] ?? 0;
  const shownName = name === undefined ? (covered.exports[0] ?? `function ${index}`) : demangle(name);
  fileOf(first.file).functions.push({ name: shownName, line: first.line, calls });
  for (const branch of branches) {
    const at = own.findLast((range) => range.start <= branch.offset && branch.offset < range.end);
    if (at === undefined) continue;
    fileOf(at.file).branches.push({ line: at.line, outcomes: [...outcomeCounts(branch, counts)] });
  }
}

/** `ranges` is sorted by starts. */
function rangesWithin(ranges: readonly LineRange[], start: number, end: number): readonly LineRange[] {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  const own: LineRange[] = [];
  for (let range = ranges[low]; range !== undefined && range.start < end; range = ranges[++low])
    own.push(range);
  return own;
}

/** Places of the basic blocks that overlap with a range: the one in which it starts, and those that begin in it. */
function blocksOf({ start, end }: LineRange, offsets: readonly number[]): readonly number[] {
  const first = Math.max(
    0,
    offsets.findLastIndex((offset) => offset <= start),
  );
  const places = [first];
  for (let place = first + 1; place < offsets.length && (offsets[place] ?? end) < end; place++)
    places.push(place);
  return places;
}
