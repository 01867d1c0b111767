/** Messages between users and canisters, and the bookkeeping of calls that wait for an answer. All values are immutable. */
import type { MessageId, PrincipalText, RejectCode } from '../../replica.js';
import { errorCodeText, rejectCodeOf, type ErrorNumber, type UserError } from '../errors.js';
import type { Closure } from '../system-api/message-context.js';

/** Whom to answer. */
export type Origin =
  | { readonly kind: 'ingress'; readonly message: MessageId; readonly user: PrincipalText }
  | {
      readonly kind: 'canister';
      readonly canister: PrincipalText;
      readonly callback: number;
      readonly deadlineNs: bigint;
    }
  /** Tasks: nobody waits. */
  | { readonly kind: 'system' };

/** The answer to a call, before it is known who called. */
export type Response =
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'reject';
      readonly error: UserError;
      /** What a calling canister gets; users get `error`. */
      readonly code: RejectCode;
      readonly textForCanisters: string;
    };

export const reply = (bytes: Uint8Array): Response => ({ kind: 'reply', bytes });

/** A reject whose text is the same for everyone: explicit rejects, and those of the system. */
export function plainReject(error: UserError): Response {
  return {
    kind: 'reject',
    error,
    code: rejectCodeOf(error.code),
    textForCanisters: error.text,
  };
}

/** The failure of a canister's code: calling canisters see the code in front of the text. */
export function faultReject(error: UserError): Response {
  return {
    kind: 'reject',
    error,
    code: rejectCodeOf(error.code),
    textForCanisters: `${errorCodeText(error.code)}: ${error.text}`,
  };
}

export const rejectWith = (code: ErrorNumber, text: string): Response => plainReject({ code, text });

interface InputBase {
  /** Stable name of the message while it waits. */
  readonly id: string;
  /** The ingress message at the root of the call tree. */
  readonly root: MessageId | undefined;
  readonly method: string;
}

export interface CallInput extends InputBase {
  readonly kind: 'ingress' | 'request';
  readonly caller: PrincipalText;
  readonly arg: Uint8Array;
  /** Calls of the operator to aaaaa-aa carry their argument as a value: Candid takes milliseconds for a module. */
  readonly argument?: unknown;
  readonly origin: Origin;
  readonly cycles: bigint;
  /** Ingress only: what its id is made of, and when it expires if it did not start. */
  readonly ingress: { readonly nonce: number; readonly expiryNs: bigint } | undefined;
}

export interface ResponseInput extends InputBase {
  readonly kind: 'response';
  readonly sender: PrincipalText;
  readonly callback: number;
  readonly response: Response;
  readonly refund: bigint;
}

export type Input = CallInput | ResponseInput;

export interface CallContext {
  readonly id: number;
  readonly origin: Origin;
  readonly root: MessageId | undefined;
  /** The method that was called; empty for tasks. */
  readonly method: string;
  readonly isAnswered: boolean;
  /** Cycles of the call that were not accepted. */
  readonly cycles: bigint;
  readonly instructions: number;
  /** Calls made and not yet returned. */
  readonly outstanding: number;
  /** The code that opened the context is gone (uninstalled). */
  readonly isDeleted: boolean;
}

/** What a call sets aside when it is sent, until its response is there. */
export interface ResponseReserve {
  /** For the callback up to its limit. */
  readonly execution: bigint;
  /** For a response of the largest size. */
  readonly transmission: bigint;
}

export interface Callback {
  readonly id: number;
  readonly context: number;
  readonly callee: PrincipalText;
  readonly method: string;
  readonly cycles: bigint;
  readonly reserve: ResponseReserve;
  /** When a best-effort call gives up waiting; 0 = never. */
  readonly deadlineNs: bigint;
  readonly onReply: Closure;
  readonly onReject: Closure;
  readonly onCleanup: Closure | undefined;
}
