/**
 * Decides whether contents are equal. The model holds no bytes: it describes a chunk by the origin of its bytes. Two descriptions can
 * mean the same bytes (files of zeros, equal seeds, chunks of one byte); then the oracle compares bytes.
 */
import { type FileReader, chunkRange, contentOf, flipPosition } from './content.js';
import type { ChunkData, FileRecipe } from './schedule.js';

/** Bytes `start` to `end` (exclusive) of a source. The byte at `flip`, counted from `start`, is inverted; −1: none is. */
export interface ChunkRef {
  /** Files share a source if their bytes are equal or one is a prefix of the other. */
  readonly source: number;
  readonly start: number;
  readonly end: number;
  readonly flip: number;
}

export interface ContentOracle {
  readonly files: readonly FileRecipe[];
  /** The bytes that a put of `data` at `index` sends, for data with the length of a chunk (`right`, `flipped`, `of-index`). */
  chunkRef(file: number, chunkSize: number, index: number, data: ChunkData): ChunkRef;
  /** Whether the bytes are equal. */
  isSameChunk(a: ChunkRef, b: ChunkRef): boolean;
  /** Whether the files at these indices have equal bytes. */
  isSameFile(a: number, b: number): boolean;
  /** SHA-256 of a file as lower-case hex. */
  sha256(file: number): string;
}

const COMPARED_AT_ONCE_BYTES = 4096;

export function createContentOracle(files: readonly FileRecipe[], reader?: FileReader): ContentOracle {
  const sources = new Map<string, number>();
  const sourceOfFile = files.map((file) => {
    const key = sourceKey(file);
    const known = sources.get(key) ?? sources.size;
    sources.set(key, known);
    return known;
  });
  const longestOfSource = new Map<number, FileRecipe>();
  files.forEach((file, index) => {
    const source = sourceOfFile[index] ?? -1;
    if (file.bytes >= (longestOfSource.get(source)?.bytes ?? 0)) longestOfSource.set(source, file);
  });

  const bytesOf = ({ source, start, flip }: ChunkRef, from: number, to: number): Uint8Array => {
    const recipe = longestOfSource.get(source);
    if (recipe === undefined) throw new Error(`no file has the source ${source}`);
    const bytes = contentOf(recipe, reader).slice(start + from, start + to);
    if (flip >= from && flip < to) bytes[flip - from] = (bytes[flip - from] ?? 0) ^ 0xff;
    return bytes;
  };

  const isSameChunk = (a: ChunkRef, b: ChunkRef): boolean => {
    const length = a.end - a.start;
    if (length !== b.end - b.start) return false;
    if (a.source === b.source && (a.start === b.start || isZeros(longestOfSource.get(a.source))))
      return a.flip === b.flip;
    for (let from = 0; from < length; from += COMPARED_AT_ONCE_BYTES) {
      const to = Math.min(from + COMPARED_AT_ONCE_BYTES, length);
      if (Buffer.compare(bytesOf(a, from, to), bytesOf(b, from, to)) !== 0) return false;
    }
    return true;
  };

  const whole = (file: number): ChunkRef => ({
    source: sourceOfFile[file] ?? -1,
    start: 0,
    end: fileAt(files, file).bytes,
    flip: -1,
  });

  return {
    files,
    chunkRef(file, chunkSize, index, data) {
      const at = data.kind === 'of-index' ? data.index : index;
      const { start, end } = chunkRange(fileAt(files, file).bytes, chunkSize, at);
      return { source: sourceOfFile[file] ?? -1, start, end, flip: flipPosition(data, end - start) ?? -1 };
    },
    isSameChunk,
    isSameFile: (a, b) => a === b || isSameChunk(whole(a), whole(b)),
    sha256: (file) => Buffer.from(contentOf(fileAt(files, file), reader).sha256()).toString('hex'),
  };
}

/** @throws Error if the schedule has no file at `index` */
export function fileAt(files: readonly FileRecipe[], index: number): FileRecipe {
  const file = files[index];
  if (file === undefined) throw new Error(`the schedule has ${files.length} files, none at index ${index}`);
  return file;
}

function sourceKey({ content }: FileRecipe): string {
  if (content.kind === 'zero') return 'zero';
  return content.kind === 'random' ? `random ${content.seed}` : `path ${content.sha256} ${content.path}`;
}

function isZeros(recipe: FileRecipe | undefined): boolean {
  return recipe?.content.kind === 'zero';
}
