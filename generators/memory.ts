/** Steps around memories, made of finished uploads and of inline bytes. */
import { ASSET_KINDS } from '../model/operation-fields.js';
import type { AssetSource, Limits } from '../model/schedule.js';
import type { FaultDraw } from './fault-draw.js';
import { pick } from './pick.js';
import { call, type LaneStep, type UploadContext } from './upload.js';

/** In bytes, of one inline asset (upload.did). */
const INLINE_MAX_DEFAULT = 32_768;

/** Lengths at and around the limit of an inline asset. */
function inlineBytes(choice: number, { inlineBytesMax: max = INLINE_MAX_DEFAULT }: Limits): number {
  return pick([max, 1, max + 1, 0, Math.max(0, max - 1), Math.ceil(max / 2)], choice);
}

/**
 * A second memory refers to the blob of an upload. Then the memory of the upload, the second one, both, or neither is deleted. The
 * blob must stay while one of them is left, and must go with the last one.
 */
export function albumSteps(
  { detail, at }: FaultDraw,
  { session, caller }: UploadContext,
  limits: Limits,
): LaneStep[] {
  const memory = `M${session}`;
  const kind = pick(ASSET_KINDS, at);
  const other = pick(ASSET_KINDS, at + 1);
  const furtherAssets: readonly (readonly AssetSource[])[] = [
    [],
    [{ kind: other, inlineBytes: inlineBytes(detail >>> 6, limits) }],
    [{ kind: other, blobOf: session }],
  ];
  const assets: readonly AssetSource[] = [{ kind, blobOf: session }, ...pick(furtherAssets, detail >>> 4)];
  const deleted = pick([[], [session], [memory], [session, memory]], detail);
  return [
    call({ op: 'memory', memory, caller, assets }),
    ...deleted.map((label) => call({ op: 'deleteMemory', memory: label })),
    call({ op: 'readMemory', memory }),
    call({ op: 'read', session }),
  ];
}

/** A memory of inline assets only. Some have too many assets, none, or the same kind twice. */
export function inlineMemorySteps(
  { detail, at }: FaultDraw,
  memory: string,
  caller: number,
  limits: Limits,
): LaneStep[] {
  const isKindRepeated = at % 8 === 0;
  const assets = Array.from({ length: pick([1, 2, 1, 4, 5, 0], detail) }, (_, place): AssetSource => {
    const kind = pick(ASSET_KINDS, isKindRepeated ? 0 : place);
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
