/** Passes over the limits that the canister is installed with. */
import { chunkCount } from '../../model/content.js';
import type { Limits, Schedule } from '../../model/schedule.js';
import type { Pass } from './minimise.js';

/** The canister's defaults, where the failure does not need others. The chunk size is another pass's. */
export const dropLimits: Pass = async (search) => {
  for (const name of Object.keys(search.best.limits) as (keyof Limits)[]) {
    if (name === 'chunkSize') continue;
    const { [name]: _dropped, ...limits } = search.best.limits;
    await search.attempt({ ...search.best, limits });
  }
};

/** Smaller chunks, with every file cut to the same number of them. */
export const shrinkChunkSize: Pass = async (search) => {
  const { chunkSize } = search.best.limits;
  if (chunkSize === undefined) return;
  for (const smaller of [1, 2, 8, 16, 64]) {
    if (smaller < chunkSize && (await search.attempt(withChunkSize(search.best, chunkSize, smaller)))) return;
  }
};

function withChunkSize(schedule: Schedule, from: number, to: number): Schedule {
  const files = schedule.files.map((file) => {
    const count = chunkCount(file.bytes, from);
    if (count === 0) return file;
    const last = file.bytes - (count - 1) * from;
    return { ...file, bytes: (count - 1) * to + Math.min(last, to) };
  });
  return { ...schedule, limits: { ...schedule.limits, chunkSize: to }, files };
}
