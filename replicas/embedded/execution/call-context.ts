/** The life of a call from its first message to its answer. */
import { ERROR, faultToUserError, userError, type Fault } from '../errors.js';
import type { Canister } from '../state/canister.js';
import {
  faultReject,
  plainReject,
  reply,
  type CallContext,
  type Origin,
  type Response,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import type { Answer, MessageContext } from '../system-api/message-context.js';
import { respond, sendCalls } from './routing.js';
import { canReadLog } from './run.js';

/** What a message of the context does, once it succeeded: answer, calls, and perhaps the end of the context. */
export function settleSuccess(
  subnet: Subnet,
  canister: Canister,
  context: CallContext,
  message: MessageContext,
  instructions: number,
): void {
  sendCalls(subnet, canister, context, message.calls);
  const next: CallContext = {
    ...context,
    cycles: message.cyclesAvailable,
    instructions: context.instructions + instructions,
    outstanding: context.outstanding + message.calls.length,
  };
  if (!message.answer) {
    closeIfDone(subnet, canister, next, () => silence(canister, context.origin));
    return;
  }
  answer(subnet, canister, next, answerToResponse(message.answer));
}

/** A message of the context failed; the failure is the answer if nothing else can still come. */
export function settleFailure(subnet: Subnet, canister: Canister, context: CallContext, fault: Fault): void {
  closeIfDone(subnet, canister, context, () => faultToResponse(canister, context.origin, fault));
}

/** Without open calls nothing can answer any more: `last` does, if nobody did. */
function closeIfDone(subnet: Subnet, canister: Canister, context: CallContext, last: () => Response): void {
  if (context.outstanding > 0) {
    canister.callContexts.set(context.id, context);
    return;
  }
  canister.callContexts.delete(context.id);
  if (!context.isAnswered) respondTo(subnet, canister, context, last());
}

function answer(subnet: Subnet, canister: Canister, context: CallContext, response: Response): void {
  respondTo(subnet, canister, context, response);
  if (context.outstanding > 0)
    canister.callContexts.set(context.id, { ...context, isAnswered: true, cycles: 0n });
  else canister.callContexts.delete(context.id);
}

function respondTo(
  subnet: Subnet,
  canister: Canister,
  { origin, root, method, cycles }: CallContext,
  response: Response,
): void {
  respond(subnet, canister.id, origin, method, root, response, cycles);
}

export function answerToResponse(given: Answer): Response {
  return given.kind === 'reply'
    ? reply(given.bytes)
    : plainReject(userError(ERROR.canisterRejectedMessage, given.text));
}

/** The method returned, nothing is outstanding, and there was no answer. */
function silence(canister: Canister, origin: Origin): Response {
  const text = `Canister ${canister.id} did not reply to the call`;
  const response = plainReject(userError(ERROR.didNotReply, text));
  return origin.kind === 'canister' && response.kind === 'reject'
    ? { ...response, textForCanisters: 'No response' }
    : response;
}

export function faultToResponse(canister: Canister, origin: Origin, fault: Fault): Response {
  const caller =
    origin.kind === 'ingress' ? origin.user : origin.kind === 'canister' ? origin.canister : undefined;
  const isFull = caller !== undefined && canReadLog(canister, caller);
  return faultReject(faultToUserError(canister.id, fault, isFull));
}
