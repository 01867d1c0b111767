/**
 * Messages of best-effort calls that the network may lose at any time. The caller of a lost call gets SYS_UNKNOWN: it cannot tell whether
 * the callee has executed the call. Calls with a guaranteed response lose nothing.
 *
 * On the network, a request is dropped when its deadline has passed, and a response when memory is short. Here, the choice is free, and
 * no time passes.
 *
 * Source: interface specification, "Best-effort response calls"; rs/replicated_state/src/canister_state/system_state.rs.
 */
import { ERROR, userError, type UserError } from '../errors.js';
import { plainReject, type Input, type ResponseInput } from '../state/messages.js';
import type { Network } from '../state/network.js';
import type { Subnet } from '../state/subnet.js';

/** Whether the message, which waits for its receiver, may be lost. */
export function mayBeLost(subnet: Subnet, receiver: string, input: Input): boolean {
  if (input.kind !== 'response') return input.origin.kind === 'canister' && input.origin.deadlineNs !== 0n;
  const callback = subnet.canisters.get(receiver)?.callbacks.get(input.callback);
  // An answer that says only that another one was lost is not lost again.
  return callback !== undefined && callback.deadlineNs !== 0n && !isUnknown(input);
}

function isUnknown({ response }: ResponseInput): boolean {
  return response.kind === 'reject' && response.code === SYS_UNKNOWN;
}

const SYS_UNKNOWN = 6;

/** Loses a message that may be lost. Returns whether there is one with this id. Cycles of the call are lost with it. */
export function loseMessage(network: Network, id: string): boolean {
  for (const subnet of network.subnets) {
    for (const canister of subnet.canisters.values()) {
      const index = canister.inputs.items.findIndex((input) => input.id === id);
      const input = canister.inputs.items[index];
      if (input === undefined || !mayBeLost(subnet, canister.id, input)) continue;
      canister.inputs.removeAt(index);
      if (input.kind === 'response') {
        const error = userError(ERROR.responseDropped, 'Response was dropped.');
        canister.inputs.push(unknownOutcome(subnet, input, error));
      } else if (input.origin.kind === 'canister') {
        const { canister: caller, callback } = input.origin;
        const { root, method } = input;
        const error = userError(ERROR.deadlineExpired, 'Call deadline has expired.');
        const home = network.subnets.find(({ canisters }) => canisters.has(caller));
        home
          ?.canister(caller)
          .inputs.push(unknownOutcome(home, { root, method, sender: canister.id, callback }, error));
      }
      return true;
    }
  }
  return false;
}

function unknownOutcome(
  subnet: Subnet,
  { root, method, sender, callback }: Pick<ResponseInput, 'root' | 'method' | 'sender' | 'callback'>,
  error: UserError,
): ResponseInput {
  return {
    kind: 'response',
    id: subnet.nextMessageId(),
    root,
    method,
    sender,
    callback,
    response: plainReject(error),
    refund: 0n,
  };
}
