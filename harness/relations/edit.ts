/** Edits schedules for relations. Every edit says which calls of the result correspond to which calls of the original. */
import type { Schedule, Step } from '../../model/schedule.js';
import type { CallStep } from './execution.js';

/** A step that replaces a step of the original. */
export interface WrittenStep {
  readonly step: Step;
  /** Number of the original call that this call corresponds to. Answers of calls without one are not compared. */
  readonly of?: number | undefined;
}

export interface Edited {
  readonly schedule: Schedule;
  /** By number of a call of the edited schedule: the number of the original call. Several calls may correspond to one. */
  readonly counterparts: ReadonlyMap<number, number>;
}

export interface Rewriting {
  /** What replaces a call; default: the call itself. */
  readonly call?: (call: number, step: CallStep) => readonly WrittenStep[];
  /** What replaces another step, which is the `place`-th of the schedule; default: the step itself. */
  readonly other?: (step: Exclude<Step, CallStep>, place: number) => readonly WrittenStep[];
  /** What comes before the first step. */
  readonly before?: readonly WrittenStep[];
}

export function rewrite(schedule: Schedule, { call, other, before = [] }: Rewriting): Edited {
  const written: WrittenStep[] = [...before];
  let calls = 0;
  for (const [place, step] of schedule.steps.entries()) {
    if (step.do !== 'call') written.push(...(other?.(step, place) ?? [{ step }]));
    else {
      const number = calls++;
      written.push(...(call?.(number, step) ?? [{ step, of: number }]));
    }
  }
  const counterparts = new Map<number, number>();
  let number = 0;
  for (const { step, of } of written) {
    if (step.do !== 'call') continue;
    if (of !== undefined) counterparts.set(number, of);
    number++;
  }
  return { schedule: { ...schedule, steps: written.map(({ step }) => step) }, counterparts };
}

export function withoutCalls(schedule: Schedule, calls: ReadonlySet<number>): Edited {
  return rewrite(schedule, {
    call: (number, step) => (calls.has(number) ? [] : [{ step, of: number }]),
  });
}

/** The schedule without the steps at these places, which are not calls. */
export function withoutSteps(schedule: Schedule, places: ReadonlySet<number>): Edited {
  return rewrite(schedule, { other: (step, place) => (places.has(place) ? [] : [{ step }]) });
}

/** The call steps by number. */
export function callSteps({ steps }: Schedule): readonly CallStep[] {
  return steps.filter((step) => step.do === 'call');
}

export const DRAIN: WrittenStep = { step: { do: 'drain' } };
