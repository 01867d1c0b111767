import type { CallRecord } from '../history/calls.js';
import { withoutCalls } from './edit.js';
import { isByStranger, ownersOf } from './ownership.js';
import { recordsOf, serialRelation } from './relation.js';
import { callsText, commonName } from './words.js';

/** The schedule without the calls of callers who have no permission on the upload. */
export const strangers = serialRelation<CallRecord>({
  name: 'strangers',
  rule: 'a call of a caller without permission has no effect',
  requires: 'that some calls are for owners only',
  isMet: ({ promises: { access = {} } }) => Object.values(access).includes('owner'),
  familiesOf: (base, { promises }) => {
    const owners = ownersOf(base);
    return [
      {
        changes: recordsOf(base).filter((record) => isByStranger(record, owners, promises)),
        vary: (calls) => ({
          ...withoutCalls(base.schedule, new Set(calls.map(({ call }) => call))),
          words: {
            right: 'variant',
            rightText: `without ${callsText(calls)}`,
            wrongText: `with ${calls.length === 1 ? 'this call' : 'these calls'} of a stranger`,
            cause: `after the ${commonName(
              calls.map(({ operation }) => operation.op),
              'call',
            )} of a stranger`,
          },
        }),
      },
    ];
  },
});
