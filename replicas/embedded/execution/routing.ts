/** Carries messages from canister to canister and answers to whoever asked. */
import type { PrincipalText } from '../../replica.js';
import {
  canisterNotFound,
  canisterStopped,
  canisterStopping,
  ERROR,
  userError,
  type UserError,
} from '../errors.js';
import { COUNTS, TIMES_NS } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import {
  plainReject,
  type CallContext,
  type Callback,
  type CallInput,
  type Input,
  type Origin,
  type Response,
  type ResponseInput,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { join } from '../system-api/message-functions.js';
import type { OutgoingCall } from '../system-api/message-context.js';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Send the calls of a message that succeeded; the call context counts them. */
export const sendCalls = (
  subnet: Subnet,
  canister: Canister,
  context: Pick<CallContext, 'id' | 'root'>,
  calls: readonly OutgoingCall[],
): void => {
  for (const call of calls) {
    const id = canister.record.nextCallId++;
    const deadlineNs = deadline(subnet, call);
    const callback: Callback = {
      id,
      context: context.id,
      callee: call.callee,
      method: call.method,
      cycles: call.cycles,
      deadlineNs,
      onReply: call.onReply,
      onReject: call.onReject,
      onCleanup: call.onCleanup,
    };
    canister.callbacks.set(id, callback);
    const request: CallInput = {
      kind: 'request',
      id: subnet.nextMessageId(),
      root: context.root,
      method: call.method,
      caller: canister.id,
      arg: join(call.payload, call.payloadBytes),
      origin: { kind: 'canister', canister: canister.id, callback: id, deadlineNs },
      cycles: call.cycles,
      ingress: undefined,
    };
    subnet.inTransit.push({ receiver: call.callee, input: request });
  }
};

/** Best-effort calls end at a whole second; 0 = never. */
const deadline = (subnet: Subnet, { timeoutSeconds }: OutgoingCall): bigint => {
  if (timeoutSeconds === undefined) return 0n;
  const end = subnet.timeNs + BigInt(timeoutSeconds) * NANOS_PER_SECOND;
  return end - (end % NANOS_PER_SECOND);
};

/** Answer a call. `cycles` were not accepted and go back to a calling canister. */
export const respond = (
  subnet: Subnet,
  from: PrincipalText,
  origin: Origin,
  method: string,
  root: string | undefined,
  response: Response,
  cycles: bigint,
): void => {
  if (origin.kind === 'ingress') subnet.ingress.set(origin.message, response);
  if (origin.kind !== 'canister') return;
  const input: ResponseInput = {
    kind: 'response',
    id: subnet.nextMessageId(),
    root,
    method,
    sender: from,
    callback: origin.callback,
    response,
    refund: cycles,
  };
  subnet.inTransit.push({ receiver: origin.canister, input });
};

/** Put a message into its receiver's queue, or back to its sender as a reject. */
export const enqueue = (subnet: Subnet, receiver: PrincipalText, input: Input): void => {
  if (receiver === MANAGEMENT_CANISTER) {
    if (input.kind !== 'response') subnet.managementInputs.push(input);
    return;
  }
  const canister = subnet.canisters.get(receiver);
  if (input.kind === 'response') {
    // A deleted canister has no callbacks left to answer, and a call gets one response.
    if (canister && !hasResponse(canister, input.callback)) canister.inputs.push(input);
    return;
  }
  const refusal = refusalOf(subnet, receiver, canister, input.caller);
  if (canister && !refusal) canister.inputs.push(input);
  else respond(subnet, receiver, input.origin, input.method, input.root, plainReject(refusal!), input.cycles);
};

/** Move everything in transit to its receiver. */
export const flushTransit = (subnet: Subnet): void => {
  while (subnet.inTransit.length > 0) {
    const messages = subnet.inTransit.items;
    subnet.inTransit.clear();
    for (const { receiver, input } of messages) enqueue(subnet, receiver, input);
  }
};

const refusalOf = (
  subnet: Subnet,
  receiver: PrincipalText,
  canister: Canister | undefined,
  caller: PrincipalText,
): UserError | undefined => {
  if (!subnet.isHosted(receiver)) {
    return userError(ERROR.canisterNotFound, `No route to canister ${receiver}`);
  }
  if (!canister) return canisterNotFound(receiver);
  if (canister.record.status === 'stopped') return canisterStopped(receiver);
  if (canister.record.status === 'stopping') return canisterStopping(receiver);
  if (requestsFrom(canister.inputs.items, caller) >= COUNTS.queueCapacity) {
    return userError(ERROR.canisterQueueFull, `Canister ${receiver} input queue is full`);
  }
  return undefined;
};

const requestsFrom = (inputs: readonly Input[], caller: PrincipalText): number => {
  let count = 0;
  for (const input of inputs) if (input.kind === 'request' && input.caller === caller) count++;
  return count;
};

/** How many more calls a canister may have open to one receiver. */
export const freeSlots = (canister: Canister, receiver: PrincipalText): number => {
  let used = 0;
  for (const callback of canister.callbacks.values()) if (callback.callee === receiver) used++;
  return COUNTS.queueCapacity - used;
};

const hasResponse = (canister: Canister, callback: number): boolean =>
  canister.inputs.items.some((input) => input.kind === 'response' && input.callback === callback);

/** Best-effort calls whose time is up get a reject of the system; what still waits of them is taken back. */
export const expireCalls = (subnet: Subnet): void => {
  for (const caller of subnet.canisters.values()) {
    for (const { id, callee, deadlineNs, method, context } of caller.callbacks.values()) {
      if (deadlineNs === 0n || subnet.timeNs < deadlineNs || hasResponse(caller, id)) continue;
      const request = takeRequest(subnet, callee, caller.id, id);
      caller.inputs.push({
        kind: 'response',
        id: subnet.nextMessageId(),
        root: caller.callContexts.get(context)?.root,
        method,
        sender: callee,
        callback: id,
        response: plainReject(userError(ERROR.deadlineExpired, 'Call deadline has expired.')),
        refund: request?.cycles ?? 0n,
      });
    }
  }
};

const takeRequest = (
  subnet: Subnet,
  callee: PrincipalText,
  caller: PrincipalText,
  callback: number,
): CallInput | undefined => {
  const canister = subnet.canisters.get(callee);
  const index =
    canister?.inputs.items.findIndex(
      (input) =>
        input.kind === 'request' &&
        input.caller === caller &&
        input.origin.kind === 'canister' &&
        input.origin.callback === callback,
    ) ?? -1;
  return index < 0 ? undefined : (canister!.inputs.removeAt(index) as CallInput);
};

/** Reject messages that waited too long to start. */
export const expireIngress = (subnet: Subnet): void => {
  for (const canister of subnet.canisters.values()) {
    for (let i = canister.inputs.length - 1; i >= 0; i--) {
      const input = canister.inputs.items[i]!;
      if (input.kind === 'response' || !input.ingress || input.ingress.expiryNs >= subnet.timeNs) continue;
      canister.inputs.removeAt(i);
      const text = `Ingress message ${input.id} timed out waiting to start executing.`;
      subnet.ingress.set(input.id, plainReject(userError(ERROR.ingressTimeout, text)));
    }
  }
};

/** When a message submitted now expires. */
export const ingressExpiry = (subnet: Subnet): bigint => subnet.timeNs + TIMES_NS.ingressTtl;
