/** The option `--corpus`: which past failures a run begins with. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { loadCorpus, type CorpusEntry } from '../harness/counterexamples/corpus.js';
import type { CorpusReplay } from '../campaigns/campaign/corpus-replay.js';
import type { SubjectSpec } from '../campaigns/subject/subject.js';

export const CORPUS_FOLDER_DEFAULT = 'corpus';

export interface PastFailures {
  readonly entries: readonly CorpusEntry[];
  /** Said before the run. */
  readonly note: string | undefined;
}

/**
 * With a seeded fault its own past failures would be all that is found; with the user's init argument schedules do not have the
 * limits that they were found with. Then none is run.
 * @throws InputError, one line, for a folder that was named and is not there, and for a file that is no counterexample
 */
export async function pastFailures(
  folder: string | undefined,
  { fault, initArg, service }: Pick<SubjectSpec, 'fault' | 'initArg' | 'service'>,
): Promise<PastFailures> {
  if (folder === undefined && !existsSync(CORPUS_FOLDER_DEFAULT)) return { entries: [], note: undefined };
  const entries = await loadCorpus(folder ?? CORPUS_FOLDER_DEFAULT);
  const reason =
    fault !== undefined
      ? 'a seeded fault is on'
      : initArg !== undefined
        ? 'the limits are those of --init-arg'
        : service !== undefined
          ? 'they are about canisters'
          : undefined;
  if (reason === undefined || entries.length === 0) return { entries, note: undefined };
  return { entries: [], note: `corpus: ${countText(entries.length)} not replayed: ${reason}` };
}

const countText = (count: number) => `${count} past ${count === 1 ? 'failure' : 'failures'}`;

export function corpusLines({ replayed, failing, skipped }: CorpusReplay): string[] {
  const passing = replayed - failing.length;
  return [
    ...(replayed > 0 ? [`corpus: ${passing} of ${countText(replayed)} pass`] : []),
    ...failing.map(({ path, counterexample }) => `corpus: ${basename(path)} fails: ${counterexample.rule}`),
    ...skipped.map(({ path, reason }) => `corpus: ${basename(path)} skipped: ${reason}`),
  ];
}
