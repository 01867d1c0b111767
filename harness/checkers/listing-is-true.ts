/**
 * The list of files has every file that a finish returned, and no other: no upload is listed twice, and none that was not finished. In
 * a system of several canisters, the list and the bytes may be in different ones: what the one lists, the other can read. Uses no model.
 */
import { operationText } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Violation } from '../evidence/verdict.js';
import type { Effect } from '../ledger/effects.js';
import { readableFile } from '../ledger/finished-file.js';
import type { Ledger } from '../ledger/ledger.js';
import { mayBeFile, uploadsBy } from '../ledger/quota.js';
import type { Upload } from '../ledger/upload.js';

export const listingIsTrue: Checker = {
  name: 'listing-is-true',
  check: ({ ledger, calls }) => firstOfEachKind(calls.flatMap((call) => checkList(ledger, call))),
};

interface Listing {
  readonly call: CallRecord;
  readonly effect: Effect;
  readonly blobIds: readonly string[];
  /** The uploads of the caller. */
  readonly uploads: readonly Upload[];
}

function checkList(ledger: Ledger, call: CallRecord): readonly Violation[] {
  const { request, result } = call;
  if (request?.op !== 'listFiles' || result?.kind !== 'files') return [];
  const effect = ledger.effectOf(call);
  const uploads = uploadsBy(ledger, request.by, effect);
  const listing = { call, effect, blobIds: result.blobIds, uploads };
  const found = [missingFile(ledger, listing), surplusFile(ledger, listing), unreadableFile(listing)];
  return found.flatMap((one) => one ?? []);
}

/** A file that a finish returned and that is not listed. */
function missingFile(ledger: Ledger, { call, effect, blobIds, uploads }: Listing): Violation | undefined {
  for (const upload of uploads) {
    const finished = readableFile(ledger, upload, effect)?.finish.call;
    if (finished?.result?.kind !== 'finished' || blobIds.includes(finished.result.blobId)) continue;
    const { blobId } = finished.result;
    return callViolation(RULES.listingIsTrue, call, {
      expected: `file ${blobId} in the list, because ${operationText(finished.operation)} returned it`,
      expectedKind: 'every finished file',
      seenKind: 'a list without a finished file',
    });
  }
  return undefined;
}

/** A file that is listed twice, or more files than there are uploads that may have become one. */
function surplusFile(ledger: Ledger, { call, effect, blobIds, uploads }: Listing): Violation | undefined {
  const twice = blobIds.find((id, place) => blobIds.indexOf(id) < place);
  const returned = new Set(
    uploads.flatMap(({ writes }) =>
      writes.flatMap(({ call: { result } }) => (result?.kind === 'finished' ? [result.blobId] : [])),
    ),
  );
  const others = blobIds.filter((id) => !returned.has(id));
  // Nothing tells the file of a finish whose answer was lost.
  const open = uploads.filter(
    (upload) =>
      isWithoutFile(upload) && (upload.begin.to >= effect.from || mayBeFile(ledger, upload, effect)),
  );
  if (twice === undefined && others.length <= open.length) return undefined;
  const what = twice === undefined ? `no file ${others[0] ?? ''}` : `file ${twice} once`;
  return callViolation(RULES.listingIsTrue, call, {
    expected: `${what} in the list, because no finish returned ${twice === undefined ? 'it' : 'it twice'}`,
    expectedKind: 'only finished files',
    seenKind: 'a list with another file',
  });
}

/** A listed file that cannot be read, although nothing has changed it between the list and the read. */
function unreadableFile({ call, effect, blobIds, uploads }: Listing): Violation | undefined {
  for (const { reads, writes, owner } of uploads) {
    const file = writes.flatMap(({ call: { result } }) =>
      result?.kind === 'finished' ? [result.blobId] : [],
    );
    if (!blobIds.some((id) => file.includes(id))) continue;
    const failed = reads.find(
      (read) =>
        isReadBy(read, owner) &&
        read.call.result?.kind === 'error' &&
        !writes.some((write) => write.certainty !== 'none' && liesBetween(write, read, effect)),
    );
    if (failed === undefined) continue;
    return callViolation(RULES.listingIsTrue, call, {
      expected: `no file that ${operationText(failed.call.operation)} cannot read`,
      expectedKind: 'only readable files',
      seenKind: 'a list with a file that cannot be read',
    });
  }
  return undefined;
}

function isReadBy({ call: { request } }: Effect, owner: number): boolean {
  return (request?.op === 'read' || request?.op === 'readWhole') && request.by === owner;
}

/** Whether a call may have had its effect between two others, in either order. */
function liesBetween(write: Effect, a: Effect, b: Effect): boolean {
  return write.from <= Math.max(a.to, b.to) && write.to >= Math.min(a.from, b.from);
}

/** Whether no finish of the upload returned a file. */
function isWithoutFile({ writes }: Upload): boolean {
  return !writes.some(({ call: { result } }) => result?.kind === 'finished');
}
