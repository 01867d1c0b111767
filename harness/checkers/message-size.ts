/**
 * The Internet Computer carries at most 2 MiB in the argument and the reply of a call, and 3 MiB in the reply of a query. A longer
 * argument is refused before it reaches the canister and leaves no trace; a shorter one is never refused for its length.
 *
 * Reads only the lengths in the history. The model checks that a refused put leaves its session as it was.
 */
import { type CallRecord, isQuery } from '../history/calls.js';
import { type Checker, type Evidence, endOf } from '../evidence/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { isSizeRefusal } from '../history/rejects.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { answerText, callViolation, type CallViolation } from '../evidence/violations.js';

const MIB = 1_048_576;
/** Bytes of an ingress message including its envelope, and of a reply (Internet Computer interface specification, application subnets). */
const MESSAGE_BYTES_MAX = 2 * MIB;
const QUERY_REPLY_BYTES_MAX = 3 * MIB;
/** Bytes around the argument: method, principals, expiry, ids. Measured on PocketIC 10.0.0: less than 300. */
const ENVELOPE_BYTES_MAX = 1_024;
/** Bytes of a whole blob in one reply (CANISTER specification, `blob_read`), and of the Candid encoding around it. */
const WHOLE_BLOB_BYTES_MAX = 2_000_000;
const CANDID_BYTES_MAX = 1_024;

export const messageSize: Checker = {
  name: 'message-size',
  check(evidence) {
    for (const call of evidence.calls) {
      const found = checkReply(evidence, call) ?? checkArgument(evidence, call);
      if (found !== undefined) return found;
    }
    return undefined;
  },
};

function checkReply({ history, ledger }: Evidence, call: CallRecord): Violation | undefined {
  const end = history.events[endOf(call)];
  const bytes = end !== undefined && 'replyBytes' in end ? (end.replyBytes ?? 0) : 0;
  const bytesMax =
    call.operation.op === 'readWhole' && ledger.promises.specification !== undefined
      ? WHOLE_BLOB_BYTES_MAX + CANDID_BYTES_MAX
      : isQuery(call)
        ? QUERY_REPLY_BYTES_MAX
        : MESSAGE_BYTES_MAX;
  if (bytes <= bytesMax) return undefined;
  return violation(call, {
    expected: `a reply of at most ${bytesMax} B`,
    expectedKind: 'a reply within the limit',
    seen: `a reply of ${bytes} B`,
    seenKind: 'a longer reply',
  });
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
    return violation(call, {
      expected: `refused, because its argument has ${bytes} B`,
      expectedKind: 'refusal of a long argument',
      seen,
      seenKind: 'execution',
    });
  }
  if (bytes > MESSAGE_BYTES_MAX && isRefused && hasTrace(history.events, call))
    return violation(call, {
      expected: 'refused without a trace',
      expectedKind: 'refusal without a trace',
      seen: 'the call had an effect on the canister',
      seenKind: 'an effect',
    });
  if (bytes + ENVELOPE_BYTES_MAX <= MESSAGE_BYTES_MAX && isRefused)
    return violation(call, {
      expected: `not refused for its length of ${bytes} B`,
      expectedKind: 'no refusal of a short argument',
      seen: answerText(call),
      seenKind: 'refusal',
    });
  return undefined;
}

/** Whether other events lie between the two events of the call. A call that is refused at once has none. */
function hasTrace(events: readonly HistoryEvent[], { invoked, ended }: CallRecord): boolean {
  return ended !== invoked + 1 || events[ended]?.type !== 'fail';
}

function violation(call: CallRecord, found: Required<Omit<CallViolation, 'event'>>): Violation {
  return callViolation(RULES.sizeLimit, call, { ...found, event: call.ended ?? call.delivered });
}
