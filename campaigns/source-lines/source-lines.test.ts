import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { encodedMappings, TraceMap, type SourceMapSegment } from '@jridgewell/trace-mapping';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../harness/input-error.js';
import { debugLines } from '../../replicas/embedded/wasm/debug-lines.js';
import { decodeModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { assemble } from '../../replicas/embedded/wasm/testing/assemble.js';
import { sourceLines } from './source-lines.js';

const LINES = new URL('../../replicas/embedded/testing/debug-lines/lines.wasm', import.meta.url);
const plain = assemble('(module (func nop) (func nop nop))');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-map-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function mapText(sources: readonly string[], segments: readonly SourceMapSegment[]): string {
  const decoded = { version: 3 as const, names: [], sources: [...sources], mappings: [[...segments]] };
  return JSON.stringify({ ...decoded, mappings: encodedMappings(new TraceMap(decoded)) });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The module with a section `sourceMappingURL`. Each length fits in one byte. */
function naming(url: string, module: Uint8Array = plain): Uint8Array {
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  const content = [...text('sourceMappingURL'), ...text(url)];
  return Uint8Array.from([...module, 0, content.length, ...content]);
}

/** Offsets of the first instructions of the two functions of the module. */
function starts(): readonly [number, number] {
  const [first, second] = decodeModule(plain).bodies.map(([start]) => start + 1);
  if (first === undefined || second === undefined) throw new Error('the module has two functions');
  return [first, second];
}

describe('a source map of a module', () => {
  it('gives the same lines as the debug information from which it was made', () => {
    const module = new Uint8Array(readFileSync(LINES));
    const debug = debugLines(module);
    if (debug === undefined) throw new Error('the module has debug information');
    const segments = debug.ranges.flatMap(({ start, end, file: source, line }, place) => {
      const segment: SourceMapSegment[] = [[start, source, line - 1, 0]];
      // Code that belongs to no line.
      return debug.ranges[place + 1]?.start === end ? segment : [...segment, [end] as const];
    });
    const sourceMap = file('lines.map', mapText(debug.files, segments as SourceMapSegment[]));
    expect(debug.ranges.length).toBeGreaterThan(10);
    const files = debug.files.map((path) => normalize(path));
    expect(sourceLines(module, { sourceMap })).toEqual({ ...debug, files });
  });

  it('ends a line at the end of its function', () => {
    const [first, second] = starts();
    const sourceMap = file('end.map', mapText(['a.mo'], [[first, 0, 4, 0]]));
    const [range, ...more] = sourceLines(plain, { sourceMap })?.ranges ?? [];
    expect(range).toMatchObject({ start: first, line: 5 });
    expect(range?.end).toBeLessThan(second);
    expect(more).toEqual([]);
  });

  it('is found by the section of the module, from the folder of the module or in the section itself', () => {
    const [first] = starts();
    const text = mapText(['a.mo'], [[first, 0, 0, 0]]);
    file('named.map', text);
    const wasmPath = join(folder, 'module.wasm');
    expect(sourceLines(naming('named.map'), { wasmPath })?.files).toEqual(['a.mo']);
    const inline = `data:application/json;base64,${Buffer.from(mapText(['b'], [[first, 0, 0, 0]])).toString('base64')}`;
    expect(inline.length).toBeLessThan(110);
    expect(sourceLines(naming(inline), {})?.files).toEqual(['b']);
  });

  it('names sources from its folder, if they are there', () => {
    const [first, second] = starts();
    const here = file('here.mo', '');
    const segments = [
      [first, 0, 0, 0],
      [second, 1, 0, 0],
    ] as SourceMapSegment[];
    const sourceMap = file('folder.map', mapText(['here.mo', 'src/there.mo'], segments));
    expect(sourceLines(plain, { sourceMap })?.files).toEqual([here, 'src/there.mo']);
  });

  it('is ignored if only the module names it, and it cannot be read', () => {
    const wasmPath = join(folder, 'module.wasm');
    file('damaged.map', '{');
    for (const url of ['missing.map', 'damaged.map', 'https://example.com/a.map'])
      expect(sourceLines(naming(url), { wasmPath })).toBe(undefined);
  });

  it('is refused in one line if the user names it, and it is no map of the module', () => {
    const refused = (name: string, text: string) => () => sourceLines(plain, { sourceMap: file(name, text) });
    for (const [name, text, line] of [
      ['text.map', 'no map', /text\.map: it is not a source map \(/],
      ['old.map', '{"version":2}', /old\.map: it is not a source map \(its version is not 3\)$/],
      ['none.map', '{"version":3}', /none\.map: it is not a source map \(it names no sources\)$/],
      [
        'other.map',
        mapText(['a'], [[9_999_999, 0, 0, 0]]),
        /other\.map: it maps no code of the module; pass /,
      ],
    ] as const) {
      expect(refused(name, text)).toThrow(line);
      expect(refused(name, text)).toThrow(InputError);
    }
    expect(() => sourceLines(plain, { sourceMap: join(folder, 'nix') })).toThrow(/nix: it does not exist$/);
  });
});
