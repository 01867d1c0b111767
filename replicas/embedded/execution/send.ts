/** Sends requests and responses. They wait in the subnet's `outputs` until `routing.ts` moves them to a queue or a stream. */
import type { PrincipalText } from '../../replica.js';
import { concatBytes } from '../bytes.js';
import { COUNTS } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister } from '../state/canister.js';
import type {
  CallContext,
  Callback,
  CallInput,
  Origin,
  RejectResponse,
  Response,
  ResponseInput,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import type { MessageContext, OutgoingCall } from '../system-api/message-context.js';
import { reserveForResponse } from './canister-account.js';
import { routeManagementCall } from './management-route.js';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Sends the calls of a message that succeeded. The caller adds them to the call context. */
export function sendCalls(
  subnet: Subnet,
  canister: Canister,
  context: Pick<CallContext, 'id' | 'root'>,
  { calls, environment }: Pick<MessageContext, 'calls' | 'environment'>,
): void {
  for (const call of calls) {
    const id = canister.record.nextCallId++;
    const deadlineNs = deadlineOf(environment.timeNs, call);
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
    if (isManagement(subnet, call.callee)) {
      sendToManagement(subnet, canister, call.callee, request, environment.version);
    } else {
      subnet.outputs.push({ receiver: call.callee, input: request });
    }
  }
}

/** The id of a subnet is another name of its management canister. */
function isManagement(subnet: Subnet, callee: PrincipalText): boolean {
  return callee === MANAGEMENT_CANISTER || subnet.network.withId(callee) !== undefined;
}

/** Sends the request to the subnet that it is for, or answers it at once if there is no such subnet. */
function sendToManagement(
  subnet: Subnet,
  canister: Canister,
  callee: PrincipalText,
  request: CallInput,
  version: number,
): void {
  const { method, arg } = request;
  const route = routeManagementCall(subnet, { callee, method, arg, version });
  if (route.kind === 'refused') {
    canister.inputs.push(responseTo(subnet, callee, request, route.response));
    return;
  }
  const { principal, argument } = route;
  subnet.outputs.push({
    receiver: principal,
    input: argument === undefined ? request : { ...request, argument },
  });
}

/** The time at which a best-effort call expires, which is a whole second; 0 = never. */
function deadlineOf(nowNs: bigint, { timeoutSeconds }: OutgoingCall): bigint {
  if (timeoutSeconds === undefined) return 0n;
  const end = nowNs + BigInt(timeoutSeconds) * NANOS_PER_SECOND;
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
    sender: from === MANAGEMENT_CANISTER ? subnet.principal : from,
    callback: origin.callback,
    response,
    refund: cycles,
  };
  subnet.outputs.push({ receiver: origin.canister, input });
}

/** The response of the network to a request that `receiver` never got. It returns all cycles. */
export function responseTo(
  subnet: Subnet,
  receiver: PrincipalText,
  { root, method, origin, cycles }: CallInput,
  response: RejectResponse,
): ResponseInput {
  if (origin.kind !== 'canister') throw new TypeError(`${method} is not a request of a canister`);
  return {
    kind: 'response',
    id: subnet.nextMessageId(),
    root,
    method,
    sender: receiver,
    callback: origin.callback,
    response,
    refund: cycles,
  };
}

/** The number of further calls that the canister may make to the receiver. */
export function freeSlots(canister: Canister, receiver: PrincipalText): number {
  let used = 0;
  for (const callback of canister.callbacks.values()) if (callback.callee === receiver) used++;
  return COUNTS.queueCapacity - used;
}
