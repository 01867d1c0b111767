/**
 * The choice that makes the difference: the last point of a failing order at which another choice leads to an order that does not fail in
 * the same way. After the other choice, the rest of the failing order follows as far as possible, or first the rest of the call to which
 * the other choice belongs.
 */
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import type { StopSignal } from '../harness/execution/stop-signal.js';
import type { History } from '../harness/history/history.js';
import type { Schedule, Step } from '../model/schedule.js';
import { Execution, type Choice, type Point } from './execution.js';
import { workloadOf } from './workload.js';

export interface CriticalChoice {
  /** The choices that both orders have in common, in words. */
  readonly before: readonly string[];
  /** The rest of the failing order. Its first item is the choice. */
  readonly failing: readonly string[];
  /** The rest of the nearest order that does not fail. Its first item is the other choice. */
  readonly passing: readonly string[];
  /** Number of other orders that were run to find it. */
  readonly tried: number;
}

export interface CriticalChoiceOptions {
  readonly runner: ScheduleRunner;
  /** A schedule that fails. */
  readonly schedule: Schedule;
  /** Whether a run of it, or of another order of its steps, fails in the same way. */
  readonly fails: (history: History, schedule: Schedule) => boolean;
  /** Number of other orders to run. Default: 200. */
  readonly ordersMax?: number;
  readonly signal?: StopSignal | undefined;
}

const ORDERS_MAX_DEFAULT = 200;

/** A point of the failing order. */
interface Fork {
  readonly point: Point;
  readonly taken: Choice;
  readonly others: readonly Choice[];
}

/** @returns `undefined` if every other order that was tried fails, too, or if the failure does not depend on the order of steps */
export async function findCriticalChoice(
  options: CriticalChoiceOptions,
): Promise<CriticalChoice | undefined> {
  const { runner, schedule, fails, ordersMax = ORDERS_MAX_DEFAULT, signal } = options;
  const execution = await Execution.start(
    runner,
    workloadOf('order', schedule, { isImpatient: true }),
    signal,
  );
  const forks = await follow(execution, schedule.steps);
  const words = forks.map(({ taken }) => taken.words);
  const ranks = new Map(forks.map(({ taken }, index) => [taken.label, index]));
  let tried = 0;
  for (const [index, { point, others }] of [...forks.entries()].reverse()) {
    for (const [other, goesOn] of others.flatMap((one) => [[one, false] as const, [one, true] as const])) {
      if (tried++ >= ordersMax || signal?.aborted === true) return undefined;
      await execution.restore(point);
      await execution.take(other);
      await finishLike(execution, ranks, goesOn ? other.lane : undefined);
      const passing = execution.transitions.slice(index).map(({ choice }) => choice.words);
      const run = execution.schedule;
      if (!fails(await execution.end(), run))
        return { before: words.slice(0, index), failing: words.slice(index), passing, tried };
    }
  }
  return undefined;
}

/** Takes the steps of the schedule and delivers what is left. */
async function follow(execution: Execution, steps: readonly Step[]): Promise<readonly Fork[]> {
  const forks: Fork[] = [];
  const take = async (choose: (choices: readonly Choice[]) => Choice | undefined): Promise<boolean> => {
    const choices = await execution.choices();
    const taken = choose(choices);
    if (taken === undefined) return false;
    const others = choices.filter((choice) => choice !== taken && !choice.isEarly);
    forks.push({ point: await execution.save(), taken, others });
    await execution.take(taken);
    return true;
  };
  const oldest = (choices: readonly Choice[]) => choices.find(({ step }) => step.do === 'deliver');
  for (const step of steps) {
    if (step.do === 'drain') while (await take(oldest));
    else await take((choices) => choiceOf(step, choices));
  }
  while (await take(oldest));
  return forks;
}

function choiceOf(step: Step, choices: readonly Choice[]): Choice | undefined {
  if (step.do === 'deliver' || step.do === 'lose') {
    const messages = choices.filter((choice) => choice.step.do === step.do);
    return messages.length === 0 ? undefined : messages[step.pick % messages.length];
  }
  return choices.find(
    (choice) =>
      !choice.isMessage &&
      choice.step.do === step.do &&
      (step.do !== 'call' || (choice.step.do === 'call' && choice.step.operation === step.operation)),
  );
}

/**
 * Takes what is left in the order of the ranks; what has none comes last.
 * @param lane whose messages come first, so that its call ends before anything else happens
 */
async function finishLike(
  execution: Execution,
  ranks: ReadonlyMap<string, number>,
  lane: number | undefined,
): Promise<void> {
  const rankOf = (choice: Choice) =>
    choice.isMessage && choice.lane === lane ? -1 : (ranks.get(choice.label) ?? Infinity);
  for (;;) {
    const choices = await execution.choices();
    const patient = choices.filter(({ isEarly }) => !isEarly);
    const [first] = (patient.length > 0 ? patient : choices).toSorted((a, b) => rankOf(a) - rankOf(b));
    if (first === undefined) return;
    await execution.take(first);
  }
}
