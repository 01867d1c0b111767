/**
 * Carries requests between canisters and responses to callers.
 *
 * Within a subnet, a message arrives when the pass that sent it ends. A message to another subnet, or to a canister that does not exist,
 * waits in `outgoing` until the round ends (`buildStreams`). The other subnet inducts it when its next round begins (`inductStreams`).
 *
 * Source: PocketIC 10.0.0, rs/messaging/src/routing/{stream_builder,stream_handler}.rs, rs/state_machine_tests/src/lib.rs.
 */
import type { PrincipalText } from '../../replica.js';
import { concatBytes } from '../bytes.js';
import {
  canisterNotFound,
  canisterStopped,
  canisterStopping,
  ERROR,
  userError,
  type UserError,
} from '../errors.js';
import { decodeTarget } from '../management-interface/target.js';
import { BYTES, COUNTS, TIMES_NS } from '../params.js';
import { bytesToPrincipal, MANAGEMENT_CANISTER } from '../principals.js';
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
import type { Network } from '../state/network.js';
import type { Subnet, Transit } from '../state/subnet.js';
import type { OutgoingCall } from '../system-api/message-context.js';
import { reserveForResponse } from './canister-account.js';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Sends the calls of a message that succeeded. The caller adds them to the call context. */
export function sendCalls(
  subnet: Subnet,
  canister: Canister,
  context: Pick<CallContext, 'id' | 'root'>,
  calls: readonly OutgoingCall[],
): void {
  for (const call of calls) {
    const id = canister.record.nextCallId++;
    const deadlineNs = deadlineOf(subnet, call);
    const callback: Callback = {
      reserve: reserveForResponse(canister),
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
      arg: concatBytes(call.payload, call.payloadBytes),
      origin: { kind: 'canister', canister: canister.id, callback: id, deadlineNs },
      cycles: call.cycles,
      ingress: undefined,
    };
    subnet.inTransit.push({ receiver: call.callee, input: request });
  }
}

/** The time at which a best-effort call expires, which is a whole second; 0 = never. */
function deadlineOf(subnet: Subnet, { timeoutSeconds }: OutgoingCall): bigint {
  if (timeoutSeconds === undefined) return 0n;
  const end = subnet.timeNs + BigInt(timeoutSeconds) * NANOS_PER_SECOND;
  return end - (end % NANOS_PER_SECOND);
}

/** Answers a call. `cycles` are those that the callee did not accept; a calling canister gets them back. */
export function respond(
  subnet: Subnet,
  from: PrincipalText,
  origin: Origin,
  method: string,
  root: string | undefined,
  response: Response,
  cycles: bigint,
): void {
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
}

/** Puts a message into the queue of its receiver on this subnet, or rejects it. */
function enqueue(subnet: Subnet, receiver: PrincipalText, input: Input): void {
  const canister = subnet.canisters.get(receiver);
  if (input.kind === 'response') {
    // A deleted canister waits for no responses, and a call has at most one.
    if (canister && !hasResponse(canister, input.callback)) canister.inputs.push(input);
    return;
  }
  if (isManagementOf(subnet, receiver)) {
    subnet.managementInputs.push(input);
    return;
  }
  if (!canister) {
    refuse(subnet, receiver, input, canisterNotFound(receiver));
    return;
  }
  const refusal = refusalOf(canister, input.caller);
  if (refusal) refuse(subnet, receiver, input, refusal);
  else canister.inputs.push(input);
}

function refuse(subnet: Subnet, receiver: PrincipalText, input: CallInput, error: UserError): void {
  respond(subnet, receiver, input.origin, input.method, input.root, plainReject(error), input.cycles);
}

/** The id of a subnet is another name of its management canister. */
function isManagementOf(subnet: Subnet, receiver: PrincipalText): boolean {
  return receiver === MANAGEMENT_CANISTER || receiver === bytesToPrincipal(subnet.identity.id);
}

/** Moves the messages in transit to their receivers, or to `outgoing`. */
export function flushTransit(subnet: Subnet): void {
  while (subnet.inTransit.length > 0) {
    const messages = subnet.inTransit.items;
    subnet.inTransit.clear();
    for (const transit of messages) {
      const { receiver, input } = transit;
      if (destinationOf(subnet, transit) === subnet) enqueue(subnet, receiver, input);
      else subnet.outgoing.push(transit);
    }
  }
}

/** The subnet of the message's receiver; `undefined` if there is none. */
function destinationOf(subnet: Subnet, { receiver, input }: Transit): Subnet | undefined {
  if (subnet.canisters.has(receiver)) return subnet;
  if (receiver !== MANAGEMENT_CANISTER)
    return subnet.network.route(receiver) ?? subnet.network.withId(receiver);
  if (subnet.network.subnets.length === 1 || input.kind === 'response') return subnet;
  const target = decodeTarget(input.method, input.arg);
  return (target === undefined ? undefined : subnet.network.route(target)) ?? subnet;
}

