/** Once `finish` has answered Ok, the blob is readable by the very next call of its owner, and stays so while a memory refers to it. Reads no model. */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import { type CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, endOf } from '../judgement/evidence.js';

export const immediateRetrieval: Checker = {
  name: 'immediate-retrieval',
  check(evidence) {
    const { sessions } = evidence;
    for (const { calls, owner } of sessions.values()) {
      const finish = calls.find(({ result }) => result?.kind === 'finished');
      if (finish === undefined) continue;
      const failed = calls.find(
        ({ request, invoked, result }) =>
          (request?.op === 'read' || request?.op === 'readWhole') &&
          request.by === owner &&
          invoked > endOf(finish) &&
          // A chunk may be larger than an answer can carry, and a token out of date.
          result?.kind === 'error' &&
          result.error !== 'ResourceExhausted' &&
          result.error !== 'Unauthenticated' &&
          hasMemory(evidence, finish, invoked, request.via !== undefined),
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

/**
 * Whether a memory made before the event at `index` surely refers to the blob that `finish` answered: it lives no longer than these.
 * `isByMemory`: only the memory that the finish made counts, for the blob is read by it.
 */
function hasMemory(
  { calls }: Evidence,
  { result: finished, ended }: CallRecord,
  index: number,
  isByMemory: boolean,
): boolean {
  if (finished?.kind !== 'finished') return false;
  const { blobId, memoryId } = finished;
  const made = calls.flatMap(({ result, ended: end = Infinity }) => {
    const refers = result?.kind === 'memory' && result.assets.some((asset) => asset.blobId === blobId);
    return refers && end < index ? [result.memoryId] : [];
  });
  // Without memories in the interface, nothing that it has ends a blob.
  if (memoryId === undefined) return (ended ?? Infinity) < index;
  return [memoryId, ...(isByMemory ? [] : made)].some(
    (id) => !calls.some((call) => mayDelete(call, id, index)),
  );
}

function mayDelete({ request, result, invoked }: CallRecord, memoryId: string, index: number): boolean {
  if (request?.op !== 'deleteMemory' || request.memoryId !== memoryId || invoked > index) return false;
  return result?.kind !== 'error';
}
