import { isWrite } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import { isOutcomeUnknown, isSizeRefusal } from '../history/rejects.js';
import { withoutCalls } from './edit.js';
import type { Execution } from './execution.js';
import { isByStranger, ownersOf } from './ownership.js';
import { recordsOf, serialRelation } from './relation.js';
import { callsText, commonName, plural } from './words.js';
import type { Promises } from '../../targets/promises.js';

/** The schedule without the calls that were rejected. Calls of strangers have a relation of their own. */
export const rejectedCalls = serialRelation<CallRecord>({
  name: 'rejected-calls',
  rule: 'a rejected call has no effect',
  requires: 'nothing',
  isMet: () => true,
  familiesOf: (base, { promises }) => [
    {
      changes: rejectedWrites(base, promises),
      vary: (rejected) => ({
        ...withoutCalls(base.schedule, new Set(rejected.map(({ call }) => call))),
        words: {
          right: 'variant',
          rightText: `without the rejected ${plural(rejected.length, 'call')} ${callsText(rejected)}`,
          wrongText: `with ${rejected.length === 1 ? 'it' : 'them'}`,
          cause: `after a rejected ${commonName(
            rejected.map(({ operation }) => operation.op),
            'call',
          )}`,
        },
      }),
    },
  ],
});

function rejectedWrites(base: Execution, promises: Promises): readonly CallRecord[] {
  const owners = ownersOf(base);
  return recordsOf(base).filter(
    (record) => isWrite(record.operation.op) && isRejected(record) && !isByStranger(record, owners, promises),
  );
}

/** Whether the canister received the call and rejected it. */
function isRejected({ outcome, result }: CallRecord): boolean {
  if (outcome !== 'fail' || result?.kind === 'undecodable' || isOutcomeUnknown(result)) return false;
  return result?.kind !== 'rejected' || !isSizeRefusal(result);
}
