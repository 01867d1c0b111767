/** One upload has one session and one file: no id is given out twice, and a repeated call gets the same id again. Uses no model. */
import { operationText } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import { acknowledgedFile } from '../ledger/finished-file.js';
import { knownUpload } from '../ledger/expect-begin.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Upload } from '../ledger/upload.js';

export const oneFilePerUpload: Checker = {
  name: 'one-file-per-upload',
  check: ({ ledger, calls }) =>
    firstOfEachKind([
      ...ledger.uploads.flatMap((upload) => secondFile(upload) ?? []),
      ...sharedFiles(ledger),
      ...calls.flatMap((call) => reusedSession(ledger, call) ?? otherSession(ledger, call) ?? []),
    ]),
};

interface Finish {
  readonly upload: Upload;
  readonly call: CallRecord;
  readonly blobId: string;
  readonly memoryId: string | undefined;
}

function finishesOf(upload: Upload): readonly Finish[] {
  return upload.writes
    .toSorted((a, b) => a.to - b.to)
    .flatMap(({ call }) =>
      call.result?.kind === 'finished'
        ? [{ upload, call, blobId: call.result.blobId, memoryId: call.result.memoryId }]
        : [],
    );
}

/** Two finishes of one upload that returned different files. */
function secondFile(upload: Upload): Violation | undefined {
  const [first, ...others] = upload.isAmbiguous ? [] : finishesOf(upload);
  const second = others.find(
    ({ blobId, memoryId }) => blobId !== first?.blobId || memoryId !== first.memoryId,
  );
  if (first === undefined || second === undefined) return undefined;
  return callViolation(RULES.oneFilePerUpload, second.call, {
    expected: `the file of ${operationText(first.call.operation)}, ${first.blobId}`,
    expectedKind: 'the same file',
    seenKind: 'another file',
  });
}

/** Two uploads that returned the same file, although both files exist. */
function sharedFiles(ledger: Ledger): readonly Violation[] {
  const { shape, promises, uploads } = ledger;
  if (shape.session !== 'server' || shape.readBy === 'session') return [];
  const areKept = promises.upgrade === 'everything' || promises.upgrade === 'files';
  const first = new Map<string, Finish>();
  return uploads.flatMap(finishesOf).flatMap((finish) => {
    const earlier = first.get(finish.blobId) ?? finish;
    first.set(finish.blobId, earlier);
    if (earlier.upload === finish.upload || finish.upload.isAmbiguous || earlier.upload.isAmbiguous)
      return [];
    if (!areKept && ledger.isInterrupted({ from: 0, to: Infinity })) return [];
    if (!mustDiffer(ledger, earlier, finish)) return [];
    return [
      callViolation(RULES.oneFilePerUpload, finish.call, {
        expected: `a file other than that of ${operationText(earlier.call.operation)}`,
        expectedKind: 'an id of its own',
        seenKind: 'the id of another',
      }),
    ];
  });
}

/** Files of equal content may be one file, and a new file may take the place of an old one with the same name. */
function mustDiffer(ledger: Ledger, a: Finish, b: Finish): boolean {
  const { promises, oracle } = ledger;
  if (promises.overwriting === 'separate') return true;
  if (ledger.sharesName(a.upload, b.upload)) return false;
  const contentOf = ({ upload, call }: Finish) => acknowledgedFile(ledger, upload, ledger.effectOf(call));
  const [contentOfA, contentOfB] = [contentOf(a), contentOf(b)];
  return contentOfA !== undefined && contentOfB !== undefined && !oracle.isSameFile(contentOfA, contentOfB);
}

/** A begin that returned the session of another caller or of another key. */
function reusedSession(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  const { shape, promises, uploads } = ledger;
  if (shape.session !== 'server' || request?.op !== 'begin' || result?.kind !== 'begun') return undefined;
  const first = uploads.find(({ id }) => id === result.sessionId);
  if (first === undefined || first.begin.call.call === call.call) return undefined;
  if (first.owner === request.by && first.request.key === request.key && promises.repeatedBegin !== 'new')
    return undefined;
  // A canister that keeps anything can keep the number of its sessions: a client may still use the id of a session that was lost.
  const isKept = promises.upgrade === 'everything' || promises.upgrade === 'files';
  if (!isKept && ledger.isInterrupted({ from: first.begin.from, to: call.ended ?? 0 })) return undefined;
  return callViolation(RULES.oneFilePerUpload, call, {
    expected: `a session other than that of ${operationText(first.begin.call.operation)}`,
    expectedKind: 'an id of its own',
    seenKind: 'the id of another',
  });
}

/** A repeated begin that returned another session than the begin that it repeats. */
function otherSession(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'begin' || result?.kind !== 'begun') return undefined;
  const known = knownUpload(ledger, request, ledger.effectOf(call));
  if (known === undefined || known.id === result.sessionId) return undefined;
  return callViolation(RULES.oneFilePerUpload, call, {
    expected: `session ${known.id}, because its key and arguments are those of ${operationText(known.begin.call.operation)}`,
    expectedKind: 'the same session',
    seenKind: 'another session',
  });
}
