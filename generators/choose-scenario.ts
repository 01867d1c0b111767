import type { Limits } from '../model/schedule.js';
import type { CallRules } from './call-rules.js';
import { BULK, CROWD } from './bulk-scenarios.js';
import { CYCLE_SCENARIOS } from './cycle-scenarios.js';
import { OVERSIZE, WHOLE_READS } from './message-scenarios.js';
import { pick } from './pick.js';
import { PROMISE_SCENARIOS } from './promise-scenarios.js';
import type { Scenario } from './scenario.js';
import { SESSION_SCENARIOS } from './session-scenarios.js';

/** One schedule in this many has the scenario. */
const CROWD_EVERY = 60;
const BULK_EVERY = 160;
const CYCLES_EVERY = 240;
const OVERSIZE_EVERY = 240;
const WHOLE_READ_EVERY = 720;
const SESSIONS_EVERY = 12;
const PROMISES_EVERY = 4;

/** One schedule in this many starts on an earlier version of the canister. */
export const OLDER_EVERY = 12;

interface ScenarioOptions {
  /** The drawn limits. */
  readonly limits: Limits;
  /** Whether the drawn chunks are small. Scenarios exist for small chunks only. */
  readonly isSmall: boolean;
  /** If true, a scenario must not need limits of its own. */
  readonly fixedLimits: boolean;
  /** Whether to choose among the scenarios about sessions, too. */
  readonly withSessions: boolean;
  /** Absent if the canister has the limits and operations of the specification, which some scenarios are about. */
  readonly rules: CallRules | undefined;
}

/**
 * The scenario of a schedule; `undefined` for most schedules.
 * @param rare a number drawn for every schedule, so that the choice depends on nothing else
 */
export function chooseScenario(
  rare: number,
  { limits, isSmall, fixedLimits, withSessions, rules }: ScenarioOptions,
): Scenario | undefined {
  if (rules !== undefined && rare % PROMISES_EVERY === 2) {
    const suitable = PROMISE_SCENARIOS.filter((scenario) => scenario.suits?.(rules) ?? true);
    return pick(suitable, Math.floor(rare / PROMISES_EVERY));
  }
  if (!isSmall) return undefined;
  // These scenarios follow the limits of the canister.
  if (withSessions && rare % SESSIONS_EVERY === 3)
    return pick(SESSION_SCENARIOS, Math.floor(rare / SESSIONS_EVERY));
  if (fixedLimits) return undefined;
  const isSpecified = rules === undefined;
  if (isSpecified && rare % BULK_EVERY === 0) return BULK;
  if (rare % CYCLES_EVERY === 5) return pick(CYCLE_SCENARIOS, Math.floor(rare / CYCLES_EVERY));
  if (isSpecified && rare % OVERSIZE_EVERY === 7) return OVERSIZE;
  if (isSpecified && rare % WHOLE_READ_EVERY === 9)
    return pick(WHOLE_READS, Math.floor(rare / WHOLE_READ_EVERY));
  const isLimited = limits.chunksMax !== undefined || limits.bytesMax !== undefined;
  return rare % CROWD_EVERY === 1 && !isLimited ? CROWD : undefined;
}
