/** Replays one recorded order: takes the choices that the steps of a schedule took. */
import type { Step } from '../../model/schedule.js';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { InputError } from '../../harness/input-error.js';
import type { Strategy } from '../strategy.js';

/** @param steps of a schedule that `explore` has made for the same workload */
export function replay(steps: readonly Step[]): Strategy {
  return {
    name: 'replay',
    explore: async ({ execution, endOrder, onPoint }) => {
      for (const [depth, step] of steps.entries()) {
        onPoint(depth);
        const text = canonicalJson(step);
        const choice = (await execution.choices()).find((one) => canonicalJson(one.step) === text);
        if (choice === undefined)
          throw new InputError(
            `order: step ${depth + 1} is not possible there; the order belongs to another workload`,
          );
        await execution.take(choice);
      }
      await endOrder();
      return false;
    },
  };
}
