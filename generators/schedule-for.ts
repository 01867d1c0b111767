/** The schedule of a campaign's run: a function of profile, seed, run index and abilities, and of nothing else. */
import fc from 'fast-check';
import type { Schedule } from '../model/schedule.js';
import { runSeed } from './dice.js';
import type { Profile } from './profile.js';
import { buildSchedule, schedulePlanArbitrary, type Abilities, type SchedulePlan } from './schedule.js';

/** Making an arbitrary costs more than drawing from it. */
const planArbitraries = new WeakMap<Profile, fc.Arbitrary<SchedulePlan>>();

/** @param seed the campaign's, a safe integer */
export function schedulePlanFor(profile: Profile, seed: number, runIndex: number): SchedulePlan {
  let arbitrary = planArbitraries.get(profile);
  if (arbitrary === undefined) {
    arbitrary = schedulePlanArbitrary(profile);
    planArbitraries.set(profile, arbitrary);
  }
  // Unbiased: the arbitraries choose their own borders, and fast-check's bias would make nearly every first draw tiny.
  return fc.sample(arbitrary, { seed: runSeed(seed, runIndex), numRuns: 1, unbiased: true })[0]!;
}

export function scheduleFor(
  profile: Profile,
  seed: number,
  runIndex: number,
  abilities: Abilities,
): Schedule {
  return buildSchedule(schedulePlanFor(profile, seed, runIndex), abilities);
}
