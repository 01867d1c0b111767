import { isWrite } from '../../model/operations.js';
import { shownParts } from '../evidence/shown-parts.js';
import { canonicalJson } from '../history/canonical-json.js';
import { sessionOf, type CallRecord } from '../history/calls.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { withoutCalls } from './edit.js';
import { isAccepted, type Execution } from './execution.js';
import { recordsOf, serialRelation } from './relation.js';
import { arePutsRepeatable, retriedCalls } from './retries.js';
import { callsText, commonName } from './words.js';

/** The schedule without the second of two identical calls that were both accepted, and with each accepted call sent twice. */
export const repetition = serialRelation<CallRecord>({
  name: 'repetition',
  rule: 'an accepted call that is sent again gets the same answer and has no further effect',
  requires: 'that puts, finishes, or begins may be repeated',
  isMet: ({ promises, shape }) =>
    arePutsRepeatable({ promises, shape }) ||
    promises.repeatedFinish === 'same' ||
    promises.repeatedBegin === 'same',
  familiesOf: (base, target) => [
    {
      changes: repeatedCalls(base, target),
      vary: (calls) => ({
        ...withoutCalls(base.schedule, new Set(calls.map(({ call }) => call))),
        words: {
          right: 'variant',
          rightText: `without repeating ${callsText(calls, shownParts(base.schedule, target))}`,
          wrongText: `with the ${calls.length === 1 ? 'repetition' : 'repetitions'}`,
          cause: `after a repeated ${commonName(
            calls.map(({ operation }) => operation.op),
            'call',
          )}`,
        },
      }),
    },
    retriedCalls(base, target),
  ],
});

function repeatedCalls(base: Execution, target: JudgedTarget): readonly CallRecord[] {
  const { promises } = target;
  // A repeated call may count as activity and so postpone the expiry.
  const lastAdvance =
    promises.expiry === 'never'
      ? -1
      : (base.history.events.findLast(({ type }) => type === 'advanced')?.index ?? -1);
  const latest = new Map<string, CallRecord>();
  const bound = new Map<string, string>();
  const uploads = new Uploads();
  return recordsOf(base).filter((record) => {
    if (!isAccepted(record)) return false;
    const subject = subjectOf(record, uploads.numberOf(record));
    const isRepeated = subject !== undefined && isSame(latest.get(subject), record, bound);
    if (subject !== undefined) latest.set(subject, record);
    if (record.operation.op === 'begin' && record.result?.kind === 'begun')
      bound.set(record.operation.session, record.result.sessionId);
    return isRepeated && isRepeatable(record, target) && record.invoked > lastAdvance;
  });
}

/** Numbers the uploads that follow each other under one key or name. */
class Uploads {
  readonly #latest = new Map<string, { readonly label: string; readonly number: number }>();

  /** The number of the upload that an accepted call is on. What follows an abort belongs to the next upload. */
  numberOf(record: CallRecord): number {
    const { operation } = record;
    const id = sessionOf(record);
    if (id === undefined || !('session' in operation) || !isWrite(operation.op)) return 0;
    const label = operation.session;
    const latest = this.#latest.get(id) ?? { label, number: 0 };
    const number = latest.number + (latest.label === label ? 0 : 1);
    this.#latest.set(id, { label, number: number + (operation.op === 'abort' ? 1 : 0) });
    return number;
  }
}

/** What the call sets: a later call on the same subject replaces it or repeats it. */
function subjectOf(record: CallRecord, upload: number): string | undefined {
  const { operation } = record;
  if (operation.op === 'put') return canonicalJson(['put', sessionOf(record), upload, operation.index]);
  if (operation.op === 'finish') return canonicalJson(['finish', sessionOf(record), upload]);
  if (operation.op === 'begin') return canonicalJson(['begin', operation.caller, operation.key]);
  return undefined;
}

function isSame(
  earlier: CallRecord | undefined,
  record: CallRecord,
  bound: ReadonlyMap<string, string>,
): boolean {
  if (earlier === undefined || canonicalJson(earlier.operation) !== canonicalJson(record.operation))
    return false;
  const { operation, result } = record;
  // The repetition must leave the binding of its label as it is.
  return (
    operation.op !== 'begin' ||
    (result?.kind === 'begun' && bound.get(operation.session) === result.sessionId)
  );
}

function isRepeatable({ operation: { op } }: CallRecord, target: JudgedTarget): boolean {
  if (op === 'put') return arePutsRepeatable(target);
  const { promises } = target;
  return op === 'finish' ? promises.repeatedFinish === 'same' : promises.repeatedBegin === 'same';
}
