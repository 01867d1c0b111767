/** Once `finish` has answered Ok, the blob is readable by the very next call of its owner, and stays so. Reads no model. */
import { resultText } from '../../model/explain.js';
import { operationText } from '../calls.js';
import { type Checker, endOf } from '../evidence.js';

export const immediateRetrieval: Checker = {
  name: 'immediate-retrieval',
  check({ sessions }) {
    for (const { calls, owner } of sessions.values()) {
      const finish = calls.find(({ result }) => result?.kind === 'finished');
      if (finish === undefined) continue;
      const failed = calls.find(
        ({ request, invoked, result }) =>
          request?.op === 'read' &&
          request.by === owner &&
          invoked > endOf(finish) &&
          // A chunk may be larger than an answer can carry.
          result?.kind === 'error' &&
          result.error !== 'ResourceExhausted',
      );
      if (failed?.result === undefined) continue;
      const operation = operationText(failed.operation);
      return {
        checker: 'immediate-retrieval',
        rule: 'what finish answered Ok for is readable by the very next call',
        event: failed.ended,
        expected: `${operation}: the blob, because ${operationText(finish.operation)} answered Ok before (event ${endOf(finish)})`,
        seen: `${operation}: ${resultText(failed.result)}`,
      };
    }
    return undefined;
  },
};
