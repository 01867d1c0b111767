import type { History } from '../../harness/history/history.js';
import { resultText } from '../../model/explain.js';
import { operationText } from '../../model/operations.js';

/** The calls on a session that were made, with their answers: `put A[1]: Ok`. */
export function callLines({ events }: History, session: string): readonly string[] {
  return events.flatMap((event) => {
    if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'info') return [];
    const { operation } = event;
    if (!('session' in operation) || operation.session !== session) return [];
    const answer = 'result' in event ? resultText(event.result) : event.reason;
    return [`${operationText(operation)}: ${answer}`];
  });
}
