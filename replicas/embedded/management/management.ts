/**
 * The management canister `aaaaa-aa`: finds the method, checks the caller, and encodes the result.
 *
 * Source: IC interface spec, "The IC management canister"; PocketIC 10.0.0, rs/execution_environment/src/
 * {execution_environment,canister_manager}.rs.
 */
import { canisterNotFound, ERROR, userError, type UserError } from '../errors.js';
import { updateLowMemoryHook } from '../execution/execute-task.js';
import { payForSettings } from '../execution/ingress-payment.js';
import { respond } from '../execution/send.js';
import { ArgumentError } from '../management-interface/argument-decoder.js';
import { isPaidLater } from '../management-interface/ingress-payer.js';
import type { ManagementArguments } from '../management-interface/arguments.js';
import {
  decodeArgument,
  encodeResult,
  isManagementMethod,
  UNAVAILABLE_METHODS,
  UNFINISHED_METHODS,
  type ManagementMethod,
} from '../management-interface/candid-types.js';
import { targetOf } from '../management-interface/target.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Effect } from '../state/canister.js';
import { plainReject, reply, type CallInput, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { isAllowed, notControllerError, unknownMethodError } from './access.js';
import { failed, type CanisterCall, type MethodOutcome, type SubnetCall } from './method.js';
import { CANISTER_METHODS, SUBNET_METHODS } from './methods.js';

type Argument = ManagementArguments[ManagementMethod];

/** Executes one call to the management canister. It answers the call unless the method leaves the answer to a later message. */
export function executeManagement(subnet: Subnet, input: CallInput): Effect {
  const { method } = input;
  subnet.executedMessages++;
  if (UNFINISHED_METHODS.has(method)) {
    return reject(subnet, input, userError(ERROR.unknownManagementMessage, 'Not yet implemented'));
  }
  if (!isManagementMethod(method) || UNAVAILABLE_METHODS.has(method)) {
    return reject(subnet, input, unknownMethodError(method, input.origin.kind === 'ingress'));
  }
  let argument: Argument;
  try {
    argument = (input.argument as Argument) ?? decodeArgument(method, input.arg);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return reject(subnet, input, userError(ERROR.invalidManagementPayload, error.message));
  }
  const outcome = dispatch(subnet, input, method, argument);
  const target = targetOf(argument);
  if (input.origin.kind === 'ingress' && isPaidLater(method, input.arg) && target !== undefined) {
    payForSettings(subnet, input, target);
  }
  return settle(subnet, input, method, outcome);
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

function dispatch(
  subnet: Subnet,
  input: CallInput,
  method: ManagementMethod,
  argument: Argument,
): MethodOutcome {
  const isUser = input.origin.kind === 'ingress';
  // The argument is of the method's own type, but the compiler cannot relate the two unions.
  const subnetMethod = SUBNET_METHODS[method] as ((call: SubnetCall) => MethodOutcome) | undefined;
  if (subnetMethod) return subnetMethod({ subnet, input, argument });
  const id = targetOf(argument);
  const canister = id === undefined ? undefined : subnet.canisters.get(id);
  if (!canister) return failed(canisterNotFound(id ?? MANAGEMENT_CANISTER));
  if (!isAllowed(method, canister, input.caller)) return failed(notControllerError(canister, input.caller));
  const canisterMethod = CANISTER_METHODS[method] as ((call: CanisterCall) => MethodOutcome) | undefined;
  if (!canisterMethod) return failed(unknownMethodError(method, isUser));
  const outcome = canisterMethod({ subnet, input, canister, argument });
  if (outcome.kind === 'value') updateLowMemoryHook(canister);
  return outcome;
}
