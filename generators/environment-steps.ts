import type { Limits } from '../model/schedule.js';
import type { FaultDraw } from './fault.js';
import type { EnvironmentFeature } from './features.js';
import { inlineMemorySteps } from './memory.js';
import { call, type LaneStep } from './upload.js';

/** Lifetime in seconds of a session without updates, and of an ended session's record (upload.did: both 24 h). */
const DAY_SECONDS = 86_400;

/**
 * Jumps that hug the instants at which something expires: just before, on it, just after; and two that reach it together, with
 * whatever the uploads do between them.
 */
function jumpsSeconds(detail: number, { sessionTtlSeconds: ttl = DAY_SECONDS }: Limits): number[] {
  const half = Math.ceil(ttl / 2);
  const jumps = [
    [ttl - 1],
    [ttl],
    [ttl + 1],
    [half, half],
    [1],
    [ttl - 1, 1],
    [ttl + DAY_SECONDS],
    [half, half, half],
  ];
  return jumps[detail % jumps.length]!;
}

/** What an operator may change while uploads are open: sessions that have begun keep what they began with. */
function newLimits(detail: number, { chunkSize = 1_800_000, bytesMax, inlineBytesMax }: Limits): Limits {
  const changes: readonly Limits[] = [
    { chunkSize: chunkSize * 2 },
    { chunkSize: Math.ceil(chunkSize / 2) },
    { chunkSize: chunkSize + 1 },
    { sessionTtlSeconds: 300 },
    { chunksMax: 3, activeSessionsMax: 2 },
    {
      chunkSize: chunkSize + 64,
      bytesMax: (bytesMax ?? 1_000_000) * 2,
      inlineBytesMax: (inlineBytesMax ?? 32_768) + 1,
    },
  ];
  return changes[(detail >>> 3) % changes.length]!;
}

/** Steps that befall the canister as a whole; `place` is where they come among those. They have a lane of their own, merged with the uploads' like any other. */
export function environmentSteps(
  feature: EnvironmentFeature,
  draw: FaultDraw,
  limits: Limits,
  callers: number,
  place: number,
): LaneStep[] {
  const caller = draw.upload % callers;
  switch (feature) {
    case 'upgrade':
      return [{ do: 'upgrade' }];
    case 'restart':
      return [{ do: 'restart' }];
    case 'advance':
      return jumpsSeconds(draw.detail, limits).map((seconds): LaneStep => ({ do: 'advance', seconds }));
    case 'cleanup':
      // What a cleanup did shows in the statistics alone.
      return [
        call({ op: 'cleanup', caller }),
        ...(draw.detail % 2 === 0 ? [call({ op: 'stats', caller })] : []),
      ];
    case 'list':
      return [call({ op: draw.detail % 4 === 3 ? 'listMemories' : 'list', caller })];
    case 'stats':
      return [call({ op: draw.detail % 8 === 7 ? 'config' : 'stats', caller })];
    case 'inlineMemory':
      return inlineMemorySteps(draw, `M${place + 1}`, caller, limits);
    case 'newLimits':
      return [
        { do: 'upgrade', limits: newLimits(draw.detail, limits) },
        ...(draw.detail % 4 === 3 ? [call({ op: 'config', caller })] : []),
      ];
    case 'drain':
      return [{ do: 'drain' }];
  }
}
