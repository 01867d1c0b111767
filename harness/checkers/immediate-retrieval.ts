/** A finished file is readable from the very next call on, until it is deleted or replaced. Uses no model. */
import { operationText } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import { mayCall } from '../ledger/access.js';
import { acknowledgedFile, readableFile } from '../ledger/finished-file.js';
import { isRefusal } from './upload-succeeds.js';

export const immediateRetrieval: Checker = {
  name: 'immediate-retrieval',
  check: (evidence) =>
    firstOfEachKind(evidence.calls.flatMap((call) => refusedInError(evidence, call) ?? [])),
};

function refusedInError({ ledger }: Evidence, call: CallRecord): Violation | undefined {
  const { op } = call.operation;
  if ((op !== 'read' && op !== 'readWhole') || !isRefusal(call, ledger.promises.errors === 'traps'))
    return undefined;
  // The file, or one of its chunks, may be larger than a reply can carry.
  if (call.result?.kind === 'error' && call.result.error === 'ResourceExhausted') return undefined;
  const upload = ledger.uploadOf(call);
  const effect = ledger.effectOf(call);
  if (upload === undefined || !mayCall(ledger, 'read', upload, effect)) return undefined;
  const file = readableFile(ledger, upload, effect);
  // Who finishes a file without all its bytes cannot rely on it.
  if (file === undefined || acknowledgedFile(ledger, file.upload, file.finish) === undefined)
    return undefined;
  const { operation, ended } = file.finish.call;
  return callViolation(RULES.immediateRetrieval, call, {
    expected: `the blob, because ${operationText(operation)} succeeded before (event ${ended ?? '?'})`,
    expectedKind: 'blob',
  });
}
