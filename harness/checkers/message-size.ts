/**
 * What a message can carry on the Internet Computer: a call's argument and its reply 2 MiB each, a query's reply 3 MiB. What is
 * longer is refused before it reaches the canister and leaves no trace; what fits is never refused for its length.
 *
 * Read from the lengths in the History alone. That the session of a refused put is as before is the model's business: to it,
 * nothing happened.
 */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import { type CallRecord, isQuery } from '../history/calls.js';
import { type Checker, type Evidence, endOf } from '../judgement/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { isSizeRefusal } from '../history/rejects.js';
import type { Violation } from '../judgement/verdict.js';

const MIB = 1_048_576;
/** Bytes of an ingress message with all that is around its argument, and of a reply (Internet Computer interface, application subnets). */
const MESSAGE_BYTES_MAX = 2 * MIB;
const QUERY_REPLY_BYTES_MAX = 3 * MIB;
/** Around the argument: method, principals, expiry, ids. Measured on PocketIC 10.0.0: under 300 B. */
const ENVELOPE_BYTES_MAX = 1_024;
/** A whole blob in one reply, in bytes (CANISTER specification, `blob_read`), and what Candid puts around it. */
const WHOLE_BLOB_BYTES_MAX = 2_000_000;
const CANDID_BYTES_MAX = 1_024;

export const messageSize: Checker = {
  name: 'message-size',
  check(evidence) {
    for (const call of evidence.calls) {
      const violation = checkReply(evidence, call) ?? checkArgument(evidence, call);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

function checkReply({ history }: Evidence, call: CallRecord): Violation | undefined {
  const end = history.events[endOf(call)];
  const bytes = end !== undefined && 'replyBytes' in end ? (end.replyBytes ?? 0) : 0;
  const most =
    call.operation.op === 'readWhole'
      ? WHOLE_BLOB_BYTES_MAX + CANDID_BYTES_MAX
      : isQuery(call)
        ? QUERY_REPLY_BYTES_MAX
        : MESSAGE_BYTES_MAX;
  if (bytes <= most) return undefined;
  return violationOf(call, `a reply of at most ${most} B`, `a reply of ${bytes} B`);
}

function checkArgument({ history }: Evidence, call: CallRecord): Violation | undefined {
  const { result, delivered } = call;
  const invoke = history.events[call.invoked];
  const bytes = invoke?.type === 'invoke' ? invoke.argBytes : undefined;
  if (bytes === undefined || isQuery(call) || (result === undefined && delivered === undefined))
    return undefined;
  const isRefused = result?.kind === 'rejected' && isSizeRefusal(result) && delivered === undefined;
  if (bytes > MESSAGE_BYTES_MAX && !isRefused) {
    const seen = delivered === undefined ? answerText(call) : 'it was executed';
    return violationOf(call, `refused, for its argument has ${bytes} B`, seen);
  }
  if (bytes > MESSAGE_BYTES_MAX && isRefused && hasTrace(history.events, call))
    return violationOf(call, 'refused without a trace', 'the canister logged something');
  if (bytes + ENVELOPE_BYTES_MAX <= MESSAGE_BYTES_MAX && isRefused)
    return violationOf(call, `not refused for its length, which is ${bytes} B`, answerText(call));
  return undefined;
}

/** Refused at once: between the two events of the call there is nothing. */
function hasTrace(events: readonly HistoryEvent[], { invoked, ended }: CallRecord): boolean {
  return ended !== invoked + 1 || events[ended]?.type !== 'fail';
}

function answerText({ result }: CallRecord): string {
  return result === undefined ? 'no answer' : resultText(result);
}

function violationOf(call: CallRecord, expected: string, seen: string): Violation {
  const operation = operationText(call.operation);
  return {
    checker: 'message-size',
    rule: 'no message is longer than a message may be',
    event: call.ended ?? call.delivered,
    expected: `${operation}: ${expected}`,
    seen: `${operation}: ${seen}`,
  };
}
