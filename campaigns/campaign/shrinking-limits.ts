/**
 * How much a campaign may spend on shrinking. The cost of shrinking is the number of calls that its executions issue, so that the
 * findings of a seed are the same on every machine and under any load. It is time where the user limits the time, and on replicas that
 * do not repeat a schedule exactly.
 */
import type { Ability } from '../../replicas/replica.js';

export interface ShrinkingLimits {
  readonly unit: 'calls' | 'ms';
  /** For one failure. */
  readonly one: number;
  /** For one failure while the campaign explores. What is left of `one` is spent at the end. */
  readonly oneExploring: number;
  /** For all failures while the campaign explores. @param exploredCalls number of calls of the runs so far */
  readonly allExploring: (exploredCalls: number) => number;
  /** For all failures at the end. */
  readonly allAtEnd: number;
}

/** Most failures need a few hundred calls. Relations in large schedules need up to a hundred thousand. */
const CALLS_OF_ONE = 100_000;
const CALLS_OF_ONE_EXPLORING = 10_000;
/** Early failures are shrunk at once, although the campaign has explored little. */
const CALLS_BEFORE_EXPLORING = 20_000;

const MS_OF_ONE_DEFAULT = 30_000;
const PART_OF_ONE = 1 / 8;
const PART_OF_ALL = 1 / 2;

export interface LimitsOptions {
  readonly abilities: ReadonlySet<Ability>;
  /** Time limit for one failure, in milliseconds, if the user sets one. */
  readonly shrinkMsMax: number | undefined;
  /** Time limit of the campaign, in milliseconds. */
  readonly budgetMs: number | undefined;
}

export function shrinkingLimits({
  abilities,
  shrinkMsMax,
  budgetMs = Infinity,
}: LimitsOptions): ShrinkingLimits {
  if (shrinkMsMax === undefined && abilities.has('delivery-order'))
    return {
      unit: 'calls',
      one: CALLS_OF_ONE,
      oneExploring: CALLS_OF_ONE_EXPLORING,
      allExploring: (exploredCalls) => CALLS_BEFORE_EXPLORING + exploredCalls,
      allAtEnd: CALLS_OF_ONE,
    };
  const one = shrinkMsMax ?? MS_OF_ONE_DEFAULT;
  return {
    unit: 'ms',
    one,
    oneExploring: Math.min(one, budgetMs * PART_OF_ONE),
    allExploring: () => budgetMs * PART_OF_ALL,
    allAtEnd: one,
  };
}
