import type { Limits } from '../model/schedule.js';
import type { FaultDraw } from './fault.js';
import type { WorldFeature } from './features.js';
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

/** Steps that befall the canister as a whole. They have a lane of their own, merged with the uploads' like any other. */
export function worldSteps(
  feature: WorldFeature,
  draw: FaultDraw,
  limits: Limits,
  callers: number,
): LaneStep[] {
  const caller = draw.upload % callers;
  switch (feature) {
    case 'upgrade':
      return [{ do: 'upgrade' }];
    case 'advance':
      return jumpsSeconds(draw.detail, limits).map((seconds): LaneStep => ({ do: 'advance', seconds }));
    case 'cleanup':
    case 'list':
      return [call({ op: feature, caller })];
    case 'drain':
      return [{ do: 'drain' }];
  }
}
