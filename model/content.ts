/**
 * The bytes of a `FileRecipe`. They are the same on every machine and in every run, and readable at any offset. The interpreter sends
 * these bytes and the model reasons about them; neither stores them.
 *
 * Random bytes come in blocks of 4,096 B, each from its own generator with a seed of (seed, block number), so that the cost of a slice
 * depends on its length only. Two random files with the same seed share their common prefix.
 */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { ChunkData, FileRecipe, HashArgument } from './schedule.js';

/** Reads bytes `start` to `end` (exclusive) of a `path` recipe's file. Throws if the file is shorter. */
export type FileReader = (path: string, start: number, end: number) => Uint8Array;

export interface FileContent {
  /** Length in bytes. */
  readonly bytes: number;
  /** Bytes `start` to `end` (exclusive), both clamped to the file, in a buffer of their own. */
  slice(start: number, end: number): Uint8Array;
  /**
   * SHA-256 of the whole, 32 bytes in a buffer of their own.
   * @throws Error (one line) if a `path` file no longer has the hash in its recipe
   */
  sha256(): Uint8Array;
}

const BLOCK_BYTES = 4096;
const BLOCK_WORDS = BLOCK_BYTES / 4;
/** Enough for every file of a schedule; an entry has 32 B. */
const HASH_CACHE_ENTRIES_MAX = 256;
const HASH_STEP_BYTES = 256 * 1024;
const IS_BIG_ENDIAN = endianness() === 'BE';

const hashCache = new Map<string, Uint8Array>();
const scratchWords = new Uint32Array(BLOCK_WORDS);
const scratchBytes = new Uint8Array(scratchWords.buffer);

/** @param reader needed for `path` recipes only; without it, reading their bytes throws */
export function contentOf(recipe: FileRecipe, reader?: FileReader): FileContent {
  const { content, bytes } = recipe;
  const sliceOf = (start: number, end: number): Uint8Array => {
    const from = clamp(start, 0, bytes);
    const to = clamp(end, from, bytes);
    switch (content.kind) {
      case 'zero':
        return new Uint8Array(to - from);
      case 'random':
        return randomSlice(content.seed, from, to);
      case 'path':
        if (reader === undefined)
          throw new Error(`the file ${content.path} cannot be read: no file reader was given`);
        return new Uint8Array(reader(content.path, from, to));
    }
  };
  return { bytes, slice: sliceOf, sha256: () => new Uint8Array(cachedSha256(recipe, sliceOf)) };
}

/** Number of chunks of a file of `bytes` bytes; 0 for an empty one. */
export function chunkCount(bytes: number, chunkSize: number): number {
  return Math.ceil(bytes / chunkSize);
}

/** Half-open byte range of a chunk in its file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The range of the right bytes of a chunk. An index past the end is taken modulo the number of chunks, so that a put there carries real
 * data and only its index is wrong. Empty for an empty file.
 */
export function chunkRange(bytes: number, chunkSize: number, index: number): ByteRange {
  const count = chunkCount(bytes, chunkSize);
  if (count === 0) return { start: 0, end: 0 };
  const start = (index % count) * chunkSize;
  return { start, end: Math.min(start + chunkSize, bytes) };
}

/** The position of the wrong byte in a `flipped` chunk of `length` bytes; `undefined` for other data and for an empty chunk. */
export function flipPosition(data: ChunkData, length: number): number | undefined {
  return data.kind === 'flipped' && length > 0 ? Math.abs(Math.trunc(data.at)) % length : undefined;
}

/** Number of bytes that a put of `data` at `index` sends. */
export function chunkLengthSent(bytes: number, chunkSize: number, index: number, data: ChunkData): number {
  const { start, end } = chunkRange(bytes, chunkSize, data.kind === 'of-index' ? data.index : index);
  if (data.kind === 'empty') return 0;
  if (data.kind === 'long') return end - start + 1;
  return data.kind === 'short' ? Math.max(0, end - start - 1) : end - start;
}

