/** Passes over how files are cut into chunks. */
import { chunkCount } from '../../model/content.js';
import type { Schedule, Step } from '../../model/schedule.js';
import type { Pass, Search } from './minimise.js';

/** Fewer, larger chunks of the same bytes: where only the length of a file matters, one put does the work of many. */
export const largerChunks: Pass = async (search) => {
  const { chunkSize } = search.best.limits;
  if (chunkSize === undefined) return;
  const chunks = Math.max(0, ...search.best.files.map(({ bytes }) => chunkCount(bytes, chunkSize)));
  for (const factor of factorsUpTo(chunks)) if (await coarsen(search, chunkSize, factor)) return;
};

/** From the most on: all chunks as one, half of them, …, two. */
function factorsUpTo(chunks: number): number[] {
  const factors: number[] = [];
  for (let factor = chunks; factor > 1; factor = factor > 2 ? Math.ceil(factor / 2) : 0) factors.push(factor);
  return factors;
}

/** Chunk `i` becomes a part of chunk `i / factor`; of the puts that are one now the first chunk's is kept. */
function coarsen(search: Search, chunkSize: number, factor: number): Promise<boolean> {
  const { best } = search;
  const steps = best.steps.flatMap((step): Step[] => {
    if (step.do !== 'call' || step.operation.op !== 'put') return [step];
    const { index } = step.operation;
    return index % factor === 0 ? [{ ...step, operation: { ...step.operation, index: index / factor } }] : [];
  });
  if (steps.length === best.steps.length) return Promise.resolve(false);
  return search.attempt({ ...best, limits: { ...best.limits, chunkSize: chunkSize * factor }, steps });
}

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
