/** Updates a call context after each of its messages and answers the call. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, faultToUserError, userError, type Fault } from '../errors.js';
import { canReadLog, type Canister } from '../state/canister.js';
import {
  callerOf,
  faultReject,
  plainReject,
  reply,
  type CallContext,
  type Origin,
  type RejectResponse,
  type Response,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import type { Answer } from '../system-api/message-context.js';
import type { Run } from './run.js';
import { respond, sendCalls } from './send.js';

/** A message of the context succeeded: sends its calls, answers the call if the message did, and closes the context if it is done. */
export function settleSuccess(
  subnet: Subnet,
  canister: Canister,
  context: CallContext,
  { message, instructions }: Pick<Run, 'message' | 'instructions'>,
): void {
  sendCalls(subnet, canister, context, message);
  const next: CallContext = {
    ...context,
    cycles: message.cyclesAvailable,
    instructions: context.instructions + instructions,
    outstanding: context.outstanding + message.calls.length,
  };
  if (!message.answer) {
    closeIfDone(subnet, canister, next, () => didNotReply(canister, context.origin));
    return;
  }
  answerCall(subnet, canister, next, answerToResponse(message.answer));
}

/** A message of the context failed. The failure answers the call unless an open call can still lead to an answer. */
export function settleFailure(subnet: Subnet, canister: Canister, context: CallContext, fault: Fault): void {
  closeIfDone(subnet, canister, context, () => faultToResponse(canister, callerOf(context.origin), fault));
}

/** Closes a context without open calls. If its call is still unanswered, `lastResponse` answers it. */
function closeIfDone(
  subnet: Subnet,
  canister: Canister,
  context: CallContext,
  lastResponse: () => Response,
): void {
  if (context.outstanding > 0) {
    canister.callContexts.set(context.id, context);
    return;
  }
  canister.callContexts.delete(context.id);
  if (!context.isAnswered) respondTo(subnet, canister, context, lastResponse());
}

function answerCall(subnet: Subnet, canister: Canister, context: CallContext, response: Response): void {
  respondTo(subnet, canister, context, response);
  if (context.outstanding > 0) {
    canister.callContexts.set(context.id, { ...context, isAnswered: true, cycles: 0n });
  } else {
    canister.callContexts.delete(context.id);
  }
}

function respondTo(
  subnet: Subnet,
  canister: Canister,
  { origin, root, method, cycles }: CallContext,
  response: Response,
): void {
  respond(subnet, canister.id, origin, method, root, response, cycles);
}

export function answerToResponse(answer: Answer): Response {
  return answer.kind === 'reply'
    ? reply(answer.bytes)
    : plainReject(userError(ERROR.canisterRejectedMessage, answer.text));
}

/** The response to a call that can no longer be answered, because all its messages returned without a reply or a reject. */
function didNotReply(canister: Canister, origin: Origin): RejectResponse {
  const text = `Canister ${canister.id} did not reply to the call`;
  const response = plainReject(userError(ERROR.didNotReply, text));
  return origin.kind === 'canister' ? { ...response, textForCanisters: 'No response' } : response;
}

/** The reject for a fault. It has the backtrace only if the caller may read the canister's log. */
export function faultToResponse(
  canister: Canister,
  caller: PrincipalText | undefined,
  fault: Fault,
): RejectResponse {
  const isFull = caller !== undefined && canReadLog(canister, caller);
  return faultReject(faultToUserError(canister.id, fault, isFull));
}
