/** Memories made of what uploads left, and of inline bytes. */
import type { AssetKind, AssetSource, Limits } from '../model/schedule.js';
import type { FaultDraw } from './fault.js';
import { call, type LaneStep, type UploadContext } from './upload.js';

const KINDS: readonly AssetKind[] = ['Original', 'Display', 'Thumb', 'Placeholder'];
/** In bytes, of one inline asset (upload.did). */
const INLINE_MAX_DEFAULT = 32_768;

/** Lengths that hug the limit of an inline asset. */
function inlineBytes(pick: number, { inlineBytesMax: max = INLINE_MAX_DEFAULT }: Limits): number {
  const lengths = [max, 1, max + 1, 0, Math.max(0, max - 1), Math.ceil(max / 2)];
  return lengths[pick % lengths.length]!;
}

/**
 * An album gets the upload, and one of the two memories of it, or both, or none, is deleted. What is left must still be there,
 * what is not must be gone.
 */
export function albumSteps(
  { detail, at }: FaultDraw,
  { session, caller }: UploadContext,
  limits: Limits,
): LaneStep[] {
  const memory = `M${session}`;
  const kind = KINDS[at % KINDS.length]!;
  const other = KINDS[(at + 1) % KINDS.length]!;
  const beside: readonly (readonly AssetSource[])[] = [
    [],
    [{ kind: other, inlineBytes: inlineBytes(detail >>> 6, limits) }],
    [{ kind: other, blobOf: session }],
  ];
  const assets: readonly AssetSource[] = [
    { kind, blobOf: session },
    ...beside[(detail >>> 4) % beside.length]!,
  ];
  const deleted = [[], [session], [memory], [session, memory]][detail % 4]!;
  return [
    call({ op: 'memory', memory, caller, assets }),
    ...deleted.map((label) => call({ op: 'deleteMemory', memory: label })),
    call({ op: 'readMemory', memory }),
    call({ op: 'read', session }),
  ];
}

/** A note, a thumbnail: memories without uploads. Now and then too many assets, or none, or one kind twice. */
export function inlineMemorySteps(
  draw: FaultDraw,
  memory: string,
  caller: number,
  limits: Limits,
): LaneStep[] {
  const { detail, at } = draw;
  const count = [1, 2, 1, 4, 5, 0][detail % 6]!;
  const isKindTwice = at % 8 === 0;
  const assets = Array.from({ length: count }, (_, place): AssetSource => {
    const kind = KINDS[isKindTwice ? 0 : place % KINDS.length]!;
    return { kind, inlineBytes: inlineBytes((detail >>> 4) + place, limits) };
  });
  const isDeleted = (detail >>> 3) % 3 === 0;
  return [
    call({ op: 'memory', memory, caller, assets }),
    call({ op: 'readMemory', memory }),
    ...(isDeleted ? [call({ op: 'deleteMemory', memory }), call({ op: 'readMemory', memory })] : []),
    call({ op: 'listMemories', caller }),
  ];
}
