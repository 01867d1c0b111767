/**
 * After the schedule, every session that may be finished can be finished, in a bounded number of messages. The epilogue tries it: it asks
 * for the status, resumes, sends missing chunks, finishes, and reads. A session is stuck if the canister refuses one of these calls, or
 * reports another state, although the session is open in the model.
 */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import type { Alternative } from '../../model/expected.js';
import type { SessionState } from '../../model/result.js';
import { fileAt } from '../../model/oracle.js';
import { type CallRecord } from '../history/calls.js';
import { disagreementKinds } from '../evidence/answer-kinds.js';
import { type Checker, type Evidence, endOf, expectedText } from '../evidence/evidence.js';
import type { Disagreement } from '../evidence/follow-model.js';
import { UNANSWERED } from '../execution/in-flight.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { earliest, ruleViolation } from '../evidence/violations.js';

const OPEN: ReadonlySet<SessionState> = new Set(['Initiated', 'Uploading', 'Paused'] as const);

/** A step of a finish takes two messages: a call of the canister to itself, and its response. */
const MESSAGES_PER_STEP = 2;
/** Steps at the beginning and at the end of a finish, which hash nothing. */
const FURTHER_STEPS_MAX = 3;

export const liveness: Checker = {
  name: 'liveness',
  check(evidence) {
    const { history, followed, calls } = evidence;
    const epilogue = history.events.findIndex(({ type }) => type === 'epilogue');
    if (epilogue < 0) return undefined;
    const found = [
      ...followed.disagreements
        .filter((one) => one.event > epilogue && isStuck(one))
        .map((one) => stuckViolation(evidence, one)),
      ...calls
        .filter(({ invoked }) => invoked > epilogue)
        .flatMap((call) => unanswered(evidence, call) ?? tooLong(evidence, call) ?? []),
    ];
    return earliest(found);
  },
};

function isStuck({ expected, result }: Disagreement): boolean {
  if (!expected.every(goesOn)) return false;
  return result.kind === 'error' || result.kind === 'rejected' || result.kind === 'status';
}

/** Whether this is an answer that a session gets which may still be finished. */
function goesOn({ expected }: Alternative): boolean {
  switch (expected.kind) {
    case 'done':
    case 'finished':
    case 'blob':
      return true;
    case 'status':
      return OPEN.has(expected.status.state);
    default:
      return false;
  }
}

function stuckViolation({ oracle }: Evidence, { call, event, expected, result }: Disagreement): Violation {
  return violation(call, {
    event,
    ...disagreementKinds(expected, result),
    expected: expectedText(expected, oracle),
    seen: resultText(result),
  });
}

function unanswered({ history }: Evidence, call: CallRecord): Violation | undefined {
  const end = history.events[endOf(call)];
  if (end?.type !== 'info' || !end.reason.startsWith(UNANSWERED)) return undefined;
  return violation(call, {
    event: end.index,
    expectedKind: 'an answer',
    seenKind: 'no answer',
    expected: 'an answer',
    seen: end.reason,
  });
}

/** A finish that takes more messages than it needs. In every step, it hashes as many bytes as the limits allow. */
function tooLong(evidence: Evidence, call: CallRecord): Violation | undefined {
  const { history, oracle, hashBytesPerCallMin } = evidence;
  if (call.request?.op !== 'finish' || call.ended === undefined) return undefined;
  const messages = history.events.slice(call.invoked, call.ended).filter((event) => {
    return event.type === 'message' && event.call === call.call;
  });
  const steps = Math.ceil(fileAt(oracle.files, call.request.file).bytes / hashBytesPerCallMin);
  const messagesMax = MESSAGES_PER_STEP * (steps + FURTHER_STEPS_MAX);
  if (messages.length <= messagesMax) return undefined;
  return violation(call, {
    event: messages[messagesMax]?.index,
    expectedKind: 'an answer in time',
    seenKind: 'more messages',
    expected: `an answer after at most ${messagesMax} messages, because every step may hash ${hashBytesPerCallMin} B`,
    seen: `${messages.length} messages`,
  });
}

function violation(
  { operation }: CallRecord,
  { expected, seen, ...rest }: Omit<Violation, 'layer' | 'checker' | 'rule' | 'operation'>,
): Violation {
  const subject = `after the schedule: ${operationText(operation)}`;
  return ruleViolation(RULES.liveness, {
    operation: operation.op,
    ...rest,
    expected: `${subject}: ${expected}`,
    seen: `${subject}: ${seen}`,
  });
}
