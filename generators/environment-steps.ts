import type { Limits } from '../model/schedule.js';
import type { FaultDraw } from './fault-draw.js';
import type { EnvironmentFeature } from './features.js';
import { inlineMemorySteps } from './memory.js';
import { pick } from './pick.js';
import { call, type LaneStep } from './upload.js';

/** In seconds: the default lifetime of a session without updates, and of the record of an ended session (upload.did: 24 h each). */
const DAY_SECONDS = 86_400;

/**
 * Jumps to the instants around an expiry: just before it, at it, and just after it; and pairs of jumps that reach it together, with
 * steps of the uploads between them.
 */
export function jumpsSeconds(detail: number, { sessionTtlSeconds: ttl = DAY_SECONDS }: Limits): number[] {
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
  return pick(jumps, detail);
}

/** Limits that an operator may change while uploads are open. Sessions that have begun keep the limits they began with. */
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
  return pick(changes, detail >>> 3);
}

/**
 * Steps that affect the canister as a whole. They form a lane of their own, which is merged with the lanes of the uploads.
 * @param place position of the steps in that lane
 * @param canisters names of further canisters that can be upgraded and restarted
 */
export function environmentSteps(
  feature: EnvironmentFeature,
  draw: FaultDraw,
  limits: Limits,
  callers: number,
  place: number,
  canisters: readonly string[] = [],
): LaneStep[] {
  const caller = draw.upload % callers;
  const name = pick(['', ...canisters], draw.detail >>> 2);
  const canister = name === '' ? {} : { canister: name };
  switch (feature) {
    case 'upgrade':
      return [{ do: 'upgrade', ...canister }];
    case 'restart':
      return [{ do: 'restart', ...canister }];
    case 'advance':
      return jumpsSeconds(draw.detail, limits).map((seconds): LaneStep => ({ do: 'advance', seconds }));
    case 'cleanup':
      // Only the statistics show the effect of a cleanup.
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
