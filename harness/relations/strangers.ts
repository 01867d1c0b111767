import type { CallRecord } from '../history/calls.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { withoutCalls } from './edit.js';
import type { Execution } from './execution.js';
import { withInsertions, type CallInsertion } from './insertions.js';
import { ACCESS, isByStranger, ownersOf, type AccessName } from './ownership.js';
import { isRejectedIn } from './rejected.js';
import { recordsOf, serialRelation } from './relation.js';
import { callsText, commonName } from './words.js';
import { strangersCallsOf } from './wrong-calls.js';

/** The schedule without the calls of callers who have no permission on the upload, and with such calls. */
export const strangers = serialRelation<CallRecord>({
  name: 'strangers',
  rule: 'a call of a caller without permission has no effect',
  requires: 'that some calls are for owners only',
  isMet: ({ promises: { access = {} } }) => Object.values(access).includes('owner'),
  familiesOf: (base, target) => [
    {
      changes: strangersOf(base, target),
      vary: (calls) => ({
        ...withoutCalls(base.schedule, new Set(calls.map(({ call }) => call))),
        words: {
          right: 'variant',
          rightText: `without ${callsText(calls)}`,
          wrongText: `with ${calls.length === 1 ? 'this call' : 'these calls'} of a stranger`,
          cause: causeOf(calls),
        },
      }),
    },
  ],
  insertionsOf: (base, target) => ({
    changes: furtherCallsOf(base, target),
    vary: (insertions) => {
      const calls = insertions.map(({ step }) => step);
      const { inserted, ...edited } = withInsertions(base.schedule, insertions);
      return {
        ...edited,
        // The rule `strangers-are-refused` judges a call that is accepted.
        isFit: isRejectedIn(inserted),
        words: {
          right: 'base',
          rightText: 'without a call of a stranger',
          wrongText: `with ${callsText(calls)}`,
          cause: causeOf(calls),
        },
      };
    },
  }),
});

function strangersOf(base: Execution, { promises }: JudgedTarget): readonly CallRecord[] {
  const owners = ownersOf(base);
  return recordsOf(base).filter((record) => isByStranger(record, owners, promises));
}

/** Calls of strangers that need a permission which no stranger has tried without. */
function furtherCallsOf(base: Execution, target: JudgedTarget): readonly CallInsertion[] {
  const { access = {} } = target.promises;
  const tried = new Set<AccessName | undefined>(
    strangersOf(base, target).map(({ operation }) => ACCESS[operation.op]),
  );
  return strangersCallsOf(base, target, (name) => access[name] === 'owner' && !tried.has(name));
}

function causeOf(calls: readonly Pick<CallRecord, 'operation'>[]): string {
  return `after the ${commonName(
    calls.map(({ operation }) => operation.op),
    'call',
  )} of a stranger`;
}
