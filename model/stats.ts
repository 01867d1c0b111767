/** `stats` and `config`: counts over everything that the canister holds, and the limits in force. */
import type { CountSpan, TimeSpan } from './spans.js';
import type { Alternative } from './expected.js';
import { atTime } from './at-time.js';
import { tokensHeld } from './http.js';
import { inlineLengths, isBlobAlive } from './memories.js';
import { CONFIG_LIMITS, STATS_COUNTERS, type ConfigLimit, type StatsCounter } from './result.js';
import { type ModelState, type SessionRecord, isActive } from './state.js';

type Counters = Record<StatsCounter, { atLeast: number; atMost: number }>;

export function statsOf(state: ModelState, time: TimeSpan): Alternative {
  return {
    expected: { kind: 'stats', counters: countersOf(state, time) },
    reason: { code: 'counts' },
    next: state,
  };
}

export function configOf(state: ModelState): Alternative {
  const entries = CONFIG_LIMITS.map((name) => [name, state.limits[name]] as const);
  const limits = Object.fromEntries(entries) as Record<ConfigLimit, number>;
  const { sessionTtlNs } = state.limits;
  return { expected: { kind: 'config', limits, sessionTtlNs }, reason: { code: 'configured' }, next: state };
}

/** A count is uncertain if `time` is a span, and for chunks of expired sessions, which a timer that is not seen may have freed. */
export function countersOf(state: ModelState, time: TimeSpan): Readonly<Record<StatsCounter, CountSpan>> {
  const counters = Object.fromEntries(
    STATS_COUNTERS.map((name) => [name, { atLeast: 0, atMost: 0 }]),
  ) as Counters;
  const add = (name: StatsCounter, atLeast: number, atMost = atLeast) => {
    counters[name].atLeast += atLeast;
    counters[name].atMost += atMost;
  };
  state.sessions.forEach((session, position) => {
    const variants = atTime(session, time);
    const counted = new Set(variants.map((one) => (one.isGone ? undefined : one.state)));
    for (const name of counted) {
      if (name === undefined) continue;
      add(name.toLowerCase() as StatsCounter, counted.size === 1 ? 1 : 0, 1);
    }
    const held = variants.map(heldBytes);
    add(
      'bytesPending',
      Math.min(...held.map(({ atLeast }) => atLeast)),
      Math.max(...held.map(({ atMost }) => atMost)),
    );
    if (session.finish === undefined || !isBlobAlive(state, position)) return;
    add('blobs', 1);
    add('bytesStored', session.bytes);
  });
  for (const { isDeleted, assets } of state.memories) {
    if (isDeleted) continue;
    add('memories', 1);
    for (const bytes of inlineLengths(assets)) add('bytesInline', bytes);
  }
  const { atLeast, atMost } = tokensHeld(state.http, time);
  add('httpTokens', atLeast, atMost);
  return counters;
}

/** Whether the canister holds the session's chunks. `perhaps`: the session has expired, and a timer that is not seen may have freed them. */
export function holdsChunks(session: SessionRecord): 'yes' | 'perhaps' | 'no' {
  if (isActive(session)) return 'yes';
  return session.state === 'Failed' && !session.isCleaned ? 'perhaps' : 'no';
}

function heldBytes(session: SessionRecord): CountSpan {
  const holds = holdsChunks(session);
  return {
    atLeast: holds === 'yes' ? session.bytesReceived : 0,
    atMost: holds === 'no' ? 0 : session.bytesReceived,
  };
}
