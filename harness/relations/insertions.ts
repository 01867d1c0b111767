/** Steps that are inserted into a serial schedule. */
import type { Schedule, Step } from '../../model/schedule.js';
import type { CallStep } from './execution.js';
import { DRAIN, rewrite, type Edited, type WrittenStep } from './edit.js';

export interface Insertion {
  /** Number of the call before which it comes. Nothing is in flight there. */
  readonly before: number;
  readonly step: Exclude<Step, { do: 'deliver' | 'drain' }>;
}

/** The insertion of a call. */
export interface CallInsertion extends Insertion {
  readonly step: CallStep;
}

export interface EditedByInsertion extends Edited {
  /** By insertion of a call: the number of the call in the edited schedule. */
  readonly inserted: ReadonlyMap<Insertion, number>;
}

export function withInsertions(schedule: Schedule, insertions: readonly Insertion[]): EditedByInsertion {
  const numbers = new Map<Insertion, number>();
  let shift = 0;
  const edited = rewrite(schedule, {
    call: (number, step) => {
      const here = insertions.filter(({ before }) => before === number);
      for (const insertion of here)
        if (insertion.step.do === 'call') numbers.set(insertion, number + shift++);
      const written = here.flatMap((insertion): WrittenStep[] => [{ step: insertion.step }, DRAIN]);
      return [...written, { step, of: number }];
    },
  });
  return { ...edited, inserted: numbers };
}