/** The bytes that a put of `data` at `index` sends, in a buffer of their own. */
export function chunkBytes(
  content: FileContent,
  chunkSize: number,
  index: number,
  data: ChunkData,
): Uint8Array {
  const { start, end } = chunkRange(content.bytes, chunkSize, data.kind === 'of-index' ? data.index : index);
  switch (data.kind) {
    case 'empty':
      return new Uint8Array(0);
    case 'short':
      return content.slice(start, Math.max(start, end - 1));
    case 'long': {
      const longer = new Uint8Array(end - start + 1);
      longer.set(content.slice(start, end));
      // Never the next byte of the file, because the put would then be right where the client addresses bytes.
      const [next] = content.slice(end, Math.min(end + 1, content.bytes));
      longer[end - start] = next === 0 ? 1 : 0;
      return longer;
    }
    case 'right':
    case 'of-index':
      return content.slice(start, end);
    case 'flipped': {
      const flipped = content.slice(start, end);
      const at = flipPosition(data, flipped.length);
      if (at !== undefined) flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      return flipped;
    }
  }
}

/** The `expected_chunks` argument of `begin`: the right number plus `off`, never below 0. */
export function expectedChunksArgument(bytes: number, chunkSize: number, off = 0): number {
  return Math.max(0, chunkCount(bytes, chunkSize) + off);
}

/** The `total_len` argument of `finish`: the right length plus `off`, never below 0. */
export function totalLengthArgument(bytes: number, off: number): number {
  return Math.max(0, bytes + off);
}

/** The file whose hash the argument `other-file` sends: the next file of the schedule, or the file itself if it is the only one. */
export function otherFileIndex(files: readonly FileRecipe[], file: number): number {
  return (file + 1) % files.length;
}

/**
 * The hash argument of `finish`. `flipped` has a wrong last bit, which a comparison of the first bytes misses. `short` lacks its last
 * byte. `empty` has no bytes. `other-file` is the hash of the next file of the schedule.
 */
export function hashArgumentBytes(
  files: readonly FileRecipe[],
  file: number,
  hash: HashArgument,
  reader?: FileReader,
): Uint8Array {
  const recipe = files[hash === 'other-file' ? otherFileIndex(files, file) : file];
  if (recipe === undefined) throw new Error(`the schedule has no file ${file}`);
  if (hash === 'empty') return new Uint8Array(0);
  const digest = contentOf(recipe, reader).sha256();
  if (hash === 'short') return digest.slice(0, 31);
  if (hash === 'flipped') digest[31] = (digest[31] ?? 0) ^ 1;
  return digest;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function cachedSha256(recipe: FileRecipe, slice: FileContent['slice']): Uint8Array {
  const key = hashCacheKey(recipe);
  const cached = hashCache.get(key);
  if (cached !== undefined) return cached;
  const hash = createHash('sha256');
  for (let start = 0; start < recipe.bytes; start += HASH_STEP_BYTES)
    hash.update(slice(start, start + HASH_STEP_BYTES));
  const digest = new Uint8Array(hash.digest());
  if (recipe.content.kind === 'path' && recipe.content.sha256 !== Buffer.from(digest).toString('hex')) {
    throw new Error(
      `the file ${recipe.content.path} has changed: its SHA-256 is not ${recipe.content.sha256}`,
    );
  }
  const oldest = hashCache.size >= HASH_CACHE_ENTRIES_MAX ? hashCache.keys().next().value : undefined;
  if (oldest !== undefined) hashCache.delete(oldest);
  hashCache.set(key, digest);
  return digest;
}

function hashCacheKey({ content, bytes }: FileRecipe): string {
  if (content.kind === 'zero') return `zero ${bytes}`;
  return content.kind === 'random'
    ? `random ${bytes} ${content.seed}`
    : `path ${bytes} ${content.sha256} ${content.path}`;
}

function randomSlice(seed: number, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start);
  for (let position = start; position < end;) {
    const block = Math.floor(position / BLOCK_BYTES);
    const skipped = position - block * BLOCK_BYTES;
    const taken = Math.min(BLOCK_BYTES - skipped, end - position);
    fillBlock(seed, block, Math.ceil((skipped + taken) / 4));
    out.set(scratchBytes.subarray(skipped, skipped + taken), position - start);
    position += taken;
  }
  return out;
}

/**
 * Writes the first `words` words of a block to the scratch buffer: sfc32 (Chris Doty-Humphrey, PractRand), seeded with the two halves of
 * the seed and the block number, after the author's 12 warm-up rounds.
 */
function fillBlock(seed: number, block: number, words: number): void {
  let a = seed | 0;
  let b = Math.floor(seed / 0x1_0000_0000) | 0;
  let c = block | 0;
  let counter = 1;
  for (let round = -12; round < words; round++) {
    const word = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    if (round >= 0) scratchWords[round] = word;
  }
  if (IS_BIG_ENDIAN) Buffer.from(scratchWords.buffer).swap32();
}
