/**
 * Swarm testing (Groce et al., ISSTA 2012): each schedule first draws which kinds of fault it has and the weight of each. A schedule
 * with every kind never gets far; a schedule with two kinds explores how these two interact.
 */
import fc from 'fast-check';
import { pick } from './pick.js';

/** Kinds of fault in the lane of an upload. */
export const LANE_FEATURES = [
  'repeatPut',
  'conflictingPut',
  'corruptPut',
  'wrongLengthPut',
  'strayPut',
  'earlyFinish',
  'wrongHash',
  'wrongLength',
  'secondFinish',
  'callDuringFinish',
  'upgradeDuringFinish',
  'abort',
  'pauseResume',
  'intruder',
  'repeatBegin',
  'badBegin',
  'status',
  'read',
  'mend',
  'memory',
] as const;

/** Kinds of fault that affect the canister as a whole. */
export const ENVIRONMENT_FEATURES = [
  'upgrade',
  'restart',
  'advance',
  'cleanup',
  'list',
  'drain',
  'stats',
  'inlineMemory',
  'newLimits',
] as const;

/** Traits of the whole schedule. */
export const TRAITS = [
  'sharedName',
  'sharedKey',
  'sharedFile',
  'sparse',
  'hold',
  'reorder',
  'audit',
] as const;

export type LaneFeature = (typeof LANE_FEATURES)[number];
export type EnvironmentFeature = (typeof ENVIRONMENT_FEATURES)[number];
export type FaultFeature = LaneFeature | EnvironmentFeature;
export type FeatureName = FaultFeature | (typeof TRAITS)[number];

/** Weight of each feature; 0 turns it off. */
export type Features = Readonly<Record<FeatureName, 0 | 1 | 2 | 3>>;

export const FEATURE_NAMES: readonly FeatureName[] = [...LANE_FEATURES, ...ENVIRONMENT_FEATURES, ...TRAITS];

/** A feature is off in half of the schedules. */
const WEIGHTS = [0, 0, 0, 1, 2, 3] as const;

/** Weights do not shrink: they select kinds of fault, not the number of faults, so a smaller weight is not simpler. */
export function featuresArbitrary(): fc.Arbitrary<Features> {
  const weight = fc.noShrink(fc.nat(WEIGHTS.length - 1).map((index) => pick(WEIGHTS, index)));
  const entries = FEATURE_NAMES.map((name) => [name, weight] as const);
  return fc.record(Object.fromEntries(entries), {
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<Features>;
}

/** The kind at `position` among all kinds, each counted by its weight; `undefined` if all are off. */
export function pickFeature(features: Features, position: number): FaultFeature | undefined {
  const kinds = [...LANE_FEATURES, ...ENVIRONMENT_FEATURES];
  const total = kinds.reduce((sum, kind) => sum + features[kind], 0);
  if (total === 0) return undefined;
  let rest = position % total;
  for (const kind of kinds) {
    rest -= features[kind];
    if (rest < 0) return kind;
  }
  return undefined;
}
