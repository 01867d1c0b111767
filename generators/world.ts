import type { Limits } from '../model/schedule.js';
import type { FaultDraw } from './fault.js';
import type { WorldFeature } from './features.js';
import { call, type LaneStep } from './upload.js';

/** Lifetime in seconds of a session without updates, and of an ended session's record (upload.did: both 24 h). */
const DAY_SECONDS = 86_400;

/** Time jumps that hug the instants at which something expires: just before, on it, just after, and halfway. */
function jumpSeconds(detail: number, { sessionTtlSeconds = DAY_SECONDS }: Limits): number {
  const jumps = [
    sessionTtlSeconds - 1,
    sessionTtlSeconds,
    sessionTtlSeconds + 1,
    Math.floor(sessionTtlSeconds / 2),
    1,
    DAY_SECONDS,
    sessionTtlSeconds + DAY_SECONDS,
    3_600,
  ];
  return jumps[detail % jumps.length]!;
}

/** A step that befalls the canister as a whole. It has a lane of its own, merged with the uploads' like any other. */
export function worldStep(feature: WorldFeature, draw: FaultDraw, limits: Limits, callers: number): LaneStep {
  const caller = draw.upload % callers;
  switch (feature) {
    case 'upgrade':
      return { do: 'upgrade' };
    case 'advance':
      return { do: 'advance', seconds: jumpSeconds(draw.detail, limits) };
    case 'cleanup':
    case 'list':
      return call({ op: feature, caller });
    case 'drain':
      return { do: 'drain' };
  }
}
