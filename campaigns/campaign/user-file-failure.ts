/** Whether a run uploaded the user's file and read it back, and what went wrong if it did not. */
import { USER_FILE_SESSION, type UserFile } from '../../generators/user-file.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { resultText } from '../../model/explain.js';
import { callLines } from '../smoke/call-lines.js';

export interface UserFileFailure {
  /** The first call on the file that failed, and its answer. */
  readonly problem: string;
  /** All calls on the file with their answers. */
  readonly calls: readonly string[];
}

/** @returns `undefined` if the file was read back unchanged */
export function userFileFailure(history: History, file: UserFile): UserFileFailure | undefined {
  if (history.events.some((event) => isReadBack(event, file))) return undefined;
  const problem = problemOf(history) ?? 'it was never read back unchanged';
  return { problem, calls: callLines(history, USER_FILE_SESSION) };
}

/** Whether the event is the owner's read of the right bytes. */
function isReadBack(event: HistoryEvent, { bytes, content }: UserFile): boolean {
  if (event.type !== 'ok') return false;
  const { operation, result } = event;
  const isOwn =
    operation.op === 'read' && operation.session === USER_FILE_SESSION && operation.by === undefined;
  return isOwn && result.kind === 'blob' && result.size === String(bytes) && result.sha256 === content.sha256;
}

/** The first unsuccessful operation on the user's file; `undefined` if every operation succeeded. */
function problemOf({ events }: History): string | undefined {
  for (const event of events) {
    if (event.type !== 'fail' && event.type !== 'info') continue;
    const { operation } = event;
    if (!('session' in operation) || operation.session !== USER_FILE_SESSION) continue;
    return `${operation.op}: ${event.type === 'fail' ? resultText(event.result) : event.reason}`;
  }
  return undefined;
}
