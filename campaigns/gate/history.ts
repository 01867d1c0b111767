/** The history of a gate: JSON lines, oldest first, that every gate adds its counters to. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../../harness/input-error.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { historyEntrySchema, type HistoryEntry } from '../../reports/documents/gate-report.js';

/** As many as a page can show; older ones stay in the file. */
export const HISTORY_SHOWN_MAX = 60;

export interface History {
  /** The last of them. */
  readonly entries: readonly HistoryEntry[];
  /** Lines that are no entry: cut short by a full disk, or of another program. They are left where they are. */
  readonly unreadable: number;
}

/** Of a file that does not exist there is none. @throws InputError, one line, if it cannot be read */
export async function readHistory(path: string): Promise<History> {
  const lines = (await textOf(path)).split('\n').filter((line) => line.trim() !== '');
  const entries = lines.flatMap((line) => entryOf(line) ?? []);
  return { entries: entries.slice(-HISTORY_SHOWN_MAX), unreadable: lines.length - entries.length };
}

/** One line more. A line that was cut short before it stays a line of its own. @throws InputError, one line */
export async function appendHistory(path: string, entry: HistoryEntry): Promise<void> {
  const text = await textOf(path);
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  try {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${end}${JSON.stringify(entry)}\n`);
  } catch (error) {
    throw new InputError(`history ${path}: it cannot be written: ${reasonOf(error)}`);
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new InputError(`history ${path}: ${reasonOf(error)}`);
  }
}

function entryOf(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
