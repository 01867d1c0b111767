/** An upgrade, or a stop and a start, succeeds at any point, loses nothing, leaves nothing stuck and never hands out an id again. */
import { sessionOf } from '../history/calls.js';
import { type Checker, type Evidence, firstDisagreement } from '../judgement/evidence.js';
import type { Disagreement } from '../judgement/follow-model.js';
import type { Violation } from '../judgement/verdict.js';
import { violationOf } from './outcome.js';

const rule = 'sessions, chunks, blobs, keys and counters survive an upgrade at any point';
const RESTART_RULE = 'sessions, chunks, blobs, keys and counters survive a restart at any point';

/** Errors that tell of something lost or stuck where the model still has it. */
const SIGNS_OF_LOSS: ReadonlySet<string> = new Set([
  'NotFound',
  'InvalidState',
  'InvalidArgument',
  'ChecksumMismatch',
]);

export const survivesUpgrade: Checker = {
  name: 'survives-upgrade',
  check(evidence) {
    const failed = failedChange(evidence);
    const found = firstDisagreement(
      evidence,
      (one) => isLoss(evidence, one) && changeBefore(evidence, one) !== undefined,
    );
    if (failed !== undefined && (found === undefined || (failed.event ?? 0) < found.event)) return failed;
    if (found === undefined) return undefined;
    const survived = changeBefore(evidence, found) === 'upgraded' ? rule : RESTART_RULE;
    return violationOf(evidence, found, 'survives-upgrade', survived);
  },
};

function failedChange({ history }: Evidence): Violation | undefined {
  for (const event of history.events) {
    if (event.type !== 'upgraded' && event.type !== 'restarted') continue;
    if (event.failure === undefined) continue;
    const isUpgrade = event.type === 'upgraded';
    return {
      checker: 'survives-upgrade',
      rule: isUpgrade ? rule : RESTART_RULE,
      event: event.index,
      expected: `the ${isUpgrade ? 'upgrade' : 'restart'} succeeds, whatever is under way`,
      seen: event.failure,
    };
  }
  return undefined;
}

/** What came between the beginning of what is missed and the answer that misses it: an upgrade, else a restart. */
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

/** A session id that another key was given before. */
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
        return isStuck || result.chunksReceived < expected.status.chunksReceived;
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
