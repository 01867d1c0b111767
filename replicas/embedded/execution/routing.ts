/**
 * Moves messages from the `outputs` of a subnet to their receivers.
 *
 * A message between two running canisters of a subnet arrives when the pass of the round that sent it ends (`deliverLocally`). Any other
 * message takes a stream: one to another subnet, one to or from a management canister, and one that the receiver's queue does not accept.
 * It enters the stream when the round ends (`buildStreams`), also if the stream leads to the same subnet. A subnet inducts the streams to
 * it when its next round begins (`inductStreams`).
 *
 * Source: IC interface spec, "Ordering guarantees"; the number of rounds of each kind of call is recorded: traces 01 and 05.
 */
import type { PrincipalText } from '../../replica.js';
import {
  canisterNotFound,
  canisterStopped,
  canisterStopping,
  ERROR,
  userError,
  type UserError,
} from '../errors.js';
import { BYTES, COUNTS } from '../params.js';
import type { Canister } from '../state/canister.js';
import { plainReject, senderOf, type CallInput, type Input } from '../state/messages.js';
import type { Network } from '../state/network.js';
import type { Subnet, Transit } from '../state/subnet.js';
import { byQueue, byStream, inStreamOrder } from './output-order.js';
import { responseTo } from './send.js';

/** Moves the messages between canisters of the subnet to their receivers. The messages that stay keep their order. */
export function deliverLocally(subnet: Subnet): void {
  if (subnet.outputs.length === 0) return;
  const leaving = byQueue(subnet.outputs.items);
  subnet.outputs.clear();
  let blocked: Set<string> | undefined;
  for (const transit of leaving) {
    const queue = `${senderOf(transit.input)} ${transit.receiver}`;
    if (!blocked?.has(queue) && isAcceptedLocally(subnet, transit)) continue;
    (blocked ??= new Set()).add(queue);
    subnet.outputs.push(transit);
  }
}

function isAcceptedLocally({ canisters }: Subnet, { receiver, input }: Transit): boolean {
  const sender = senderOf(input);
  const canister = canisters.get(receiver);
  if (!canister || !canisters.has(sender)) return false;
  if (sender === receiver && canister.record.status !== 'running') return false;
  return induct(canister, input) === undefined;
}

/** Puts a message into the canister's queue. Returns the reason if the queue does not accept it. */
function induct(canister: Canister, input: Input): UserError | undefined {
  if (input.kind === 'response') {
    // A call has at most one response. A best-effort call may have been answered already when its deadline passed.
    if (isAwaited(canister, input.callback)) canister.inputs.push(input);
    else canister.record.cycles += input.refund;
    return undefined;
  }
  const refusal = refusalOf(canister, input.caller);
  if (!refusal) canister.inputs.push(input);
  return refusal;
}

function isAwaited({ callbacks, inputs }: Canister, callback: number): boolean {
  return callbacks.has(callback) && !hasResponse(inputs.items, callback);
}

export function hasResponse(inputs: readonly Input[], callback: number): boolean {
  return inputs.some((input) => input.kind === 'response' && input.callback === callback);
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

/** Ends a round: moves all outputs into streams and rejects the requests that cannot be routed. */
export function buildStreams(subnet: Subnet): void {
  if (subnet.outputs.length === 0) return;
  const leaving = inStreamOrder(subnet, subnet.outputs.items);
  subnet.outputs.clear();
  const from = subnet.principal;
  for (const { receiver, input } of leaving) {
    const destination = destinationOf(subnet, receiver);
    const refusal = input.kind === 'response' ? undefined : unroutable(subnet, input, receiver, destination);
    if (refusal) rejectLocally(subnet, receiver, input as CallInput, refusal);
    else destination?.incoming.push({ receiver, input, from });
  }
}

function destinationOf(subnet: Subnet, receiver: PrincipalText): Subnet | undefined {
  if (subnet.canisters.has(receiver)) return subnet;
  return subnet.network.route(receiver) ?? subnet.network.withId(receiver);
}

function unroutable(
  subnet: Subnet,
  { caller, method, arg }: CallInput,
  receiver: PrincipalText,
  destination: Subnet | undefined,
): UserError | undefined {
  if (!destination) return userError(ERROR.canisterNotFound, `No route to canister ${receiver}`);
  const bytes = Buffer.byteLength(method) + arg.length;
  if (destination === subnet || bytes <= BYTES.remoteRequestMax) return undefined;
  const text = `Canister ${caller} violated contract: attempted to send a message of size ${bytes} exceeding the limit ${BYTES.remoteRequestMax}`;
  return userError(ERROR.contractViolation, text);
}

/** Begins a round: moves the messages of all streams to their receivers. The stream of the subnet to itself comes first. */
export function inductStreams(subnet: Subnet): void {
  if (subnet.incoming.length === 0) return;
  const arrived = byStream(subnet, subnet.incoming.items);
  subnet.incoming.clear();
  const rejected: (() => void)[] = [];
  for (const { receiver, input, from } of arrived) {
    const refusal = inductArrival(subnet, receiver, input);
    if (!refusal || input.kind === 'response') continue;
    // The stream of the subnet to itself returns a rejected request at once; another subnet learns of it from the next stream.
    if (from === subnet.principal) rejected.push(() => rejectLocally(subnet, receiver, input, refusal));
    else
      subnet.outputs.push({
        receiver: input.caller,
        input: responseTo(subnet, receiver, input, plainReject(refusal)),
      });
  }
  for (const reject of rejected) reject();
}

function inductArrival(subnet: Subnet, receiver: PrincipalText, input: Input): UserError | undefined {
  if (receiver === subnet.principal) {
    if (input.kind !== 'response') subnet.managementInputs.push(input);
    return undefined;
  }
  const canister = subnet.canisters.get(receiver);
  // A deleted canister waits for no responses.
  return canister ? induct(canister, input) : canisterNotFound(receiver);
}

function rejectLocally(subnet: Subnet, receiver: PrincipalText, request: CallInput, error: UserError): void {
  const canister = subnet.canisters.get(request.caller);
  canister?.inputs.push(responseTo(subnet, receiver, request, plainReject(error)));
}

/** Delivers all messages of streams, as rounds without any execution would. */
export function settleStreams({ subnets }: Network): void {
  while (subnets.some(({ outputs, incoming }) => outputs.length > 0 || incoming.length > 0)) {
    for (const subnet of subnets) buildStreams(subnet);
    for (const subnet of subnets) inductStreams(subnet);
  }
}
