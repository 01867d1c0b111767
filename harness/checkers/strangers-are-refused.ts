/** A caller without permission gets no success: not on an upload, a file, or a memory of another, and not in a list. Uses no model. */
import { operationText } from '../../model/operations.js';
import { type CallRecord, NOBODY } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import { isTokenExpired, type AccessName } from '../ledger/access.js';
import type { Ledger } from '../ledger/ledger.js';

export const strangersAreRefused: Checker = {
  name: 'strangers-are-refused',
  check: ({ ledger, calls }) =>
    firstOfEachKind(calls.flatMap((call) => served(ledger, call) ?? foreignEntry(ledger, call) ?? [])),
};

/** The promise that covers each operation on an upload. */
const ACCESS_OF: Readonly<Partial<Record<string, AccessName>>> = {
  put: 'put',
  finish: 'finish',
  abort: 'abort',
  pause: 'abort',
  resume: 'abort',
  status: 'status',
  read: 'read',
  readWhole: 'read',
};

function served(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request } = call;
  if (request === undefined || call.outcome !== 'ok') return undefined;
  const access = ledger.promises.access ?? {};
  if (access.put === 'owner' && isTokenExpired(ledger, ledger.effectOf(call)))
    return violation(call, 'Unauthenticated, because the token of the call has expired');
  const stranger = request.by === NOBODY ? 'a request without a token' : `caller ${request.by}`;
  if (request.op === 'begin') {
    if (access.put !== 'owner' || request.by === request.capsuleOf) return undefined;
    return violation(call, `Unauthorized, because the capsule belongs to caller ${request.capsuleOf}`);
  }
  const name = ACCESS_OF[request.op];
  const upload = ledger.uploadOf(call);
  if (upload === undefined || name === undefined || upload.isAmbiguous) return undefined;
  if (access[name] !== 'owner' || upload.owner === request.by) return undefined;
  return violation(
    call,
    `Unauthorized, because ${operationText(upload.begin.call.operation)} was by caller ${upload.owner}, not by ${stranger}`,
  );
}

/** A list that shows the upload of another caller. */
function foreignEntry({ promises, uploads }: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'list' || result?.kind !== 'sessions' || promises.access?.status !== 'owner')
    return undefined;
  const ownerOf = new Map(uploads.map(({ id, owner, isAmbiguous }) => [id, isAmbiguous ? undefined : owner]));
  const foreign = result.sessionIds.find((id) => (ownerOf.get(id) ?? request.by) !== request.by);
  if (foreign === undefined) return undefined;
  return callViolation(RULES.strangersAreRefused, call, {
    expected: `only sessions of the caller, not ${foreign}`,
    expectedKind: 'own sessions',
    seenKind: 'sessions of others',
  });
}

function violation(call: CallRecord, expected: string): Violation {
  return callViolation(RULES.strangersAreRefused, call, {
    expected,
    expectedKind: 'Unauthorized',
    seenKind: 'success',
  });
}
