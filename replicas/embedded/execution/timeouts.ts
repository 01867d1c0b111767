/** Messages and calls whose time is over when a round begins. */
import { ERROR, userError } from '../errors.js';
import type { Canister } from '../state/canister.js';
import { plainReject, type CallInput, type Input } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { hasResponse } from './routing.js';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Whether a deadline of a best-effort call is over. Deadlines are whole seconds, and the whole second must be over. */
function isOver(subnet: Subnet, deadlineNs: bigint): boolean {
  return deadlineNs !== 0n && subnet.timeNs - (subnet.timeNs % NANOS_PER_SECOND) > deadlineNs;
}

/** Rejects best-effort calls past their deadline, and drops their requests if those still wait. The dropped cycles are lost. */
export function expireCalls(subnet: Subnet): void {
  for (const canister of subnet.canisters.values()) {
    canister.inputs.removeWhere((input) => isExpiredRequest(subnet, input));
  }
  subnet.managementInputs.removeWhere((input): input is CallInput => isExpiredRequest(subnet, input));
  for (const canister of subnet.canisters.values()) expireCallbacks(subnet, canister);
}

function isExpiredRequest(subnet: Subnet, input: Input): input is CallInput {
  return (
    input.kind === 'request' && input.origin.kind === 'canister' && isOver(subnet, input.origin.deadlineNs)
  );
}

function expireCallbacks(subnet: Subnet, { callbacks, callContexts, inputs }: Canister): void {
  for (const { id, callee, deadlineNs, method, context } of callbacks.values()) {
    if (!isOver(subnet, deadlineNs) || hasResponse(inputs.items, id)) continue;
    inputs.push({
      kind: 'response',
      id: subnet.nextMessageId(),
      root: callContexts.get(context)?.root,
      method,
      sender: callee,
      callback: id,
      response: plainReject(userError(ERROR.deadlineExpired, 'Call deadline has expired.')),
      refund: 0n,
    });
  }
}
