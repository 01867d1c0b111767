/**
 * The management canister `aaaaa-aa`: finds the method, checks the caller, and encodes the result.
 *
 * Source: IC interface specification, "The IC management canister"; the texts are recorded: trace 12.
 */
import { ERROR, userError, type UserError } from '../errors.js';
import { updateLowMemoryHook } from '../execution/execute-task.js';
import { payForSettings } from '../execution/ingress-payment.js';
import { respond } from '../execution/send.js';
import { ArgumentError, canonicalArgument } from '../management-interface/argument-decoder.js';
import type { ManagementArguments } from '../management-interface/arguments.js';
import {
  decodeArgument,
  encodeResult,
  isManagementMethod,
  type ManagementMethod,
} from '../management-interface/candid-types.js';
import { BITCOIN_CANISTER_ONLY, isKnownMethod } from '../management-interface/method-groups.js';
import { isPaidLater } from '../management-interface/ingress-payer.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Effect } from '../state/canister.js';
import { plainReject, reply, type CallInput, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { authorize, foreignSenderError } from './access.js';
import { failed, type CanisterCall, type MethodOutcome, type SubnetCall } from './method.js';
import { CANISTER_METHODS, SUBNET_METHODS } from './methods.js';

type Argument = ManagementArguments[ManagementMethod];

/** Executes one call to the management canister. It answers the call unless the method leaves the answer to a later message. */
export function executeManagement(subnet: Subnet, input: CallInput): Effect {
  const { method } = input;
  subnet.executedMessages++;
  if (!isKnownMethod(method)) {
    const text = `Management canister has no method '${method}'`;
    return reject(subnet, input, userError(ERROR.methodNotFound, text));
  }
  const foreign = foreignSenderError(subnet, input);
  if (foreign) return reject(subnet, input, foreign);
  try {
    return isManagementMethod(method)
      ? settle(subnet, input, method, dispatch(subnet, input, method))
      : reject(subnet, input, unprovided(input));
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return reject(subnet, input, userError(ERROR.invalidManagementPayload, error.message));
  }
}

/** @throws ArgumentError if the argument is not one of the method */
function unprovided({ method, arg }: CallInput): UserError {
  if (BITCOIN_CANISTER_ONLY.has(method)) {
    return userError(ERROR.canisterRejectedMessage, 'Permission denied.');
  }
  canonicalArgument(method, arg);
  return userError(
    ERROR.canisterRejectedMessage,
    `The embedded engine does not provide ic00 method ${method}`,
  );
}

function settle(subnet: Subnet, input: CallInput, method: ManagementMethod, outcome: MethodOutcome): Effect {
  switch (outcome.kind) {
    case 'failed':
      return reject(subnet, input, outcome.error, outcome.instructions);
    case 'later':
      return { instructions: 0, failure: undefined };
    case 'value': {
      const { value, cyclesAccepted = 0n, instructions = 0 } = outcome;
      answer(
        subnet,
        input,
        reply(encodeResult(method, value, subnet.network)),
        input.cycles - cyclesAccepted,
      );
      return { instructions, failure: undefined };
    }
  }
}

function reject(subnet: Subnet, input: CallInput, failure: UserError, instructions = 0): Effect {
  answer(subnet, input, plainReject(failure), input.cycles);
  return { instructions, failure };
}

function answer(subnet: Subnet, input: CallInput, response: Response, refund: bigint): void {
  respond(subnet, MANAGEMENT_CANISTER, input.origin, input.method, input.root, response, refund);
}

/** @throws ArgumentError if the argument is not one of the method */
function dispatch(subnet: Subnet, input: CallInput, method: ManagementMethod): MethodOutcome {
  const argument = (input.argument as Argument) ?? decodeArgument(method, input.arg);
  const outcome = perform(subnet, input, method, argument);
  const target = targetOf(argument);
  if (input.origin.kind === 'ingress' && isPaidLater(method, input.arg) && target !== undefined) {
    payForSettings(subnet, input, target);
  }
  return outcome;
}

function perform(
  subnet: Subnet,
  input: CallInput,
  method: ManagementMethod,
  argument: Argument,
): MethodOutcome {
  // The argument is of the method's own type, but the compiler cannot relate the two unions.
  const subnetMethod = SUBNET_METHODS[method] as ((call: SubnetCall) => MethodOutcome) | undefined;
  if (subnetMethod) return subnetMethod({ subnet, input, argument });
  const canister = authorize(subnet, method, targetOf(argument), input.caller);
  if ('code' in canister) return failed(canister);
  const canisterMethod = CANISTER_METHODS[method] as ((call: CanisterCall) => MethodOutcome) | undefined;
  if (!canisterMethod) throw new TypeError(`no table of methods has ${method}`);
  const outcome = canisterMethod({ subnet, input, canister, argument });
  if (outcome.kind === 'value') updateLowMemoryHook(canister);
  return outcome;
}
