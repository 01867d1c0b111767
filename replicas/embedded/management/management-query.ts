/** Queries to the management canister: `fetch_canister_logs` and `canister_status`. */
import { canisterNotFound, ERROR, userError, type UserError } from '../errors.js';
import type { QueryInput } from '../execution/query-input.js';
import { ArgumentError } from '../management-interface/argument-decoder.js';
import { decodeArgument, encodeResult } from '../management-interface/candid-types.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import { canReadLog, type Canister } from '../state/canister.js';
import { plainReject, reply, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { authorize } from './access.js';
import { statusToCandid } from './canister-status.js';

export function queryManagement(subnet: Subnet, input: QueryInput): Response {
  const { method } = input;
  if (method !== 'fetch_canister_logs' && method !== 'canister_status') {
    return plainReject(userError(ERROR.methodNotFound, `Query method ${method} not found.`));
  }
  try {
    const id = targetOf(decodeArgument(method, input.arg));
    const canister = id === undefined ? undefined : subnet.canisters.get(id);
    if (!canister) return plainReject(canisterNotFound(id ?? MANAGEMENT_CANISTER));
    const refusal = refusalOf(subnet, input, canister);
    if (refusal) return plainReject(refusal);
    const value = method === 'canister_status' ? statusToCandid(canister) : logsToCandid(canister);
    return reply(encodeResult(method, value));
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return plainReject(userError(ERROR.invalidManagementPayload, error.message));
  }
}

function refusalOf(
  subnet: Subnet,
  { method, caller }: QueryInput,
  canister: Canister,
): UserError | undefined {
  if (method === 'canister_status') {
    const authorized = authorize(subnet, method, canister.id, caller);
    return 'code' in authorized ? authorized : undefined;
  }
  if (canReadLog(canister, caller)) return undefined;
  const text = `Caller ${caller} is not allowed to access canister logs`;
  return userError(ERROR.canisterRejectedMessage, text);
}

/** The result of `fetch_canister_logs`. */
function logsToCandid({ record }: Canister) {
  return {
    canister_log_records: record.log.records.map(({ index, timeNs, content }) => ({
      idx: index,
      timestamp_nanos: timeNs,
      content,
    })),
  };
}
