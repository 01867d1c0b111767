/** Gives each upload of a schedule its label, caller, file, and key. Some uploads share these on purpose. */
import type { FileRecipe, Limits } from '../model/schedule.js';
import type { CallRules } from './call-rules.js';
import type { Features } from './features.js';
import { fileRecipe } from './file.js';
import { pick } from './pick.js';
import type { UploadContext, UploadPlan } from './upload.js';

/** Session labels are `A` to `Z`, then `A2`, and so on. */
export function sessionLabelAt(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26) + 1}`;
}

type Trait = 'sharedName' | 'sharedKey' | 'sharedFile' | 'sparse';

/** The position of the two bits of an upload's `shares` that decide about each trait. */
const TRAIT_BITS: Readonly<Record<Trait, number>> = { sharedName: 2, sharedKey: 4, sharedFile: 6, sparse: 8 };

/** Numbers of chunks around those where a one-byte counter wraps. */
const SPARSE_CHUNKS = [257, 256, 300, 512] as const;
/** A file with this number of chunks is sparse. */
export const SPARSE_CHUNKS_MIN = 256;
/** In bytes. With larger chunks, a sparse file would take long to hash. */
const SPARSE_CHUNK_SIZE_MAX = 1_024;

export interface UploadContextOptions {
  readonly uploads: readonly UploadPlan[];
  readonly features: Features;
  readonly callers: number;
  readonly limits: Limits;
  /** In bytes. */
  readonly chunkSize: number;
  /** Absent: every call is permitted. */
  readonly rules?: CallRules | undefined;
  /** Files of lanes that come before the uploads, one per lane. */
  readonly filesBefore: readonly FileRecipe[];
}

/** The contexts of the uploads, and the files of the schedule. */
export function uploadContexts({
  uploads,
  features,
  callers,
  limits,
  chunkSize,
  filesBefore,
  rules,
}: UploadContextOptions): { readonly contexts: readonly UploadContext[]; readonly files: FileRecipe[] } {
  const files = [...filesBefore];
  const contexts: UploadContext[] = [];
  for (const [index, upload] of uploads.entries()) {
    const session = sessionLabelAt(index + filesBefore.length);
    const earlier = contexts[upload.shares % Math.max(1, contexts.length)];
    const has = (trait: Trait) => features[trait] > (upload.shares >>> TRAIT_BITS[trait]) % 4;
    const sharedWith = (trait: Trait) => (has(trait) ? earlier : undefined);
    const name = sharedWith('sharedName')?.recipe.name ?? `file-${session}`;
    const ownChunkSize = rules?.anyChunkSize === true ? clientChunkSize(chunkSize, upload.shares) : undefined;
    const isSparse = chunkSize <= SPARSE_CHUNK_SIZE_MAX && has('sparse') && (upload.shares >>> 12) % 4 === 0;
    const file = isSparse ? { ...upload.file, chunks: pick(SPARSE_CHUNKS, upload.file.chunks) } : upload.file;
    const shared = isSparse ? undefined : sharedWith('sharedFile');
    const recipe = shared?.recipe ?? fileRecipe(file, name, ownChunkSize ?? chunkSize);
    if (shared === undefined) files.push(recipe);
    // One key of one caller is one session; the same key of two callers is two sessions.
    const isOwnKey = (upload.shares >>> 10) % 2 === 0 || rules?.keysByCaller === false;
    const same = sharedWith('sharedKey') ?? sharedWith('sharedName') ?? shared;
    const sameCaller = isOwnKey ? (rules === undefined ? sharedWith('sharedKey') : same)?.caller : undefined;
    // Half of the uploads with a shared key or name follow the earlier upload, so that they overwrite it.
    const follows = rules === undefined || (upload.shares >>> 15) % 2 === 0 ? undefined : same?.session;
    contexts.push({
      session,
      caller: sameCaller ?? upload.caller % callers,
      file: shared?.file ?? files.length - 1,
      recipe,
      key: sharedWith('sharedKey')?.key ?? `key-${session}`,
      chunkSize: ownChunkSize ?? chunkSize,
      limits,
      isSparse: shared?.isSparse ?? isSparse,
      ...(ownChunkSize === undefined ? {} : { ownChunkSize }),
      ...(follows === undefined ? {} : { follows }),
      ...(rules === undefined ? {} : { rules, isAscending: isAscending(rules, upload.shares) }),
    });
  }
  return { contexts, files };
}

/** The length of chunks that a client chooses: the one of the schedule, or one near it. */
function clientChunkSize(chunkSize: number, shares: number): number {
  return pick(
    [chunkSize, Math.ceil(chunkSize / 2), chunkSize + 1, Math.ceil((chunkSize * 2) / 3)],
    shares >>> 13,
  );
}

/** One lane in four is out of order where a put out of order is rejected. */
function isAscending({ order, appends }: CallRules, shares: number): boolean {
  if (appends || order === 'unknown') return true;
  return order === 'ascending' && (shares >>> 13) % 4 !== 0;
}
