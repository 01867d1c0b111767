/**
 * Swarm testing (Groce et al., ISSTA 2012): each schedule first draws which kinds of fault it has at all, and how heavy each is.
 * A schedule with everything on never gets far; one with two kinds on goes deep into how these two meet.
 */
import fc from 'fast-check';

/** Kinds of fault that happen in an upload's own lane. */
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

/** Kinds of fault that happen to the canister as a whole. */
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

/** Weight of each kind: 0 is off. */
export type Features = Readonly<Record<FeatureName, 0 | 1 | 2 | 3>>;

export const FEATURE_NAMES: readonly FeatureName[] = [...LANE_FEATURES, ...ENVIRONMENT_FEATURES, ...TRAITS];

/** Off in half of the cases, else one of three weights. */
const WEIGHTS = [0, 0, 0, 1, 2, 3] as const;

/** A drawn weight says what kinds there are, not how many faults: making it smaller simplifies nothing, so it does not shrink. */
export function featuresArbitrary(): fc.Arbitrary<Features> {
  const weight = fc.noShrink(fc.nat(WEIGHTS.length - 1).map((index) => WEIGHTS[index]!));
  const entries = FEATURE_NAMES.map((name) => [name, weight] as const);
  return fc.record(Object.fromEntries(entries), {
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<Features>;
}

/** The `pick`-th kind by weight; undefined if all are off. */
export function pickFeature(features: Features, pick: number): FaultFeature | undefined {
  const kinds = [...LANE_FEATURES, ...ENVIRONMENT_FEATURES];
  const total = kinds.reduce((sum, kind) => sum + features[kind], 0);
  if (total === 0) return undefined;
  let rest = pick % total;
  for (const kind of kinds) {
    rest -= features[kind];
    if (rest < 0) return kind;
  }
  return undefined;
}
