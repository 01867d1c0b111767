/**
 * The quota of a caller counts what the caller holds: uploads in progress, and the bytes of these and of files. What has ended counts no
 * longer, and nothing counts twice. Judged while no upload of the caller is in doubt. Uses no model.
 */
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import type { Violation } from '../evidence/verdict.js';
import { certainlyOpen, possiblyOpen } from '../ledger/expect-begin.js';
import type { Ledger } from '../ledger/ledger.js';
import { bytesHeld, type Bounds } from '../ledger/quota.js';

export const usageIsExact: Checker = {
  name: 'usage-is-exact',
  check: ({ ledger, calls }) => firstOfEachKind(calls.flatMap((call) => checkUsage(ledger, call) ?? [])),
};

function checkUsage(ledger: Ledger, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'usage' || result?.kind !== 'usage') return undefined;
  const effect = ledger.effectOf(call);
  // A canister asks others what has ended, and these may not answer.
  if (ledger.isInterrupted(effect)) return undefined;
  const { by } = request;
  const open = {
    atLeast: certainlyOpen(ledger, by, effect),
    atMost: possiblyOpen(ledger, by, effect),
  };
  const fault =
    wrongNumber('open uploads', result.openUploads, open) ??
    wrongNumber('bytes', result.bytes, bytesHeld(ledger, by, effect));
  return (
    fault &&
    callViolation(RULES.usageIsExact, call, {
      expected: fault.expected,
      expectedKind: `the right number of ${fault.what}`,
      seenKind: fault.seenKind,
    })
  );
}

interface Fault {
  readonly what: string;
  readonly expected: string;
  readonly seenKind: string;
}

function wrongNumber(what: string, seen: number | undefined, { atLeast, atMost }: Bounds): Fault | undefined {
  if (seen === undefined || (seen >= atLeast && seen <= atMost)) return undefined;
  const range = atLeast === atMost ? `${atLeast}` : `${atLeast} to ${atMost}`;
  return {
    what,
    expected: `${range} ${what}, because the answers to the caller's calls say so`,
    seenKind: seen < atLeast ? `too few ${what}` : `too many ${what}`,
  };
}
