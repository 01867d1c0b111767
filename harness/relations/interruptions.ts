import { operationText, viaOf } from '../../model/operations.js';
import type { Schedule, Step } from '../../model/schedule.js';
import { canisterNames } from '../execution/canisters.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { callSteps, withoutSteps } from './edit.js';
import type { Execution } from './execution.js';
import { withInsertions, type Insertion } from './insertions.js';
import { serialRelation } from './relation.js';
import { commonName } from './words.js';

type InterruptingStep = Extract<Step, { do: 'upgrade' | 'restart' | 'advance' }>;

interface Interruption {
  /** Index of the step. */
  readonly place: number;
  readonly step: InterruptingStep;
}

interface InterruptionInsertion extends Insertion {
  readonly step: InterruptingStep;
}

const NOUNS = { upgrade: 'an upgrade', restart: 'a restart', advance: 'a pause' } as const;

/** The schedule without its upgrades and restarts, and without pauses that are shorter than the expiry; or with some, if it has none. */
export const interruptions = serialRelation<Interruption, InterruptionInsertion>({
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
          cause: causeOf(removed),
        },
      }),
    },
  ],
  insertionsOf: (base, target) => ({
    changes: [...upgradesFor(base, target), ...pausesFor(base, target)],
    vary: (added) => ({
      ...withInsertions(base.schedule, added),
      words: {
        right: 'base',
        rightText: 'without an interruption',
        wrongText: `with ${added.map((one) => placeText(one, base)).join(', ')}`,
        cause: causeOf(added),
      },
    }),
  }),
});

function causeOf(interruptions: readonly Pick<Interruption, 'step'>[]): string {
  return `after ${commonName(
    interruptions.map(({ step }) => NOUNS[step.do]),
    'an interruption',
  )}`;
}

function textOf({ step }: Pick<Interruption, 'step'>): string {
  if (step.do === 'advance') return `the pause of ${step.seconds} s`;
  return `the ${step.do}${step.canister === undefined ? '' : ` of ${step.canister}`}`;
}

// ---- removal ----

function interruptionsOf(base: Execution, target: JudgedTarget): readonly Interruption[] {
  const { schedule } = base;
  const areUpgradesJudged = mayUpgrade(base, target);
  const arePausesShort = pausesSeconds(schedule) < pausesSecondsMax(schedule, target);
  return schedule.steps.flatMap((step, place): readonly Interruption[] => {
    if (step.do === 'advance') return arePausesShort ? [{ place, step }] : [];
    if (step.do !== 'upgrade' && step.do !== 'restart') return [];
    return areUpgradesJudged ? [{ place, step }] : [];
  });
}

/** Whether an upgrade must not change anything. */
function mayUpgrade({ schedule, history }: Execution, { promises }: JudgedTarget): boolean {
  // The first upgrade of an older layout is a migration. New limits change what later calls mean.
  return (
    promises.upgrade === 'everything' &&
    schedule.from === undefined &&
    !schedule.steps.some((step) => step.do === 'upgrade' && step.limits !== undefined) &&
    !history.events.some((event) => event.type === 'upgraded' && event.failure !== undefined)
  );
}

// ---- insertion ----

/** An upgrade of every canister, and a restart, spread over the schedule, if it has neither. */
function upgradesFor(base: Execution, target: JudgedTarget): readonly InterruptionInsertion[] {
  const { steps } = base.schedule;
  if (!mayUpgrade(base, target)) return [];
  if (steps.some((step) => step.do === 'upgrade' || step.do === 'restart')) return [];
  const names = canisterNames(target);
  const added: readonly InterruptingStep[] = [
    { do: 'upgrade' },
    { do: 'restart' },
    ...names.map((canister) => ({ do: 'upgrade', canister }) as const),
    ...(names.length === 0 ? [{ do: 'upgrade' } as const] : []),
  ];
  return spread(added, base);
}

/** A pause in the middle of the schedule, if it has none. */
function pausesFor({ schedule, ...rest }: Execution, target: JudgedTarget): readonly InterruptionInsertion[] {
  const max = Math.min(pausesSecondsMax(schedule, target), PAUSE_SECONDS_MAX);
  if (pausesSeconds(schedule) > 0 || max <= 0) return [];
  return spread([{ do: 'advance', seconds: max / 2 }], { schedule, ...rest });
}

/** The steps at equal distances between the calls of the schedule. */
function spread(steps: readonly InterruptingStep[], base: Execution): readonly InterruptionInsertion[] {
  const calls = callSteps(base.schedule).length;
  return steps
    .map((step, index) => ({ before: Math.floor(((index + 1) * calls) / (steps.length + 1)), step }))
    .filter(({ before }) => before > 0);
}

/** `the upgrade before put A[1]`. */
function placeText({ before, step }: InterruptionInsertion, { schedule }: Execution): string {
  const next = callSteps(schedule)[before];
  return `${textOf({ step })}${next === undefined ? '' : ` before ${operationText(next.operation)}`}`;
}

// ---- pauses ----

/** A canister that promises no expiry may still have timers, which take time to run. */
const PAUSE_SECONDS_MAX = 3600;

function pausesSeconds({ steps }: Schedule): number {
  return steps.reduce((sum, step) => sum + (step.do === 'advance' ? step.seconds : 0), 0);
}

/** Seconds by which the pauses stay below the expiry, because messages take time too. */
const MARGIN_SECONDS = 1;

/** Seconds that all pauses together must stay below, so that nothing expires; 0 if there must be none. */
function pausesSecondsMax(schedule: Schedule, { promises: { expiry } }: JudgedTarget): number {
  // Over HTTP, tokens expire and uploads are counted by the hour.
  if (callSteps(schedule).some(({ operation }) => viaOf(operation) !== undefined)) return 0;
  if (expiry === undefined) return 0;
  if (expiry === 'never') return Infinity;
  return (schedule.limits.sessionTtlSeconds ?? (typeof expiry === 'number' ? expiry : 0)) - MARGIN_SECONDS;
}
