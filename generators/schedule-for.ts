/** The schedule of one run of a campaign. It depends on profile, seed, run index, and abilities only. */
import fc from 'fast-check';
import type { Schedule } from '../model/schedule.js';
import { runSeed } from './dice.js';
import { pick } from './pick.js';
import type { Profile } from './profile.js';
import { buildSchedule, schedulePlanArbitrary, type Abilities, type SchedulePlan } from './schedule.js';

/** Creating an arbitrary takes longer than drawing from it. */
const planArbitraries = new WeakMap<Profile, fc.Arbitrary<SchedulePlan>>();

/** @param seed the campaign's seed, a safe integer */
export function schedulePlanFor(profile: Profile, seed: number, runIndex: number): SchedulePlan {
  let arbitrary = planArbitraries.get(profile);
  if (arbitrary === undefined) {
    arbitrary = schedulePlanArbitrary(profile);
    planArbitraries.set(profile, arbitrary);
  }
  const parameters = { seed: runSeed(seed, runIndex), numRuns: 1 };
  // The arbitraries choose their own borders, and fast-check's bias would make nearly every first draw tiny.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- fc.sample ignores the plugin that replaces it
  return pick(fc.sample(arbitrary, { ...parameters, unbiased: true }), 0);
}

export function scheduleFor(
  profile: Profile,
  seed: number,
  runIndex: number,
  abilities: Abilities,
): Schedule {
  return buildSchedule(schedulePlanFor(profile, seed, runIndex), abilities);
}
