/** Loads the past failures that `run` replays before the campaign. */
import { loadCorpus, type CorpusEntry } from '../../harness/counterexamples/corpus.js';
import { corpusFolder } from '../corpus-folder.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface PastFailures {
  /** The counterexamples to replay. */
  readonly entries: readonly CorpusEntry[];
  /** Set if the folder has counterexamples that do not apply to this subject. */
  readonly omitted: { readonly count: number; readonly reason: string } | undefined;
}

/**
 * Past failures apply only to the subject they were found on: a seeded fault would fail them all, and with a custom init argument the
 * schedules do not get their own limits.
 * @param fixed the findings of the subject that are marked as fixed in the store
 * @throws InputError if the named folder does not exist or contains a file that is not a counterexample
 */
export async function loadPastFailures(
  named: string | undefined,
  subject: Pick<SubjectSpec, 'fault' | 'initArg' | 'service'>,
  fixed: readonly CorpusEntry[] = [],
): Promise<PastFailures> {
  const folder = corpusFolder(named);
  const entries = [...(folder === undefined ? [] : await loadCorpus(folder)), ...fixed];
  const reason = reasonToOmit(subject);
  if (reason === undefined || entries.length === 0) return { entries, omitted: undefined };
  return { entries: [], omitted: { count: entries.length, reason } };
}

function reasonToOmit({
  fault,
  initArg,
  service,
}: Pick<SubjectSpec, 'fault' | 'initArg' | 'service'>): string | undefined {
  if (fault !== undefined) return 'a seeded fault is enabled';
  if (initArg !== undefined) return '--init-arg sets the limits';
  if (service !== undefined) return 'not supported for HTTP services';
  return undefined;
}
