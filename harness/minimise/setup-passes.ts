/** Passes over the set-up: the version that the canister begins with, its subnets, its limits, and the epilogue. */
import type { Limits } from '../../model/schedule.js';
import type { Pass } from './search.js';

/** Begins on the module under test instead of an earlier version. */
export const dropOlderLayout: Pass = async (search) => {
  const { from, ...rest } = search.best;
  if (from !== undefined) await search.attempt(rest);
};

/** Puts all canisters on one subnet. */
export const dropSubnets: Pass = async (search) => {
  const { subnets, ...rest } = search.best;
  if (subnets !== undefined) await search.attempt(rest);
};

/** Ends with the last step. */
export const dropEpilogue: Pass = async (search) => {
  const { epilogue, ...rest } = search.best;
  if (epilogue !== undefined) await search.attempt(rest);
};

/** Uses the canister's default limits. The chunk size stays: files are measured by it (see `shrinkChunkSize`). */
export const dropLimits: Pass = async (search) => {
  for (const name of Object.keys(search.best.limits) as (keyof Limits)[]) {
    if (name === 'chunkSize') continue;
    const { [name]: _dropped, ...limits } = search.best.limits;
    await search.attempt({ ...search.best, limits });
  }
};
