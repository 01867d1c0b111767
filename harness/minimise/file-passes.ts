/** Passes over the files that are uploaded. */
import type { FileRecipe, Schedule } from '../../model/schedule.js';
import { at } from '../at.js';
import { isResizable, sessionsOfFile } from './chunk-passes.js';
import { mapOperations } from '../../model/edit-schedule.js';
import type { Pass, Search } from './search.js';

/** Drops unused files, then makes each file shorter and its content plainer. */
export const simplifyFiles: Pass = async (search) => {
  await search.attempt(withoutUnusedFiles(search.best));
  for (let index = 0; index < search.best.files.length; index++) {
    const file = at(search.best.files, index);
    const lengths = isResizable(file) ? shorterLengths(file.bytes, search.best.limits.chunkSize) : [];
    await changeFile(
      search,
      index,
      lengths.map((bytes) => ({ bytes })),
    );
    await changeFile(
      search,
      index,
      plainerContents(file.content).map((plainer) => ({ content: plainer })),
    );
  }
};

/** Attempts the changes in turn, until one is accepted. */
async function changeFile(
  search: Search,
  index: number,
  changes: readonly Partial<FileRecipe>[],
): Promise<void> {
  for (const change of changes) {
    const { files } = search.best;
    const changed = files.with(index, { ...at(files, index), ...change });
    if (await search.attempt({ ...search.best, files: changed })) return;
  }
}

/** From the shortest to the longest. */
function shorterLengths(bytes: number, chunkSize: number | undefined): number[] {
  const lengths = [0, 1, 2, Math.floor(bytes / 2)];
  if (chunkSize !== undefined) {
    // The same number of chunks, with a last chunk of one byte, and one chunk fewer.
    const whole = Math.floor((bytes - 1) / chunkSize) * chunkSize;
    lengths.push(chunkSize, whole, whole + 1);
  }
  return [...new Set(lengths)].filter((length) => length >= 0 && length < bytes).sort((a, b) => a - b);
}

/** Zeros, else random bytes of a smaller seed. */
function plainerContents(content: FileRecipe['content']): FileRecipe['content'][] {
  if (content.kind !== 'random') return [];
  const seeds = [0, 1, 2].filter((seed) => seed < content.seed);
  return [{ kind: 'zero' }, ...seeds.map((seed) => ({ kind: 'random', seed }) as const)];
}

function withoutUnusedFiles(schedule: Schedule): Schedule {
  const used = [...schedule.files.keys()].filter((file) => sessionsOfFile(schedule, file).size > 0);
  const steps = mapOperations(schedule, (operation) =>
    operation.op === 'begin' ? { ...operation, file: used.indexOf(operation.file) } : operation,
  );
  return { ...schedule, files: used.map((file) => at(schedule.files, file)), steps };
}
