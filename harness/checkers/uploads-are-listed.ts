/**
 * The list of uploads has every upload that is open, each once, and none of another caller. Uploads that have ended may be in the list. A
 * long list may be cut, so a missing upload is judged only while its caller has few. Uses no model.
 */
import { operationText } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Violation } from '../evidence/verdict.js';
import type { Effect } from '../ledger/effects.js';
import type { Ledger } from '../ledger/ledger.js';
import { uploadsBy } from '../ledger/quota.js';
import type { Upload } from '../ledger/upload.js';

export const uploadsAreListed: Checker = {
  name: 'uploads-are-listed',
  check: ({ ledger, calls }) => firstOfEachKind(calls.flatMap((call) => checkList(ledger, call))),
};

/** Number of uploads that a list surely holds. */
const UPLOADS_LISTED_MIN = 20;

interface Listing {
  readonly call: CallRecord;
  readonly effect: Effect;
  readonly ids: readonly string[];
  readonly by: number;
}

function checkList(ledger: Ledger, call: CallRecord): readonly Violation[] {
  const { request, result } = call;
  if (request?.op !== 'list' || result?.kind !== 'sessions') return [];
  const listing = { call, effect: ledger.effectOf(call), ids: result.sessionIds, by: request.by };
  const found = [missingUpload(ledger, listing), twice(listing), foreignUpload(ledger, listing)];
  return found.flatMap((one) => one ?? []);
}

/** An open upload that is not listed. */
function missingUpload(ledger: Ledger, { call, effect, ids, by }: Listing): Violation | undefined {
  const own = uploadsBy(ledger, by, effect);
  if (own.length > UPLOADS_LISTED_MIN) return undefined;
  const missing = own.find((upload) => !ids.includes(upload.id) && isOpen(ledger, upload, effect));
  if (missing === undefined) return undefined;
  return callViolation(RULES.uploadsAreListed, call, {
    expected: `upload ${missing.id} in the list, because ${operationText(missing.begin.call.operation)} began it and it is open`,
    expectedKind: 'every open upload',
    seenKind: 'a list without an open upload',
  });
}

function isOpen(ledger: Ledger, upload: Upload, effect: Effect): boolean {
  if (upload.begin.to >= effect.from) return false;
  const state = ledger.stateDuring(upload, effect);
  const isCertain = state.running.length === 0 && ledger.isKept(upload, state, effect);
  return isCertain && (state.phase === 'open' || state.phase === 'paused');
}

function twice({ call, ids }: Listing): Violation | undefined {
  const id = ids.find((one, place) => ids.indexOf(one) < place);
  if (id === undefined) return undefined;
  return callViolation(RULES.uploadsAreListed, call, {
    expected: `upload ${id} once in the list`,
    expectedKind: 'every upload once',
    seenKind: 'a list with an upload twice',
  });
}

/** A listed upload that certainly belongs to another caller: no upload of this caller has its id. */
function foreignUpload({ uploads }: Ledger, { call, ids, by }: Listing): Violation | undefined {
  const foreign = uploads.find(
    ({ id, owner, isAmbiguous }) =>
      owner !== by &&
      !isAmbiguous &&
      ids.includes(id) &&
      !uploads.some((one) => one.id === id && one.owner === by),
  );
  if (foreign === undefined) return undefined;
  return callViolation(RULES.uploadsAreListed, call, {
    expected: `no upload ${foreign.id} in the list, because caller ${foreign.owner} began it`,
    expectedKind: 'only own uploads',
    seenKind: "a list with another caller's upload",
  });
}
