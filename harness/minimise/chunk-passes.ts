/** Passes over chunks: how many a file has, and of which size. */
import { chunkCount } from '../../model/content.js';
import type { FileRecipe, Schedule, Step } from '../../model/schedule.js';
import { at } from '../at.js';
import { operationsOf, withSteps } from '../../model/edit-schedule.js';
import type { Pass, Search } from './search.js';

/** Whether the file may have another length. A file of the user has the bytes that its hash tells. */
export function isResizable({ content }: FileRecipe): boolean {
  return content.kind !== 'path';
}

/** Leaves chunks out, together with every put of them: of all files at once, then of one file at a time. */
export const fewerChunks: Pass = async (search) => {
  const { files: recipes } = search.best;
  const all = [...recipes.keys()].filter((file) => isResizable(at(recipes, file)));
  const groups = all.length > 1 ? [all, ...all.map((file) => [file])] : [all];
  for (const files of groups) while (await dropAnyChunk(search, files));
};

/** All chunks but one, else any single chunk. */
async function dropAnyChunk(search: Search, files: readonly number[]): Promise<boolean> {
  const { best } = search;
  const { chunkSize } = best.limits;
  // A schedule that leaves the chunk size to the target does not say how its files are cut.
  if (chunkSize === undefined) return false;
  const count = Math.max(0, ...files.map((file) => chunkCount(at(best.files, file).bytes, chunkSize)));
  const drop = (first: number, dropped: number): Promise<boolean> =>
    search.attempt(withoutChunks(best, files, { first, dropped, chunkSize }));
  if (count > 1 && (await drop(1, count - 1))) return true;
  for (let index = 0; index < count; index++) if (await drop(index, 1)) return true;
  return false;
}

interface ChunkRange {
  /** Index of the first chunk that is left out. */
  readonly first: number;
  readonly dropped: number;
  /** In bytes. */
  readonly chunkSize: number;
}

/** Later chunks move up. The last chunk keeps its length. */
function withoutChunks(
  schedule: Schedule,
  files: readonly number[],
  { first, dropped, chunkSize }: ChunkRange,
): Schedule {
  const sessions = new Set(files.flatMap((file) => [...sessionsOfFile(schedule, file)]));
  const steps = schedule.steps.flatMap((step): Step[] => {
    if (step.do !== 'call') return [step];
    const { operation } = step;
    if (operation.op !== 'put' || !sessions.has(operation.session)) return [step];
    if (operation.index < first) return [step];
    if (operation.index < first + dropped) return [];
    return [{ ...step, operation: { ...operation, index: operation.index - dropped } }];
  });
  const shorter = schedule.files.map((recipe, file) =>
    files.includes(file) ? { ...recipe, bytes: Math.max(0, recipe.bytes - dropped * chunkSize) } : recipe,
  );
  return { ...schedule, files: shorter, steps };
}

/** The labels of the sessions that upload a file. */
export function sessionsOfFile(schedule: Schedule, file: number): ReadonlySet<string> {
  const begins = operationsOf(schedule).filter((operation) => operation.op === 'begin');
  return new Set(begins.filter((begin) => begin.file === file).map(({ session }) => session));
}

/** Cuts the same bytes into fewer, larger chunks. Where only the length of a file matters, one put does the work of many. */
export const largerChunks: Pass = async (search) => {
  const { chunkSize } = search.best.limits;
  if (chunkSize === undefined) return;
  const chunks = Math.max(0, ...search.best.files.map(({ bytes }) => chunkCount(bytes, chunkSize)));
  for (const factor of factorsUpTo(chunks)) {
    if (await search.attempt(withLargerChunks(search.best, chunkSize, factor))) return;
  }
};

/** From the largest to the smallest: all chunks in one, half of them in one, …, two in one. */
function factorsUpTo(chunks: number): number[] {
  const factors: number[] = [];
  for (let factor = chunks; factor > 1; factor = factor > 2 ? Math.ceil(factor / 2) : 0) factors.push(factor);
  return factors;
}

/** Chunk `i` becomes part of chunk `i / factor`. The put of the first of its parts puts the whole of it. */
function withLargerChunks(schedule: Schedule, chunkSize: number, factor: number): Schedule {
  const steps = schedule.steps.flatMap((step): Step[] => {
    if (step.do !== 'call' || step.operation.op !== 'put') return [step];
    const { index } = step.operation;
    return index % factor === 0 ? [{ ...step, operation: { ...step.operation, index: index / factor } }] : [];
  });
  const limits = { ...schedule.limits, chunkSize: chunkSize * factor };
  return withSteps({ ...schedule, limits }, steps);
}

/** Makes chunks smaller, and files with them, so that each file keeps its number of chunks. */
export const shrinkChunkSize: Pass = async (search) => {
  const { files, limits } = search.best;
  const { chunkSize } = limits;
  if (chunkSize === undefined || !files.every(isResizable)) return;
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
