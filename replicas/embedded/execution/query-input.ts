/** What plain and composite queries have in common. */
import type { PrincipalText } from '../../replica.js';
import { ERROR, userError } from '../errors.js';
import type { Canister } from '../state/canister.js';
import { plainReject, type Response } from '../state/messages.js';

export interface QueryInput {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly caller: PrincipalText;
  /** Creates the certificate that `data_certificate_copy` returns. It is called at most once, when the canister reads it. */
  readonly certificate?: () => Uint8Array;
}

/** The reject of a query that returned without a reply. */
export function noResponse(canister: Canister): Response {
  return plainReject(userError(ERROR.didNotReply, `Canister ${canister.id} did not produce a response`));
}
