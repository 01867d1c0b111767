/** An upgrade, or a stop and a start, succeeds at any point in the history, loses nothing, leaves no session stuck, and never leads to an id being reused. */
import { type CallRecord, sessionOf } from '../history/calls.js';
import { type Checker, endOf, type Evidence, firstDisagreement } from '../evidence/evidence.js';
import type { Disagreement } from '../evidence/follow-model.js';
import { type Rule, RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { ruleViolation } from '../evidence/violations.js';
import { disagreementViolation } from './outcome.js';

/** Errors that show a loss, or a stuck session, where the model still has the data. */
const SIGNS_OF_LOSS: ReadonlySet<string> = new Set([
  'NotFound',
  'InvalidState',
  'InvalidArgument',
  'ChecksumMismatch',
]);

export const survivesUpgrade: Checker = {
  name: 'survives-upgrade',
  check(evidence) {
    const failed = failedChange(evidence, RULES.survivesUpgrade, RULES.survivesRestart);
    const found = firstDisagreement(
      evidence,
      (one) => isLoss(evidence, one) && changeBefore(evidence, one) !== undefined,
    );
    if (failed !== undefined && (found === undefined || (failed.event ?? 0) < found.event)) return failed;
    if (found === undefined) return undefined;
    const change = changeBefore(evidence, found);
    const rule = change === 'upgraded' ? RULES.survivesUpgrade : RULES.survivesRestart;
    return disagreementViolation(rule, evidence, found);
  },
};

/** The first upgrade or restart that fails without a reason. */
export function failedChange(
  { history, calls }: Evidence,
  ofUpgrades: Rule,
  ofRestarts: Rule,
): Violation | undefined {
  for (const event of history.events) {
    if (event.type !== 'upgraded' && event.type !== 'restarted') continue;
    if (event.failure === undefined) continue;
    const isUpgrade = event.type === 'upgraded';
    // A canister that is frozen or out of cycles cannot pay for an upgrade.
    if (isInOutage(history, event.index)) continue;
    // A canister may refuse to be upgraded until its calls have returned. The runtime of Motoko does.
    if (isUpgrade && calls.some((call) => isUnderWay(call, event.index))) continue;
    return ruleViolation(isUpgrade ? ofUpgrades : ofRestarts, {
      operation: isUpgrade ? 'upgrade' : 'restart',
      expectedKind: 'success',
      seenKind: 'failure',
      event: event.index,
      expected: isUpgrade ? 'the upgrade succeeds' : 'the restart succeeds, whatever is in flight',
      seen: event.failure,
    });
  }
  return undefined;
}

/** Whether any canister has an outage at the event. Outages of several canisters may overlap. */
function isInOutage({ events }: Evidence['history'], index: number): boolean {
  const out = new Set<string>();
  for (const event of events.slice(0, index)) {
    if (event.type === 'outage') out.add(event.canister ?? '');
    if (event.type === 'recovered') out.delete(event.canister ?? '');
  }
  return out.size > 0;
}

/** Whether the canister had begun the call at the event, and had not answered it. */
function isUnderWay(call: CallRecord, event: number): boolean {
  return (call.delivered ?? call.invoked) < event && event < endOf(call);
}

/** What happened between the begin of the session and the answer that shows the loss: an upgrade, else a restart. */
function changeBefore(
  { history, sessions, calls }: Evidence,
  { call, event }: Disagreement,
): 'upgraded' | 'restarted' | undefined {
  const id = sessionOf(call);
  const begin = id === undefined ? calls[0] : sessions.get(id)?.begin;
  const since = begin?.invoked ?? 0;
  const between = history.events.slice(since + 1, event);
  return (['upgraded', 'restarted'] as const).find((kind) => between.some(({ type }) => type === kind));
}

/** Whether the answer is a session id that was given out for another key before. */
function isIdOfAnother({ sessions }: Evidence, { call, result }: Disagreement): boolean {
  const first = result.kind === 'begun' ? sessions.get(result.sessionId)?.begin.request : undefined;
  if (first?.op !== 'begin' || call.request?.op !== 'begin') return false;
  return first.key !== call.request.key || first.by !== call.request.by;
}

function isLoss(evidence: Evidence, disagreement: Disagreement): boolean {
  const { result } = disagreement;
  return disagreement.expected.every(({ expected, reason }) => {
    switch (expected.kind) {
      case 'begun':
        return reason.code === 'same-key' || isIdOfAnother(evidence, disagreement);
      case 'status': {
        if (result.kind !== 'status') return true;
        const isStuck = result.state === 'Finishing' && expected.status.state !== 'Finishing';
        const { chunksReceived = Infinity } = result;
        return isStuck || chunksReceived < expected.status.chunksReceived;
      }
      case 'sessions':
        return result.kind === 'sessions' && expected.must.some((id) => !result.sessionIds.includes(id));
      case 'error':
        return reason.code === 'key-in-use' && result.kind === 'begun';
      default:
        return result.kind === 'error' && SIGNS_OF_LOSS.has(result.error);
    }
  });
}