/** Ends a round: moves outgoing messages into streams and rejects those that cannot be routed. */
export function buildStreams(subnet: Subnet): void {
  if (subnet.outgoing.length === 0) return;
  const leaving = subnet.outgoing.items;
  subnet.outgoing.clear();
  for (const transit of leaving) {
    const destination = destinationOf(subnet, transit);
    const refusal =
      transit.input.kind === 'response'
        ? undefined
        : unroutable(transit.input, transit.receiver, destination);
    if (refusal) refuse(subnet, transit.receiver, transit.input as CallInput, refusal);
    else destination?.incoming.push(transit);
  }
  flushTransit(subnet);
}

function unroutable(
  { caller, method, arg }: CallInput,
  receiver: PrincipalText,
  destination: Subnet | undefined,
): UserError | undefined {
  if (!destination) return userError(ERROR.canisterNotFound, `No route to canister ${receiver}`);
  const bytes = Buffer.byteLength(method) + arg.length;
  if (bytes <= BYTES.remoteRequestMax) return undefined;
  const text = `Canister ${caller} violated contract: attempted to send a message of size ${bytes} exceeding the limit ${BYTES.remoteRequestMax}`;
  return userError(ERROR.contractViolation, text);
}

/** Begins a round: delivers the messages of other subnets to their receivers. */
export function inductStreams(subnet: Subnet): void {
  if (subnet.incoming.length === 0) return;
  const arrived = subnet.incoming.items;
  subnet.incoming.clear();
  for (const { receiver, input } of arrived) enqueue(subnet, receiver, input);
  flushTransit(subnet);
}

/** Delivers all messages between subnets, as rounds without any execution would. */
export function settleStreams({ subnets }: Network): void {
  const hasMessages = (): boolean =>
    subnets.some(({ outgoing, incoming }) => outgoing.length > 0 || incoming.length > 0);
  while (hasMessages()) {
    for (const subnet of subnets) buildStreams(subnet);
    for (const subnet of subnets) inductStreams(subnet);
  }
}

/** The reason why a canister does not accept a request; `undefined` if it accepts it. */
function refusalOf({ id, record, inputs }: Canister, caller: PrincipalText): UserError | undefined {
  if (record.status === 'stopped') return canisterStopped(id);
  if (record.status === 'stopping') return canisterStopping(id);
  if (requestsFrom(inputs.items, caller) >= COUNTS.queueCapacity) {
    return userError(ERROR.canisterQueueFull, `Canister ${id} input queue is full`);
  }
  return undefined;
}

function requestsFrom(inputs: readonly Input[], caller: PrincipalText): number {
  let count = 0;
  for (const input of inputs) if (input.kind === 'request' && input.caller === caller) count++;
  return count;
}

/** The number of further calls that the canister may make to the receiver. */
export function freeSlots(canister: Canister, receiver: PrincipalText): number {
  let used = 0;
  for (const callback of canister.callbacks.values()) if (callback.callee === receiver) used++;
  return COUNTS.queueCapacity - used;
}

function hasResponse(canister: Canister, callback: number): boolean {
  return canister.inputs.items.some((input) => input.kind === 'response' && input.callback === callback);
}

/** Rejects best-effort calls past their deadline, and removes their requests if those still wait. */
export function expireCalls(subnet: Subnet): void {
  for (const caller of subnet.canisters.values()) {
    if (subnet.network.subnets.length > 1) dropExpiredRequests(subnet, caller);
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
}

/** Removes requests from other subnets past their deadline. The callers no longer wait for them. */
function dropExpiredRequests(subnet: Subnet, canister: Canister): void {
  canister.inputs.removeWhere((input): input is CallInput => {
    if (input.kind !== 'request' || input.origin.kind !== 'canister') return false;
    const { deadlineNs } = input.origin;
    const isLocal = subnet.canisters.has(input.caller);
    return !isLocal && deadlineNs !== 0n && subnet.timeNs >= deadlineNs;
  });
}

/** Removes the request of a callback from the callee's queue, if it still waits there, and returns it. */
function takeRequest(
  subnet: Subnet,
  callee: PrincipalText,
  caller: PrincipalText,
  callback: number,
): CallInput | undefined {
  const removed = subnet.canisters
    .get(callee)
    ?.inputs.removeWhere(
      (input): input is CallInput =>
        input.kind === 'request' &&
        input.caller === caller &&
        input.origin.kind === 'canister' &&
        input.origin.callback === callback,
    );
  return removed?.[0];
}

/** Rejects ingress messages that expired before they started. */
export function expireIngress(subnet: Subnet): void {
  for (const canister of subnet.canisters.values()) {
    const expired = canister.inputs.removeWhere(
      (input): input is CallInput =>
        input.kind !== 'response' && input.ingress !== undefined && input.ingress.expiryNs < subnet.timeNs,
    );
    for (const { id } of expired) {
      const text = `Ingress message ${id} timed out waiting to start executing.`;
      subnet.ingress.set(id, plainReject(userError(ERROR.ingressTimeout, text)));
    }
  }
}

/** Expiry of an ingress message that is submitted now. */
export const ingressExpiry = (subnet: Subnet): bigint => subnet.timeNs + TIMES_NS.ingressTtl;
