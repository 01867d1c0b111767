/** A finished file, and what is read back, have the bytes that were put and the hash that `finish` was given. Uses no model. */
import { chunkCount, otherFileIndex } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Effect } from '../ledger/effects.js';
import { acknowledgedFile, readableFile } from '../ledger/finished-file.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Upload } from '../ledger/upload.js';
import { putsUntil } from './completeness.js';

export const storedHash: Checker = {
  name: 'stored-hash',
  check: ({ ledger, calls }) =>
    firstOfEachKind(calls.flatMap((call) => checkFinish(ledger, call) ?? checkRead(ledger, call) ?? [])),
};

function checkFinish(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  const upload = ledger.uploadOf(call);
  if (result?.kind !== 'finished' || upload === undefined || upload.isAmbiguous) return undefined;
  const effect = ledger.effectOf(call);
  if (request?.op === 'finish' && ledger.promises.wrongHash === 'rejected' && ledger.shape.finishTakesHash) {
    if (request.hash !== 'right' && request.hash !== 'other-file') {
      return callViolation(RULES.storedHash, call, {
        expected: 'ChecksumMismatch or InvalidArgument, because no file has the hash that was given',
        expectedKind: 'ChecksumMismatch for a wrong hash',
      });
    }
    const file = request.hash === 'right' ? request.file : otherFileIndex(ledger.oracle.files, request.file);
    const wrong = wrongIndex(ledger, upload, effect, file);
    if (wrong !== undefined) {
      const because = `the bytes put at index ${wrong} are not those of the file whose hash was given`;
      return callViolation(RULES.storedHash, call, {
        expected: `ChecksumMismatch, because ${because}`,
        expectedKind: 'ChecksumMismatch for wrong bytes',
      });
    }
  }
  const wrongPut = wrongLastPut(ledger, upload, effect);
  if (wrongPut !== undefined) return wrongPut;
  const file = acknowledgedFile(ledger, upload, effect);
  return file === undefined ? undefined : checkSummary(ledger, call, file, result);
}

/** The last put finished an upload whose begin announced the hash of other bytes. */
function wrongLastPut(ledger: Ledger, upload: Upload, effect: Effect): Violation | undefined {
  const { shape, promises } = ledger;
  const isVerified =
    shape.finish === 'implied' && shape.begin === 'explicit' && promises.wrongHash === 'rejected';
  const wrong =
    isVerified && effect.call.request?.op === 'put'
      ? wrongIndex(ledger, upload, effect, upload.file)
      : undefined;
  if (wrong === undefined) return undefined;
  return callViolation(RULES.storedHash, effect.call, {
    expected: `ChecksumMismatch, because the bytes put at index ${wrong} are not those of the file whose hash the begin announced`,
    expectedKind: 'ChecksumMismatch for wrong bytes',
  });
}

/** An index at which no put sent the bytes that `file` has there. `completeness` reports indices that were never put. */
function wrongIndex(ledger: Ledger, upload: Upload, finish: Effect, file: number): number | undefined {
  const { oracle, shape } = ledger;
  // Appended bytes have no place of their own, and a list names the right chunks only.
  if (shape.address === 'append' || shape.address === 'receipt') return undefined;
  const { chunkSize } = upload;
  const isRight = new Map<number, boolean>();
  for (const { call } of putsUntil(upload, finish)) {
    const { request } = call;
    if (request?.op !== 'put' || isRight.get(request.index) === true) continue;
    const { index, data } = request;
    const wanted = oracle.chunkRef(file, chunkSize, index, { kind: 'right' });
    const hasLength = data.kind !== 'short' && data.kind !== 'long' && data.kind !== 'empty';
    const sent = oracle.chunkRef(request.file, request.chunkSize ?? chunkSize, index, data);
    isRight.set(index, hasLength && oracle.isSameChunk(sent, wanted));
  }
  const count = chunkCount(fileAt(oracle.files, file).bytes, chunkSize);
  return [...isRight].find(([index, right]) => index < count && !right)?.[0];
}

function checkRead(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if ((request?.op !== 'read' && request?.op !== 'readWhole') || result?.kind !== 'blob') return undefined;
  const upload = ledger.uploadOf(call);
  const source = upload && sourceOf(ledger, upload, ledger.effectOf(call));
  const file = source && acknowledgedFile(ledger, source.upload, source.finish);
  return file === undefined ? undefined : checkSummary(ledger, call, file, result);
}

/** The finished upload that a file which was read came from. */
function sourceOf(
  ledger: Ledger,
  upload: Upload,
  read: Effect,
): { readonly upload: Upload; readonly finish: Effect } | undefined {
  const { shape, promises } = ledger;
  if (shape.session !== 'server' || promises.overwriting === 'replaces')
    return readableFile(ledger, upload, read);
  const { finish } = ledger.stateFor(upload, read);
  return finish === undefined || upload.isAmbiguous ? undefined : { upload, finish };
}

function checkSummary(
  { oracle }: Ledger,
  call: CallRecord,
  file: number,
  result: Extract<Result, { kind: 'finished' | 'blob' }>,
): Violation | undefined {
  const { sha256 } = result;
  const size = (result.kind === 'blob' ? result.statedSize : undefined) ?? result.size;
  const right = { size: String(fileAt(oracle.files, file).bytes), sha256: oracle.sha256(file) };
  const isSizeRight = size === undefined || size === right.size;
  if (isSizeRight && (sha256 === undefined || sha256 === right.sha256)) return undefined;
  return callViolation(RULES.storedHash, call, {
    expected: `${right.size} B with SHA-256 ${right.sha256.slice(0, 12)}…`,
    expectedKind: isSizeRight ? 'the right content' : 'the right size',
    seenKind: isSizeRight ? 'a wrong content' : 'a wrong size',
  });
}
