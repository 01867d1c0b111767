/** The gate history file: JSON lines, oldest first. Every complete gate appends its counters. */
import { appendFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readInputFile } from '../../harness/files/input-file.js';
import { makeFolder } from '../../harness/files/make-folder.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { historyEntrySchema, type HistoryEntry } from '../../reports/documents/gate-report.js';

/** The number of entries that a page shows. Older ones stay in the file. */
export const HISTORY_SHOWN_MAX = 60;

export interface GateHistory {
  /** The latest entries, oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** The number of lines that are not entries, for example cut short by a full disk. They stay in the file. */
  readonly unreadable: number;
}

/** A missing file is an empty history. @throws InputError if the file cannot be read */
export async function readHistory(path: string): Promise<GateHistory> {
  const lines = textOf(path)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const entries = lines.flatMap((line) => entryOf(line) ?? []);
  return { entries: entries.slice(-HISTORY_SHOWN_MAX), unreadable: lines.length - entries.length };
}

/** Appends a line. If the last line was cut short, starts a new one. @throws InputError if the file cannot be written */
export async function appendHistory(path: string, entry: HistoryEntry): Promise<void> {
  const text = textOf(path);
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  try {
    makeFolder(dirname(path));
    await appendFile(path, `${end}${JSON.stringify(entry)}\n`);
  } catch (error) {
    throw new InputError(`history ${path}: it cannot be written: ${reasonOf(error)}`);
  }
}

const HISTORY_BYTES_MAX = 256 * 2 ** 20;

/** Empty if the file does not exist. */
function textOf(path: string): string {
  try {
    return new TextDecoder().decode(readInputFile(path, { what: 'history', bytesMax: HISTORY_BYTES_MAX }));
  } catch (error) {
    const cause =
      error instanceof InputError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code === 'ENOENT') return '';
    throw error;
  }
}

function entryOf(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
