/** Executes an ingress message or a request of another canister: the first message of a call. */
import {
  ERROR,
  faultToUserError,
  methodNotFound,
  userError,
  wasmModuleNotFound,
  type Fault,
  type UserError,
} from '../errors.js';
import type { Canister } from '../state/canister.js';
import {
  faultReject,
  plainReject,
  type CallContext,
  type CallInput,
  type Response,
} from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import type { InstrumentedModule, Method } from '../wasm/artifact.js';
import { faultToResponse, settleFailure, settleSuccess } from './call-context.js';
import { executionCost, outOfCycles } from './cycles.js';
import { respond } from './routing.js';
import { drop, keep, keepWithoutMemory, run } from './run.js';

/** What executing one message cost and whether it failed. */
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
  const refuse = (response: Response): Effect => {
    respond(subnet, canister.id, input.origin, input.method, input.root, response, input.cycles);
    return { instructions: 0, failure: response.kind === 'reject' ? response.error : undefined };
  };
  if (canister.record.status !== 'running') {
    const code = canister.record.status === 'stopped' ? ERROR.stopped : ERROR.stopping;
    return refuse(plainReject(userError(code, `Canister ${canister.id} is not running`)));
  }
  const { machine } = canister;
  if (!machine) return refuse(faultToResponse(canister, input.origin, wasmModuleNotFound()));
  const method = methodOf(machine.module, input.method);
  if (!method) return refuse(faultToResponse(canister, input.origin, methodNotFound('update', input.method)));
  if (method.kind === 'composite_query') {
    return refuse(
      plainReject(
        userError(ERROR.compositeInReplicated, 'Composite query cannot be called in replicated mode'),
      ),
    );
  }
  const isQuery = method.kind === 'query';
  const instructionLimit = isQuery
    ? canister.profile.limits.replicatedQueryMax
    : canister.profile.limits.messageMax;
  const poor = outOfCycles(canister, instructionLimit, input.caller);
  if (poor) return refuse(faultReject(poor));

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
  const context: CallContext = {
    id: canister.record.nextCallId++,
    origin: input.origin,
    root: input.root,
    method: input.method,
    isAnswered: false,
    cycles: input.cycles,
    instructions: 0,
    outstanding: 0,
    isDeleted: false,
  };
  if (done.fault) {
    drop(canister, done);
    settleFailure(subnet, canister, context, done.fault);
    return { instructions: done.instructions, failure: failureOf(canister, done.fault) };
  }
  if (isQuery) keepWithoutMemory(canister, done);
  else keep(canister, done);
  settleSuccess(subnet, canister, context, done.message, done.instructions);
  return { instructions: done.instructions, failure: undefined };
}

/** A fault as the replica's operator sees it. */
export function failureOf(canister: Canister, fault: Fault): UserError {
  return faultToUserError(canister.id, fault, true);
}
