/** Executes an ingress message or a request of another canister: the first message of a call. */
import { wasmMemoryLimitExceeded } from '../accounting/account-errors.js';
import {
  compositeInReplicatedMode,
  ERROR,
  faultToUserError,
  methodNotFound,
  userError,
  wasmModuleNotFound,
  type Fault,
  type UserError,
} from '../errors.js';
import type { Machine } from '../machine/machine.js';
import type { Canister, Effect } from '../state/canister.js';
import {
  callerOf,
  faultReject,
  openCallContext,
  plainReject,
  type CallContext,
  type CallInput,
  type RejectResponse,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import type { InstrumentedModule, Method } from '../wasm/instrumented-module.js';
import { faultToResponse, settleFailure, settleSuccess } from './call-context.js';
import { isPrepayment, prepay, settle, type Prepayment } from './canister-account.js';
import { commit, commitWithoutMemory, rollBack, run, type Run } from './run.js';
import { respond } from './send.js';
import { finishInSlices } from './slices.js';

const methodsByModule = new WeakMap<InstrumentedModule, ReadonlyMap<string, Method>>();

export function methodOf(module: InstrumentedModule, name: string): Method | undefined {
  let methods = methodsByModule.get(module);
  if (!methods) {
    methods = new Map(module.methods.map((method) => [method.name, method]));
    methodsByModule.set(module, methods);
  }
  return methods.get(name);
}

export function executeCall(subnet: Subnet, canister: Canister, input: CallInput, mayPause = false): Effect {
  const instructionLimit = instructionLimitOf(canister, input.method);
  const prepayment = prepay(canister, instructionLimit, input.caller);
  if (!isPrepayment(prepayment)) return refuse(subnet, canister, input, faultReject(prepayment));
  const admission = admit(canister, input);
  if (admission.kind === 'reject') {
    // A message that cannot be executed costs the fixed fee.
    settle(canister, prepayment, 0);
    return refuse(subnet, canister, input, admission);
  }
  const { machine, method } = admission;
  const isQuery = method.kind === 'query';
  const done = run(subnet, canister, machine, method.exportName, {
    context: isQuery ? CONTEXT.RQ : CONTEXT.U,
    mode: isQuery ? 'replicated query' : 'update',
    caller: input.caller,
    arg: input.arg,
    instructionLimit,
    answers: input.origin,
    deadlineNs: input.origin.kind === 'canister' ? input.origin.deadlineNs : 0n,
    cyclesAvailable: input.cycles,
  });
  return finishInSlices(canister, done, mayPause, (ended) => {
    const context = openCallContext(canister.record.nextCallId++, input);
    return endFirstMessage(
      subnet,
      canister,
      context,
      prepayment,
      ended,
      isQuery ? commitWithoutMemory : commit,
    );
  });
}

/** Ends the first message of a call: commits it or rolls it back, and updates its context. */
export function endFirstMessage(
  subnet: Subnet,
  canister: Canister,
  context: CallContext,
  prepayment: Prepayment,
  done: Run,
  commitRun: (canister: Canister, done: Run) => void,
): Effect {
  if (done.fault) {
    rollBack(canister, done);
    settle(canister, prepayment, done.instructions);
    settleFailure(subnet, canister, context, done.fault);
    return { instructions: done.instructions, failure: failureOf(canister, done.fault) };
  }
  commitRun(canister, done);
  settle(canister, prepayment, done.instructions);
  settleSuccess(subnet, canister, context, done);
  return { instructions: done.instructions, failure: undefined };
}

interface Admitted {
  readonly kind: 'admitted';
  readonly machine: Machine;
  readonly method: Method;
}

function refuse(subnet: Subnet, canister: Canister, input: CallInput, response: RejectResponse): Effect {
  respond(subnet, canister.id, input.origin, input.method, input.root, response, input.cycles);
  return { instructions: 0, failure: response.error };
}

/** A method that does not exist has the limit of an update. */
function instructionLimitOf({ machine, profile }: Canister, name: string): number {
  const kind = machine && methodOf(machine.module, name)?.kind;
  const isQuery = kind === 'query' || kind === 'composite_query';
  return isQuery ? profile.limits.replicatedQueryMax : profile.limits.messageMax;
}

/** Finds the method to execute, or the reason to reject the call before any code runs. */
function admit(canister: Canister, { origin, method: name }: CallInput): Admitted | RejectResponse {
  if (canister.record.status !== 'running') {
    const code = canister.record.status === 'stopped' ? ERROR.stopped : ERROR.stopping;
    return faultReject(userError(code, `Canister ${canister.id} is not running`));
  }
  const { machine } = canister;
  if (!machine) return faultToResponse(canister, callerOf(origin), wasmModuleNotFound());
  const method = methodOf(machine.module, name);
  if (!method) return faultToResponse(canister, callerOf(origin), methodNotFound('update', name));
  if (method.kind === 'composite_query') return plainReject(compositeInReplicatedMode());
  const { wasmMemoryLimit: limit } = canister.record.settings;
  const { byteLength } = machine.heap;
  if (method.kind === 'update' && limit > 0n && byteLength > limit) {
    return faultToResponse(canister, callerOf(origin), wasmMemoryLimitExceeded(byteLength, limit));
  }
  return { kind: 'admitted', machine, method };
}

/** A fault as the replica's operator sees it: with its backtrace. */
export function failureOf(canister: Canister, fault: Fault): UserError {
  return faultToUserError(canister.id, fault, true);
}
