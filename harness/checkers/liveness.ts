/**
 * After the schedule every session that may be finished can be finished, and in a bounded number of messages. The epilogue tries it:
 * it asks for the status, resumes, sends what is missing, finishes and reads. Where the model has the session open and lets it go on,
 * an answer that refuses, or a status that tells of something else, is a session that is stuck.
 */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import type { Alternative } from '../../model/expected.js';
import type { SessionState } from '../../model/result.js';
import { fileAt } from '../../model/oracle.js';
import { type CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, endOf, expectedText } from '../judgement/evidence.js';
import type { Disagreement } from '../judgement/follow-model.js';
import { UNANSWERED } from '../execution/in-flight.js';
import type { Violation } from '../judgement/verdict.js';

const rule = 'after the schedule every session that may finish can be finished';

const OPEN: ReadonlySet<SessionState> = new Set(['Initiated', 'Uploading', 'Paused'] as const);

/** A step of a finish is a call of the canister to itself and its response. */
const MESSAGES_PER_STEP = 2;
/** Steps that hash nothing: to begin with, to come to an end. */
const FURTHER_STEPS_MAX = 3;

export const liveness: Checker = {
  name: 'liveness',
  check(evidence) {
    const { history, followed, calls } = evidence;
    const epilogue = history.events.findIndex(({ type }) => type === 'epilogue');
    if (epilogue < 0) return undefined;
    const stuck = followed.disagreements.find((one) => one.event > epilogue && isStuck(one));
    const found = [
      ...(stuck === undefined ? [] : [stuckViolation(evidence, stuck)]),
      ...calls
        .filter(({ invoked }) => invoked > epilogue)
        .flatMap((call) => unanswered(evidence, call) ?? tooLong(evidence, call) ?? []),
    ];
    return found.sort((a, b) => (a.event ?? 0) - (b.event ?? 0))[0];
  },
};

function isStuck({ expected, result }: Disagreement): boolean {
  if (!expected.every(goesOn)) return false;
  return result.kind === 'error' || result.kind === 'rejected' || result.kind === 'status';
}

/** What an answer to a session that may be finished is. */
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
  const operation = `after the schedule: ${operationText(call.operation)}`;
  return {
    checker: 'liveness',
    rule,
    event,
    expected: `${operation}: ${expectedText(expected, oracle)}`,
    seen: `${operation}: ${resultText(result)}`,
  };
}

function unanswered({ history }: Evidence, call: CallRecord): Violation | undefined {
  const end = history.events[endOf(call)];
  if (end?.type !== 'info' || !end.reason.startsWith(UNANSWERED)) return undefined;
  const operation = `after the schedule: ${operationText(call.operation)}`;
  return {
    checker: 'liveness',
    rule,
    event: end.index,
    expected: `${operation}: an answer`,
    seen: `${operation}: ${end.reason}`,
  };
}

/** A finish hashes at least so much in each of its steps as the limits have it. */
function tooLong(evidence: Evidence, call: CallRecord): Violation | undefined {
  const { history, oracle, hashBytesPerCallMin } = evidence;
  if (call.request?.op !== 'finish' || call.ended === undefined) return undefined;
  const messages = history.events.slice(call.invoked, call.ended).filter((event) => {
    return event.type === 'message' && event.call === call.call;
  });
  const steps = Math.ceil(fileAt(oracle.files, call.request.file).bytes / hashBytesPerCallMin);
  const messagesMax = MESSAGES_PER_STEP * (steps + FURTHER_STEPS_MAX);
  if (messages.length <= messagesMax) return undefined;
  const operation = `after the schedule: ${operationText(call.operation)}`;
  return {
    checker: 'liveness',
    rule,
    event: messages[messagesMax]?.index,
    expected: `${operation}: an answer after at most ${messagesMax} messages, for ${hashBytesPerCallMin} B may be hashed in each step`,
    seen: `${operation}: ${messages.length} messages`,
  };
}
