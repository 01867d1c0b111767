/** Passes over what surrounds the steps: the version that the canister begins with, its limits, the epilogue. */
import type { Limits } from '../../model/schedule.js';
import type { Pass } from './minimise.js';

/** Begun on the module under test, where the failure needs no earlier one. */
export const dropOlderLayout: Pass = async (search) => {
  const { from, ...rest } = search.best;
  if (from !== undefined) await search.attempt(rest);
};

/** No epilogue, where the steps alone show the failure. */
export const dropEpilogue: Pass = async (search) => {
  const { epilogue, ...rest } = search.best;
  if (epilogue !== undefined) await search.attempt(rest);
};

/** The canister's defaults, where the failure does not need others. The chunk size is another pass's. */
export const dropLimits: Pass = async (search) => {
  for (const name of Object.keys(search.best.limits) as (keyof Limits)[]) {
    if (name === 'chunkSize') continue;
    const { [name]: _dropped, ...limits } = search.best.limits;
    await search.attempt({ ...search.best, limits });
  }
};
