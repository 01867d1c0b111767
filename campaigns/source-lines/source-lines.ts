/**
 * The source lines of the code of a module: from a source map that the user names, from its debug information (DWARF), or from the source
 * map that its section `sourceMappingURL` names. In a source map of a module, columns are offsets in the module, and there is one line.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { decodedMappings, TraceMap } from '@jridgewell/trace-mapping';
import { readInputFile } from '../../harness/files/input-file.js';
import { InputError } from '../../harness/input-error.js';
import { ByteReader } from '../../replicas/embedded/wasm/byte-reader.js';
import { debugLines, type DebugLines, type LineRange } from '../../replicas/embedded/wasm/debug-lines.js';
import { decodeModule, type DecodedModule } from '../../replicas/embedded/wasm/module-decoder.js';

/** Where to look for a source map. */
export interface SourceMapPlaces {
  /** Path of a source map that the user names; it comes before debug information. */
  readonly sourceMap?: string | undefined;
  /** Path of the module, from which `sourceMappingURL` starts; undefined if it has none. */
  readonly wasmPath?: string | undefined;
}

const SOURCE_MAP_BYTES_MAX = 256 * 2 ** 20;
const URL_SECTION = 'sourceMappingURL';

/**
 * `undefined` if the module, which is plain and valid, names no sources. A map that only the module names and that cannot be read is
 * ignored.
 * @throws InputError if the map that the user names is unusable
 */
export function sourceLines(
  module: Uint8Array,
  { sourceMap, wasmPath }: SourceMapPlaces,
): DebugLines | undefined {
  const decoded = decodeModule(module);
  if (sourceMap !== undefined) {
    const lines = linesOf(readSourceMap(sourceMap), decoded, dirname(sourceMap));
    if (lines !== undefined) return lines;
    throw new InputError(
      `--source-map ${sourceMap}: it maps no code of the module; pass the map of this build`,
    );
  }
  return debugLines(module) ?? linesOfUrl(decoded, wasmPath);
}

/** @throws InputError if the file is not a source map */
function readSourceMap(path: string): TraceMap {
  const bytes = readInputFile(path, { what: '--source-map', bytesMax: SOURCE_MAP_BYTES_MAX });
  try {
    return parseMap(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InputError(`--source-map ${path}: it is not a source map (${reason ?? ''})`);
  }
}

/** @throws Error if the text is not a source map */
function parseMap(bytes: Uint8Array): TraceMap {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const { version, sources } = (value ?? {}) as { readonly version?: unknown; readonly sources?: unknown };
  if (version !== 3) throw new Error('its version is not 3');
  if (!Array.isArray(sources)) throw new Error('it names no sources');
  const map = new TraceMap(value as ConstructorParameters<typeof TraceMap>[0]);
  decodedMappings(map);
  return map;
}

function linesOfUrl(module: DecodedModule, wasmPath: string | undefined): DebugLines | undefined {
  const section = module.customs.find(({ name }) => name === URL_SECTION);
  if (section === undefined) return undefined;
  try {
    const url = new ByteReader(section.content).name();
    const inline = /^data:application\/json[^,]*;base64,(.*)$/s.exec(url)?.[1];
    if (inline !== undefined) return linesOf(parseMap(Buffer.from(inline, 'base64')), module, '.');
    const isPath = wasmPath !== undefined && !/^[a-z]+:\/\//i.test(url);
    if (!isPath) return undefined;
    const path = isAbsolute(url) ? url : join(dirname(wasmPath), url);
    return linesOf(readSourceMap(path), module, dirname(path));
  } catch {
    return undefined;
  }
}

/** @param folder of the map, where its relative paths start if there is such a file */
function linesOf(map: TraceMap, module: DecodedModule, folder: string): DebugLines | undefined {
  const root = map.sourceRoot ?? '';
  const files = map.sources.map((source) => pathOf(join(root, source ?? ''), folder));
  const segments = decodedMappings(map)[0] ?? [];
  const ranges: LineRange[] = [];
  const bodies = [...module.bodies].sort(([a], [b]) => a - b);
  let body = 0;
  for (const [place, [start, file, line]] of segments.entries()) {
    if (file === undefined || line === undefined) continue;
    while (body < bodies.length && (bodies[body]?.[1] ?? 0) <= start) body++;
    const [bodyStart = Infinity, bodyEnd = 0] = bodies[body] ?? [];
    if (start < bodyStart) continue;
    const end = Math.min(segments[place + 1]?.[0] ?? bodyEnd, bodyEnd);
    if (end > start) ranges.push({ start, end, file, line: line + 1 });
  }
  return ranges.length === 0 ? undefined : { files, ranges };
}

/** Compilers name sources from the folder in which they run, or from the folder of the map. */
function pathOf(source: string, folder: string): string {
  const fromMap = join(folder, source);
  return !isAbsolute(source) && existsSync(fromMap) ? fromMap : source;
}
