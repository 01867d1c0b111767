/** What plain and composite queries have in common. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError } from '../errors.js';
import type { Canister } from '../state/canister.js';
import { plainReject, type Response } from '../state/messages.js';
import type { MessageContext } from '../system-api/message-context.js';

export interface QueryInput {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly caller: PrincipalText;
  /** Creates the certificate that `data_certificate_copy` returns. It is called at most once, when the canister reads it. */
  readonly certificate?: () => Uint8Array;
  /** Called for each message of the query that has ended. */
  readonly onMessage?: (read: QueryReads) => void;
}

/** What a message of a query depends on, besides the code and the memories of its canister. */
export interface QueryReads {
  readonly canister: PrincipalText;
  /** Whether it read the time. */
  readonly time: boolean;
  /** Whether it read its balance. */
  readonly balance: boolean;
}

export function readsOf(canister: Canister, message: MessageContext): QueryReads {
  return { canister: canister.id, time: message.readsTime, balance: message.readsBalance };
}

/** The reject of a query that returned without a reply. */
export function noResponse(canister: Canister): Response {
  return plainReject(userError(ERROR.didNotReply, `Canister ${canister.id} did not produce a response`));
}
