/** Queries to the management canister, of which there is one: `fetch_canister_logs`. */
import { canisterNotFound, ERROR, userError } from '../errors.js';
import type { QueryInput } from '../execution/query-input.js';
import { decodeArgument, encodeResult } from '../management-interface/candid-types.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import { canReadLog, type Canister } from '../state/canister.js';
import { plainReject, rejectWith, reply, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';

/** @throws Error if `arg` is not the Candid argument of `fetch_canister_logs` */
export function queryManagement(subnet: Subnet, { method, arg, caller }: QueryInput): Response {
  if (method !== 'fetch_canister_logs') {
    return rejectWith(ERROR.methodNotFound, `Query method ${method} not found.`);
  }
  const id = targetOf(decodeArgument(method, arg));
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) return plainReject(canisterNotFound(id ?? MANAGEMENT_CANISTER));
  if (!canReadLog(canister, caller)) {
    const text = `Caller ${caller} is not allowed to query ic00 method fetch_canister_logs`;
    return plainReject(userError(ERROR.canisterRejectedMessage, text));
  }
  return reply(encodeResult(method, logsToCandid(canister)));
}

/** The result of `fetch_canister_logs`. */
export function logsToCandid({ record }: Canister) {
  return {
    canister_log_records: record.log.records.map(({ index, timeNs, content }) => ({
      idx: index,
      timestamp_nanos: timeNs,
      content,
    })),
  };
}
