/** The store of findings of a command that runs campaigns. */
import type { Finding } from '../campaigns/campaign/campaign-result.js';
import { errorLine } from '../campaigns/error-line.js';
import { currentCommit } from '../campaigns/store/commit.js';
import { FindingStore } from '../campaigns/store/finding-store.js';
import { projectFolder, storeLocation } from '../campaigns/store/location.js';
import { recordRun, subjectName } from '../campaigns/store/record-run.js';
import type { CorpusEntry } from '../harness/counterexamples/corpus.js';
import type { SubjectSpec } from '../campaigns/subject/subject.js';
import type { FindingsTrend } from '../reports/documents/finding-trend.js';
import type { RunReport } from '../reports/documents/run-report.js';
import type { Terminal } from './terminal/terminal.js';

export interface Recorder {
  /** The findings of the subject that are marked as fixed. They are past failures, like the files in the corpus. */
  readonly fixed: readonly CorpusEntry[];
  /** Returns the trend of the subject; null if the run could not be recorded, which is printed. */
  record(report: RunReport, findings: readonly Finding[]): FindingsTrend | null;
}

export interface RecorderOptions {
  /** The file of the store; false: nothing is recorded. */
  readonly store?: string | false;
  /** null: it is unknown. Default: that of the project in the working folder. */
  readonly commit?: string | null;
}

/**
 * Tests the store before the campaign. `undefined` if nothing is to be recorded, or if the default store cannot be used, which is
 * printed.
 * @throws InputError if the user named a store that cannot be used
 */
export async function openRecorder(
  { store, commit: named }: RecorderOptions,
  subject: SubjectSpec,
  terminal: Terminal,
): Promise<Recorder | undefined> {
  if (store === false) return undefined;
  const { path, isNamed } = storeLocation(store);
  const name = subjectName(subject, projectFolder());
  let fixed: readonly CorpusEntry[];
  try {
    fixed = withStore(path, (opened) => fixedFindings(opened, name));
  } catch (error) {
    if (isNamed) throw error;
    terminal.line(notRecorded(error));
    return undefined;
  }
  const commit = named === null ? null : await currentCommit({ named, folder: projectFolder() });
  return {
    fixed,
    record(report, findings) {
      try {
        return withStore(path, (opened) => recordRun(opened, { report, findings, commit, subject: name }));
      } catch (error) {
        terminal.line(notRecorded(error));
        return null;
      }
    },
  };
}

function fixedFindings(store: FindingStore, subject: string): readonly CorpusEntry[] {
  return store
    .findings({ subject })
    .filter(({ status }) => status === 'fixed')
    .map(({ id, counterexample }) => ({ path: `finding #${id}`, counterexample }));
}

function notRecorded(error: unknown): string {
  return `upload-stress: the findings are not recorded: ${errorLine(error)}`;
}

/** @throws InputError, one line, if the store cannot be used */
export function withStore<T>(path: string, work: (store: FindingStore) => T): T {
  const store = new FindingStore(path);
  try {
    return work(store);
  } finally {
    store.close();
  }
}
