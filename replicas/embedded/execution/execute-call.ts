/** Executes an ingress message or a request of another canister: the first message of a call. */
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
import type { Canister } from '../state/canister.js';
import {
  callerOf,
  faultReject,
  openCallContext,
  plainReject,
  type CallInput,
  type RejectResponse,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import type { InstrumentedModule, Method } from '../wasm/instrumented-module.js';
import { faultToResponse, settleFailure, settleSuccess } from './call-context.js';
import { checkMessageFee, executionCost } from './cycles.js';
import { respond } from './routing.js';
import { commit, commitWithoutMemory, rollBack, run } from './run.js';

/** The instructions that executing one message used, and the failure of the message, if any. */
export interface Effect {
  readonly instructions: number;
  readonly failure: UserError | undefined;
}

const methodsByModule = new WeakMap<InstrumentedModule, ReadonlyMap<string, Method>>();

export function methodOf(module: InstrumentedModule, name: string): Method | undefined {
  let methods = methodsByModule.get(module);
  if (!methods) {
    methods = new Map(module.methods.map((method) => [method.name, method]));
    methodsByModule.set(module, methods);
  }
  return methods.get(name);
}

export function executeCall(subnet: Subnet, canister: Canister, input: CallInput): Effect {
  const admission = admit(canister, input);
  if (admission.kind === 'reject') {
    respond(subnet, canister.id, input.origin, input.method, input.root, admission, input.cycles);
    return { instructions: 0, failure: admission.error };
  }
  const { machine, method, instructionLimit } = admission;
  const isQuery = method.kind === 'query';
  const done = run(subnet, canister, machine, method.exportName, {
    context: isQuery ? CONTEXT.RQ : CONTEXT.U,
    mode: isQuery ? 'replicated query' : 'update',
    caller: input.caller,
    arg: input.arg,
    instructionLimit,
    prepaid: executionCost(canister, instructionLimit),
    deadlineNs: input.origin.kind === 'canister' ? input.origin.deadlineNs : 0n,
    cyclesAvailable: input.cycles,
  });
  const context = openCallContext(canister.record.nextCallId++, input);
  if (done.fault) {
    rollBack(canister, done);
    settleFailure(subnet, canister, context, done.fault);
    return { instructions: done.instructions, failure: failureOf(canister, done.fault) };
  }
  if (isQuery) commitWithoutMemory(canister, done);
  else commit(canister, done);
  settleSuccess(subnet, canister, context, done.message, done.instructions);
  return { instructions: done.instructions, failure: undefined };
}

interface Admitted {
  readonly kind: 'admitted';
  readonly machine: Machine;
  readonly method: Method;
  readonly instructionLimit: number;
}

/** Finds the method to execute, or the reason to reject the call before any code runs. */
function admit(canister: Canister, { origin, method: name, caller }: CallInput): Admitted | RejectResponse {
  if (canister.record.status !== 'running') {
    const code = canister.record.status === 'stopped' ? ERROR.stopped : ERROR.stopping;
    return plainReject(userError(code, `Canister ${canister.id} is not running`));
  }
  const { machine } = canister;
  if (!machine) return faultToResponse(canister, callerOf(origin), wasmModuleNotFound());
  const method = methodOf(machine.module, name);
  if (!method) return faultToResponse(canister, callerOf(origin), methodNotFound('update', name));
  if (method.kind === 'composite_query') return plainReject(compositeInReplicatedMode());
  const { replicatedQueryMax, messageMax } = canister.profile.limits;
  const instructionLimit = method.kind === 'query' ? replicatedQueryMax : messageMax;
  const unpaid = checkMessageFee(canister, instructionLimit, caller);
  return unpaid ? faultReject(unpaid) : { kind: 'admitted', machine, method, instructionLimit };
}

/** A fault as the replica's operator sees it: with its backtrace. */
export function failureOf(canister: Canister, fault: Fault): UserError {
  return faultToUserError(canister.id, fault, true);
}
