/** Non-replicated execution that leaves no trace: queries and `canister_inspect_message`. */
import {
  canisterNotFound,
  canisterStopped,
  canisterStopping,
  ERROR,
  faultToUserError,
  messageRejected,
  methodNotFound,
  userError,
  wasmModuleNotFound,
  type UserError,
} from '../errors.js';
import type { PrincipalText } from '../../replica.js';
import { BYTES, INSTRUCTIONS } from '../params.js';
import type { Canister } from '../state/canister.js';
import { faultReject, plainReject, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { answerToResponse } from './call-context.js';
import { cannotPay, ingressCost } from './cycles.js';
import { methodOf } from './execute-call.js';
import { canReadLog, dropSilently, run } from './run.js';
import { runCompositeQuery } from './composite-query.js';

export interface QueryInput {
  readonly canister: PrincipalText;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly caller: PrincipalText;
  /** What `data_certificate_copy` hands out. */
  readonly certificate?: Uint8Array;
}

export function runQuery(subnet: Subnet, input: QueryInput): Response {
  const canister = subnet.canisters.get(input.canister);
  if (!canister) return plainReject(canisterNotFound(input.canister));
  const { record, machine } = canister;
  if (record.status === 'stopped') {
    const text = `Canister ${canister.id} is stopped and therefore does not have a CallContextManager`;
    return plainReject(userError(ERROR.stopped, text));
  }
  if (record.status === 'stopping') return plainReject(canisterStopping(canister.id));
  const fail = (fault: Parameters<typeof faultToUserError>[1]): Response =>
    faultReject(faultToUserError(canister.id, fault, canReadLog(canister, input.caller)));
  if (!machine) return fail(wasmModuleNotFound());
  const method = methodOf(machine.module, input.method);
  if (!method || method.kind === 'update') return fail(methodNotFound('query', input.method));
  if (method.kind === 'composite_query') return runCompositeQuery(subnet, input);

  const done = run(subnet, canister, machine, method.exportName, {
    context: CONTEXT.NQ,
    mode: 'non replicated query',
    caller: input.caller,
    arg: input.arg,
    instructionLimit: canister.profile.limits.queryMax,
    isSliced: false,
    replyBytesMax: BYTES.queryReplyMax,
    stableDirtyBytesMax: BYTES.stableAccessMaxQuery,
    ...(input.certificate ? { certificate: input.certificate } : {}),
  });
  dropSilently(canister, done);
  if (done.fault) return fail(done.fault);
  return done.message.answer ? answerToResponse(done.message.answer) : noResponse(canister);
}

export function noResponse(canister: Canister): Response {
  return plainReject(userError(ERROR.didNotReply, `Canister ${canister.id} did not produce a response`));
}

/** Whether the canister takes this ingress message; undefined = yes. */
export function inspectIngress(
  subnet: Subnet,
  { canister: id, method, arg, caller }: QueryInput,
): UserError | undefined {
  const canister = subnet.canisters.get(id);
  if (!canister) return canisterNotFound(id);
  const { record, machine } = canister;
  if (record.status === 'stopped') return canisterStopped(id);
  if (record.status === 'stopping') return canisterStopping(id);
  if (!machine) return userError(ERROR.wasmModuleNotFound, 'Requested canister has no wasm module');
  if (methodOf(machine.module, method)?.kind === 'composite_query') {
    return userError(ERROR.compositeInReplicated, 'Composite query cannot be called in replicated mode');
  }
  const poor = cannotPay(canister, ingressCost(canister.profile, { method, arg }), caller);
  if (poor) return poor;
  if (!machine.module.systemEntryPoints.has('canister_inspect_message')) return undefined;
  const done = run(subnet, canister, machine, 'canister_inspect_message', {
    context: CONTEXT.F,
    mode: 'inspect message',
    caller,
    arg,
    methodName: method,
    instructionLimit: INSTRUCTIONS.inspectMax,
    isSliced: false,
  });
  dropSilently(canister, done);
  const isFull = canReadLog(canister, caller);
  if (done.fault) return faultToUserError(id, done.fault, isFull);
  return done.message.isAccepted ? undefined : faultToUserError(id, messageRejected(), isFull);
}
