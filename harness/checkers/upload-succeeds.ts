/**
 * A correct upload succeeds, whatever other callers do: a begin within the limits, a put of the right bytes, a finish of a complete upload,
 * and an abort of an open one are accepted, and where the last put finishes an upload, it does. Judged wherever it happens in the history;
 * what follows is judged, too. Uses no model.
 */
import { operationText } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { isCanisterFault } from '../history/rejects.js';
import { RULES } from '../evidence/rules.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Violation } from '../evidence/verdict.js';
import { isLastPut } from '../ledger/finished-file.js';
import { expectationOf } from '../ledger/expectation-of.js';

export const uploadSucceeds: Checker = {
  name: 'upload-succeeds',
  check: (evidence) =>
    firstOfEachKind(
      evidence.calls.flatMap((call) => refusedInError(evidence, call) ?? unfinished(evidence, call) ?? []),
    ),
};

const SUCCESSES = { begin: 'begun', put: 'done', finish: 'finished', abort: 'done' } as const;

function refusedInError({ ledger }: Evidence, call: CallRecord): Violation | undefined {
  const { op } = call.operation;
  if (op !== 'begin' && op !== 'put' && op !== 'finish' && op !== 'abort') return undefined;
  if (!isRefusal(call, ledger.promises.errors === 'traps')) return undefined;
  const expected = expectationOf(ledger, call);
  if (expected?.answer !== 'success') return undefined;
  return callViolation(RULES.uploadSucceeds, call, {
    expected: `success of ${operationText(call.operation)}, because ${expected.because}`,
    expectedKind: SUCCESSES[op],
  });
}

/** A put that had to finish its upload, and was only accepted. */
function unfinished({ ledger }: Evidence, call: CallRecord): Violation | undefined {
  const upload = call.result?.kind === 'done' ? ledger.uploadOf(call) : undefined;
  if (upload === undefined || !isLastPut(ledger, upload, ledger.effectOf(call))) return undefined;
  return callViolation(RULES.uploadSucceeds, call, {
    expected: `${operationText(call.operation)} finishes the upload, because nothing else is missing`,
    expectedKind: SUCCESSES.finish,
  });
}

/** Whether the canister refused the call. Its environment may refuse calls, too. */
export function isRefusal({ result }: CallRecord, errorsTrap: boolean): boolean {
  // The rule `no-trap` reports traps, unless they are how the canister reports errors.
  return result?.kind === 'error' || (errorsTrap && isCanisterFault(result));
}
