/** A client that gets no answer sends its call again. */
import { shownParts } from '../evidence/shown-parts.js';
import type { CallRecord } from '../history/calls.js';
import { viaOf } from '../../model/operations.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { DRAIN, rewrite } from './edit.js';
import { isAccepted, recordsOf, type Execution } from './execution.js';
import type { Changes } from './relation.js';
import { callsText, commonName } from './words.js';

/** The schedule with each accepted call sent twice, as by a client that lost the first answer. Both answers are compared. */
export function retriedCalls(base: Execution, target: JudgedTarget): Changes<CallRecord> {
  return {
    changes: recordsOf(base).filter((record) => isAccepted(record) && mayBeRetried(record, target)),
    vary: (calls) => {
      const text = callsText(calls, shownParts(base.schedule, target));
      const retried = new Set(calls.map(({ call }) => call));
      return {
        ...rewrite(base.schedule, {
          call: (number, step) => {
            const written = { step, of: number };
            return retried.has(number) ? [written, DRAIN, written] : [written];
          },
        }),
        words: {
          right: 'base',
          rightText: `with ${text} sent once`,
          wrongText: `with ${calls.length === 1 ? 'a retry' : 'retries'} of ${text}`,
          cause: `after a retried ${commonName(
            calls.map(({ operation }) => operation.op),
            'call',
          )}`,
        },
      };
    },
  };
}

/** Whether a put of bytes that are stored already has no effect. */
export function arePutsRepeatable({ promises, shape }: Pick<JudgedTarget, 'promises' | 'shape'>): boolean {
  return promises.repeatedPut === 'accepted' && shape.address !== 'append' && shape.address !== 'receipt';
}

function mayBeRetried({ operation, result }: CallRecord, target: JudgedTarget): boolean {
  const { promises } = target;
  switch (operation.op) {
    case 'begin':
      // Over HTTP, begins are counted.
      return promises.repeatedBegin === 'same' && viaOf(operation) === undefined;
    case 'put':
      // A put that finishes the upload is a finish.
      return arePutsRepeatable(target) && operation.data.kind === 'right' && result?.kind !== 'finished';
    case 'finish':
      return promises.repeatedFinish === 'same';
    default:
      return false;
  }
}
