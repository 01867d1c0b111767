/** Passes over the callers. */
import { callersOf, mapOperations, operationsOf, renameCallers } from '../../model/edit-schedule.js';
import type { Pass } from './search.js';

/** Lets one caller take the place of another, then declares only the callers that are named. */
export const mergeCallers: Pass = async (search) => {
  for (let from = search.best.callers - 1; from > 0; from--) {
    for (let to = 0; to < from; to++) {
      const steps = mapOperations(search.best, (operation) =>
        renameCallers(operation, (caller) => (caller === from ? to : caller)),
      );
      if (await search.attempt({ ...search.best, steps })) break;
    }
  }
  const named = [...new Set(operationsOf(search.best).flatMap(callersOf))].sort((a, b) => a - b);
  const steps = mapOperations(search.best, (operation) =>
    renameCallers(operation, (caller) => named.indexOf(caller)),
  );
  await search.attempt({ ...search.best, callers: Math.max(1, named.length), steps });
};
