import { isWrite, viaOf } from '../../model/operations.js';
import { isQuery, type CallRecord } from '../history/calls.js';
import { withoutCalls } from './edit.js';
import type { Execution } from './execution.js';
import { recordsOf, serialRelation } from './relation.js';
import { callsText, commonName } from './words.js';

/** The schedule without the reads before the last write. Only reads that are update calls can have an effect. */
export const reads = serialRelation<CallRecord>({
  name: 'reads',
  rule: 'a read has no effect',
  requires: 'nothing',
  isMet: () => true,
  familiesOf: (base) => [
    {
      changes: readsByUpdate(base),
      vary: (calls) => ({
        ...withoutCalls(base.schedule, new Set(calls.map(({ call }) => call))),
        words: {
          right: 'variant',
          rightText: `without ${callsText(calls)}`,
          wrongText: `with ${calls.length === 1 ? 'it' : 'them'}`,
          cause: `after a ${commonName(
            calls.map(({ operation }) => operation.op),
            'read',
          )}`,
        },
      }),
    },
  ],
});

function readsByUpdate(base: Execution): readonly CallRecord[] {
  const records = recordsOf(base);
  const lastWrite = records.findLast(({ operation }) => isWrite(operation.op))?.call ?? -1;
  return records.filter(
    (record) =>
      record.call < lastWrite &&
      isQuery(record) &&
      (record.delivered !== undefined || viaOf(record.operation) !== undefined),
  );
}
