/** Executes the callback of a call that returned, and the cleanup callback if that fails. */
import { EMPTY_BYTES } from '../bytes.js';
import { cleanupFailed, type Fault } from '../errors.js';
import { INSTRUCTIONS } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister, Effect } from '../state/canister.js';
import { callerOf, type Callback, type CallContext, type ResponseInput } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { settleFailure, settleSuccess } from './call-context.js';
import { callbackPrepayment, receive, receiveResponse, settle } from './canister-account.js';
import { failureOf } from './execute-call.js';
import type { Machine } from '../machine/machine.js';
import { commit, rollBack, run, type Run } from './run.js';
import { finishInSlices } from './slices.js';

/** Instructions that a callback must leave for its cleanup. */
function cleanupReserve({ profile }: Canister): number {
  return Math.floor(profile.limits.messageMax * INSTRUCTIONS.cleanupShare);
}

function callbackMax(canister: Canister): number {
  return canister.profile.limits.messageMax - cleanupReserve(canister);
}

/** The reject code that a reply callback sees. */
const NO_REJECT = 0;

export function executeResponse(
  subnet: Subnet,
  canister: Canister,
  input: ResponseInput,
  mayPause = false,
): Effect {
  const callback = canister.callbacks.get(input.callback);
  if (!callback) return { instructions: 0, failure: undefined };
  canister.callbacks.delete(callback.id);
  receive(canister, input.refund);
  receiveResponse(canister, callback.reserve, input.response);
  const context = canister.callContexts.get(callback.context);
  if (!context) return { instructions: 0, failure: undefined };
  const returned: CallContext = { ...context, outstanding: context.outstanding - 1 };
  const { machine } = canister;
  if (context.isDeleted || !machine) {
    if (returned.outstanding === 0) canister.callContexts.delete(context.id);
    else canister.callContexts.set(context.id, returned);
    settle(canister, callbackPrepayment(canister, callback.reserve), 0);
    return { instructions: 0, failure: undefined };
  }
  const done = runCallback(subnet, canister, machine, callback, returned, input);
  return finishInSlices(canister, done, mayPause, (ended) =>
    settleCallback(subnet, canister, callback, returned, ended),
  );
}

function runCallback(
  subnet: Subnet,
  canister: Canister,
  machine: Machine,
  callback: Callback,
  context: CallContext,
  { response, refund }: ResponseInput,
): Run {
  const isReply = response.kind === 'reply';
  return run(subnet, canister, machine, isReply ? callback.onReply : callback.onReject, {
    ...commonInput(context),
    context: isReply ? CONTEXT.Ry : CONTEXT.Rt,
    mode: isReply ? 'reply callback' : 'reject callback',
    arg: isReply ? response.bytes : EMPTY_BYTES,
    rejectCode: isReply ? NO_REJECT : response.code,
    ...(isReply ? {} : { rejectText: response.textForCanisters }),
    instructionLimit: callbackMax(canister),
    cyclesRefunded: refund,
  });
}

function settleCallback(
  subnet: Subnet,
  canister: Canister,
  callback: Callback,
  context: CallContext,
  done: Run,
): Effect {
  const prepayment = callbackPrepayment(canister, callback.reserve);
  if (!done.fault) {
    commit(canister, done);
    settle(canister, prepayment, done.instructions);
    settleSuccess(subnet, canister, context, done);
    return { instructions: done.instructions, failure: undefined };
  }
  rollBack(canister, done);
  const cleaned = runCleanup(subnet, canister, callback, context, callbackMax(canister) - done.instructions);
  const fault = cleaned.fault ? cleanupFailed(done.fault, cleaned.fault) : done.fault;
  const instructions = done.instructions + cleaned.instructions;
  settle(canister, prepayment, instructions);
  settleFailure(subnet, canister, context, fault);
  return { instructions, failure: failureOf(canister, fault) };
}

function runCleanup(
  subnet: Subnet,
  canister: Canister,
  { onCleanup }: Callback,
  context: CallContext,
  unused: number,
): { instructions: number; fault: Fault | undefined } {
  // Rolling back the failed callback may have replaced the machine.
  const { machine } = canister;
  if (!onCleanup || !machine) return { instructions: 0, fault: undefined };
  const done = run(subnet, canister, machine, onCleanup, {
    ...commonInput(context),
    context: CONTEXT.C,
    mode: 'cleanup',
    continuesMessage: true,
    arg: EMPTY_BYTES,
    instructionLimit: cleanupReserve(canister) + Math.max(0, unused),
  });
  if (done.fault) rollBack(canister, done);
  else commit(canister, done);
  return { instructions: done.instructions, fault: done.fault };
}

function commonInput(context: CallContext) {
  return {
    caller: callerOf(context.origin) ?? MANAGEMENT_CANISTER,
    cyclesAvailable: context.cycles,
    answeredBefore: context.isAnswered,
    instructionsBefore: context.instructions,
    deadlineNs: context.origin.kind === 'canister' ? context.origin.deadlineNs : 0n,
  };
}
