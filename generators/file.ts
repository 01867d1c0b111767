import fc from 'fast-check';
import type { FileRecipe } from '../model/schedule.js';
import type { Profile } from './profile.js';

/**
 * A file, described by the number of chunks it fills and by how it ends. Its length in bytes follows from the chunk size, so both
 * can shrink independently.
 */
export interface FilePlan {
  readonly chunks: number;
  /**
   * The position of the end: on the border of a chunk, one byte before or after it, or inside the next chunk (1 to 999 permille).
   */
  readonly end: 'border' | 'before' | 'after' | number;
  /** Length in bytes; overrides `chunks` and `end`. */
  readonly bytes?: number;
  readonly content: FileRecipe['content'];
}

/** Uploads break at the borders of chunks, so three lengths in four are at one. */
const endArbitrary = fc.oneof(
  { weight: 2, arbitrary: fc.constant('border' as const) },
  { weight: 2, arbitrary: fc.constant('before' as const) },
  { weight: 2, arbitrary: fc.constant('after' as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 999 }) },
);

const contentArbitrary: fc.Arbitrary<FileRecipe['content']> = fc.oneof(
  { weight: 9, arbitrary: fc.nat(0x7fff_ffff).map((seed) => ({ kind: 'random' as const, seed })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'zero' as const }) },
);

/** One file in this many has one of the profile's fixed lengths, if the profile has any. */
const OWN_LENGTH_EVERY = 3;

export function fileArbitrary({
  chunks,
  fileBytes = [],
}: Pick<Profile, 'chunks' | 'fileBytes'>): fc.Arbitrary<FilePlan> {
  const cut = cutFileArbitrary(chunks);
  if (fileBytes.length === 0) return cut;
  const own = fc
    .tuple(fc.constantFrom(...fileBytes), cut)
    .map(([bytes, plan]): FilePlan => ({ ...plan, bytes }));
  return fc.oneof({ weight: OWN_LENGTH_EVERY - 1, arbitrary: cut }, { weight: 1, arbitrary: own });
}

function cutFileArbitrary(chunks: Profile['chunks']): fc.Arbitrary<FilePlan> {
  return fc.record(
    {
      chunks: fc.integer({ ...chunks }),
      end: fc.noShrink(endArbitrary),
      content: fc.noShrink(contentArbitrary),
    },
    { noNullPrototype: true },
  );
}

export function fileRecipe(
  { chunks, end, content, bytes: own }: FilePlan,
  name: string,
  chunkSize: number,
): FileRecipe {
  return { name, bytes: own ?? Math.max(0, chunks * chunkSize + offset(end, chunkSize)), content };
}

function offset(end: FilePlan['end'], chunkSize: number): number {
  if (end === 'border') return 0;
  if (end === 'before') return -1;
  if (end === 'after') return 1;
  return Math.floor((end * chunkSize) / 1000);
}
