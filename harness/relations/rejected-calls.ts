import { isOfUnknown, isWrite, viaOf, type Operation } from '../../model/operations.js';
import { shownParts } from '../evidence/shown-parts.js';
import type { CallRecord } from '../history/calls.js';
import { canonicalJson } from '../history/canonical-json.js';
import { withoutCalls } from './edit.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import type { Execution } from './execution.js';
import { withInsertions, type CallInsertion } from './insertions.js';
import { isByStranger, ownersOf } from './ownership.js';
import { isRejected, isRejectedIn } from './rejected.js';
import { recordsOf, serialRelation, type Variant } from './relation.js';
import { callsText, commonName, plural } from './words.js';
import { strangersCallsOf, wrongCallsOf } from './wrong-calls.js';
import type { Promises } from '../../targets/promises.js';

/** The schedule without the calls that were rejected, and with wrong calls. Calls of strangers have a relation of their own. */
export const rejectedCalls = serialRelation<CallRecord>({
  name: 'rejected-calls',
  rule: 'a rejected call has no effect',
  requires: 'nothing',
  isMet: () => true,
  familiesOf: (base, target) => [
    {
      changes: rejectedWrites(base, target.promises),
      vary: (rejected) => ({
        ...withoutCalls(base.schedule, new Set(rejected.map(({ call }) => call))),
        words: {
          right: 'variant',
          rightText: `without the rejected ${plural(rejected.length, 'call')} ${callsText(rejected, shownParts(base.schedule, target))}`,
          wrongText: `with ${rejected.length === 1 ? 'it' : 'them'}`,
          cause: causeOf(rejected),
        },
      }),
    },
  ],
  insertionsOf: (base, target) => ({
    changes: furtherCallsOf(base, target),
    vary: (insertions) => varyWithCalls(base, insertions),
  }),
});

function causeOf(rejected: readonly Pick<CallRecord, 'operation'>[]): string {
  return `after a rejected ${commonName(
    rejected.map(({ operation }) => operation.op),
    'call',
  )}`;
}

// ---- insertion ----

/** Wrong calls of a kind of which the base has no rejected call. */
function furtherCallsOf(base: Execution, target: JudgedTarget): readonly CallInsertion[] {
  const { access = {} } = target.promises;
  const rejected = new Set(
    recordsOf(base)
      .filter(({ operation, ...rest }) => isWrite(operation.op) && isRejected(rest))
      .map(({ operation }) => kindOf(operation)),
  );
  const calls = [
    ...wrongCallsOf(base, target),
    ...strangersCallsOf(base, target, (name) => access[name] === undefined),
  ];
  return calls.filter(({ step: { operation } }) => !rejected.has(kindOf(operation)));
}

function kindOf(operation: Operation): string {
  return `${operation.op}${'by' in operation ? ' by another' : ''}${isOfUnknown(operation) ? ' with an unknown id' : ''}`;
}

/** A wrong call that nobody promises to reject may be accepted. It then proves nothing. */
function varyWithCalls(base: Execution, insertions: readonly CallInsertion[]): Variant<CallInsertion> {
  const { inserted, ...edited } = withInsertions(base.schedule, insertions);
  const calls = insertions.map(({ step }) => step);
  return {
    ...edited,
    isFit: isRejectedIn(inserted),
    words: {
      right: 'base',
      rightText: 'without a wrong call',
      wrongText: `with the rejected ${plural(calls.length, 'call')} ${callsText(calls)}`,
      cause: causeOf(calls),
    },
  };
}

// ---- removal ----

/**
 * A call that a correct client makes is left out only if the client makes it again later. Otherwise the calls that are rejected because
 * of an earlier one would be left out with it.
 */
function rejectedWrites(base: Execution, promises: Promises): readonly CallRecord[] {
  const owners = ownersOf(base);
  const lastOf = new Map(recordsOf(base).map((record) => [canonicalJson(record.operation), record.call]));
  return recordsOf(base).filter((record) => {
    if (!isWrite(record.operation.op) || !isRejected(record) || isByStranger(record, owners, promises))
      return false;
    return !isRegular(record.operation) || record.call !== lastOf.get(canonicalJson(record.operation));
  });
}

/** Whether a correct client may make the call. */
function isRegular(operation: Operation): boolean {
  if (viaOf(operation) === 'http-no-token') return false;
  switch (operation.op) {
    case 'begin':
      return (operation.chunksOff ?? 0) === 0 && operation.capsuleOf === undefined;
    case 'put':
      return operation.data.kind === 'right' && operation.by === undefined;
    case 'finish':
      return operation.hash === 'right' && operation.lengthOff === 0 && operation.by === undefined;
    default:
      return false;
  }
}
