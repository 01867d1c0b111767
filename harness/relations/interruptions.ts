import { viaOf } from '../../model/operations.js';
import type { Schedule, Step } from '../../model/schedule.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { callSteps, withoutSteps } from './edit.js';
import type { Execution } from './execution.js';
import { serialRelation } from './relation.js';
import { commonName } from './words.js';

interface Interruption {
  /** Index of the step. */
  readonly place: number;
  readonly step: Extract<Step, { do: 'upgrade' | 'restart' | 'advance' }>;
}

const NOUNS = { upgrade: 'an upgrade', restart: 'a restart', advance: 'a pause' } as const;

/** The schedule without its upgrades and restarts, and without pauses that are shorter than the expiry. */
export const interruptions = serialRelation<Interruption>({
  name: 'interruptions',
  rule: 'an upgrade, a restart, and a pause shorter than the expiry have no effect',
  requires: 'that an upgrade keeps everything, or an expiry',
  isMet: ({ promises }) => promises.upgrade === 'everything' || promises.expiry !== undefined,
  familiesOf: (base, target) => [
    {
      changes: interruptionsOf(base, target),
      vary: (removed) => ({
        ...withoutSteps(base.schedule, new Set(removed.map(({ place }) => place))),
        words: {
          right: 'variant',
          rightText: `without ${removed.map(textOf).join(', ')}`,
          wrongText: `with ${removed.length === 1 ? 'it' : 'them'}`,
          cause: `after ${commonName(
            removed.map(({ step }) => NOUNS[step.do]),
            'an interruption',
          )}`,
        },
      }),
    },
  ],
});

function textOf({ step }: Interruption): string {
  return step.do === 'advance' ? `the pause of ${step.seconds} s` : `the ${step.do}`;
}

function interruptionsOf(
  { schedule, history }: Execution,
  { promises }: JudgedTarget,
): readonly Interruption[] {
  // The first upgrade of an older layout is a migration. New limits change what later calls mean.
  const isUpgradeExempt =
    promises.upgrade !== 'everything' ||
    schedule.from !== undefined ||
    schedule.steps.some((step) => step.do === 'upgrade' && step.limits !== undefined) ||
    history.events.some((event) => event.type === 'upgraded' && event.failure !== undefined);
  const arePausesShort = isShort(schedule, promises.expiry);
  return schedule.steps.flatMap((step, place): readonly Interruption[] => {
    if (step.do === 'advance') return arePausesShort ? [{ place, step }] : [];
    if (step.do !== 'upgrade' && step.do !== 'restart') return [];
    return isUpgradeExempt ? [] : [{ place, step }];
  });
}

/** Seconds by which the pauses stay below the expiry, because messages take time too. */
const MARGIN_SECONDS = 1;

function isShort(schedule: Schedule, expiry: JudgedTarget['promises']['expiry']): boolean {
  // Over HTTP, tokens expire and uploads are counted by the hour.
  if (callSteps(schedule).some(({ operation }) => viaOf(operation) !== undefined)) return false;
  if (expiry === 'never') return true;
  const lifetime = schedule.limits.sessionTtlSeconds ?? (typeof expiry === 'number' ? expiry : 0);
  const total = schedule.steps.reduce((sum, step) => sum + (step.do === 'advance' ? step.seconds : 0), 0);
  return total < lifetime - MARGIN_SECONDS;
}
