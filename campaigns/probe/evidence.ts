/** The calls of a script and their answers as text, in the order in which they were made. */
import { describeOperation, type Operation, type ShownParts } from '../../model/operations.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { BETWEEN_CALLS_SECONDS } from './script.js';
import type { Transcript } from './transcript.js';

export interface EvidenceLine {
  readonly call: string;
  readonly answer: string;
}

/** A script may repeat the same calls hundreds of times. */
const LINES_MAX = 24;

export function evidenceOf(
  history: History,
  transcript: Transcript,
  parts: ShownParts,
): readonly EvidenceLine[] {
  const lines = history.events.flatMap((event) => lineOf(event, transcript, parts));
  if (lines.length <= LINES_MAX) return lines;
  const [head, tail] = [lines.slice(0, LINES_MAX / 2), lines.slice(-LINES_MAX / 2)];
  return [...head, { call: `… ${lines.length - LINES_MAX} more calls`, answer: '…' }, ...tail];
}

function lineOf(event: HistoryEvent, transcript: Transcript, parts: ShownParts): readonly EvidenceLine[] {
  switch (event.type) {
    case 'invoke':
    case 'skipped':
      return [{ call: callText(event.operation, parts), answer: transcript.answer(event.call).text }];
    case 'upgraded':
      return [{ call: 'upgrade the canister', answer: event.failure ?? 'done' }];
    case 'restarted':
      return [{ call: 'stop and start the canister', answer: event.failure ?? 'done' }];
    case 'advanced':
      if (event.seconds === BETWEEN_CALLS_SECONDS) return [];
      return [{ call: `wait ${event.seconds.toLocaleString('en-US')} s`, answer: 'done' }];
    default:
      return [];
  }
}

function callText(operation: Operation, { files = [], keys = true }: ShownParts): string {
  if (operation.op !== 'begin') return describeOperation(operation);
  const { session, caller, key, file } = operation;
  const { name, bytes } = files[file] ?? { name: '', bytes: 0 };
  const named = keys ? `, key "${key}"` : '';
  return `begin ${session}: file "${name}" of ${bytes.toLocaleString('en-US')} B by caller ${caller}${named}`;
}
