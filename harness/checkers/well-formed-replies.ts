/** Every reply has the form that the interface declares: its types can be decoded, and its parts agree with each other. Uses no model. */
import type { CallRecord } from '../history/calls.js';
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';

export const wellFormedReplies: Checker = {
  name: 'well-formed-replies',
  check: ({ calls }) => firstOfEachKind(calls.flatMap((call) => malformed(call) ?? [])),
};

function malformed(call: CallRecord): Violation | undefined {
  if (call.result?.kind !== 'undecodable') return undefined;
  return callViolation(RULES.wellFormedReplies, call, {
    expected: 'a reply in the form that the interface declares',
    expectedKind: 'a well-formed reply',
  });
}
