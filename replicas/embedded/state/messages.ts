/** Messages between users and canisters, and the records of calls that wait for an answer. All values are immutable. */
import type { MessageId, PrincipalText, RejectCode } from '../../replica.js';
import { ERROR, errorCodeText, rejectCodeOf, type ErrorNumber, type UserError } from '../errors.js';
import type { ResponseReserve } from '../accounting/prices.js';
import type { Closure } from '../system-api/message-context.js';

/** A number is the count of earlier submissions. A request that its sender signed has any bytes, or none. */
export type IngressNonce = number | Uint8Array | undefined;

/** Who made a call and receives its answer. */
export type Origin =
  | { readonly kind: 'ingress'; readonly message: MessageId; readonly user: PrincipalText }
  | {
      readonly kind: 'canister';
      readonly canister: PrincipalText;
      readonly callback: number;
      readonly deadlineNs: bigint;
    }
  /** A task, which has no caller. */
  | { readonly kind: 'system' };

export interface RejectResponse {
  readonly kind: 'reject';
  /** The error that a user receives. */
  readonly error: UserError;
  /** The reject code and text that a calling canister receives. */
  readonly code: RejectCode;
  readonly textForCanisters: string;
}

/** The answer to a call, independent of who called. */
export type Response = { readonly kind: 'reply'; readonly bytes: Uint8Array } | RejectResponse;

/** The principal that made the call; `undefined` for tasks. */
export function callerOf(origin: Origin): PrincipalText | undefined {
  switch (origin.kind) {
    case 'ingress':
      return origin.user;
    case 'canister':
      return origin.canister;
    case 'system':
      return undefined;
  }
}

export const reply = (bytes: Uint8Array): Response => ({ kind: 'reply', bytes });

/** A reject with the same text for users and canisters: an explicit reject of the callee, or a reject of the system. */
export function plainReject(error: UserError): RejectResponse {
  return {
    kind: 'reject',
    error,
    code: rejectCodeOf(error.code),
    textForCanisters: error.text,
  };
}

/** The reject for a failure of the callee's code. A calling canister receives the error code in front of the text. */
export function faultReject(error: UserError): RejectResponse {
  return {
    kind: 'reject',
    error,
    code: rejectCodeOf(error.code),
    textForCanisters: `${errorCodeText(error.code)}: ${error.text}`,
  };
}

/** Size of the payload of a response between canisters. A reject takes one byte for its code. */
export function responsePayloadBytes(response: Response): number {
  return response.kind === 'reply' ? response.bytes.length : 1 + Buffer.byteLength(response.textForCanisters);
}

export const rejectWith = (code: ErrorNumber, text: string): RejectResponse => plainReject({ code, text });

/** A reject with this code and text for users and canisters, whatever the error. */
export function rejectWithCode(code: RejectCode, text: string): RejectResponse {
  return { ...plainReject({ code: ERROR.canisterRejectedMessage, text }), code };
}

interface InputBase {
  /** The id of the message, which does not change while the message waits. */
  readonly id: string;
  /** The ingress message at the root of the call tree; `undefined` if a task is the root. */
  readonly root: MessageId | undefined;
  readonly method: string;
}

export interface CallInput extends InputBase {
  readonly kind: 'ingress' | 'request';
  readonly caller: PrincipalText;
  readonly arg: Uint8Array;
  /** The decoded argument of an operator's call to the management canister. It replaces `arg`: decoding a module takes milliseconds. */
  readonly argument?: unknown;
  readonly origin: Origin;
  readonly cycles: bigint;
  /** Ingress messages only: the nonce of the request id, and the time after which the message is rejected if it has not started. */
  readonly ingress: { readonly nonce: IngressNonce; readonly expiryNs: bigint } | undefined;
}

/** An ingress message. */
export type IngressInput = CallInput & { readonly ingress: NonNullable<CallInput['ingress']> };

export interface ResponseInput extends InputBase {
  readonly kind: 'response';
  /** The canister that was called. For the management canister, the principal of the subnet. */
  readonly sender: PrincipalText;
  /** Id of the callback that receives the response. */
  readonly callback: number;
  readonly response: Response;
  /** Cycles of the call that the callee did not accept. */
  readonly refund: bigint;
}

export type Input = CallInput | ResponseInput;

/** The canister that sent the message; the user for an ingress message. */
export function senderOf(input: Input): PrincipalText {
  return input.kind === 'response' ? input.sender : input.caller;
}

/** The state of a call from its first message to its answer. */
export interface CallContext {
  readonly id: number;
  readonly origin: Origin;
  readonly root: MessageId | undefined;
  /** The method that was called; empty for tasks. */
  readonly method: string;
  readonly isAnswered: boolean;
  /** Cycles of the call that are not accepted yet. */
  readonly cycles: bigint;
  /** Instructions of all messages of the context so far. */
  readonly instructions: number;
  /** Number of calls made and not yet returned. */
  readonly outstanding: number;
  /** Whether the code that opened the context was uninstalled. */
  readonly isDeleted: boolean;
}

/** The context of a call whose first message was just executed. */
export function openCallContext(
  id: number,
  { origin, root, method, cycles }: Pick<CallInput, 'origin' | 'root' | 'method' | 'cycles'>,
): CallContext {
  return {
    id,
    origin,
    root,
    method,
    // A task has no caller to answer.
    isAnswered: origin.kind === 'system',
    cycles,
    instructions: 0,
    outstanding: 0,
    isDeleted: false,
  };
}

/** A call that waits for its response. */
export interface Callback {
  readonly id: number;
  /** Id of the call context that made the call. */
  readonly context: number;
  readonly callee: PrincipalText;
  readonly method: string;
  readonly cycles: bigint;
  readonly reserve: ResponseReserve;
  /** Time at which a best-effort call stops waiting; 0 = never. */
  readonly deadlineNs: bigint;
  readonly onReply: Closure;
  readonly onReject: Closure;
  readonly onCleanup: Closure | undefined;
}
