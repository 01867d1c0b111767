/** Executes a user's query outside of replicated execution. A query leaves no trace. */
import { frozenForQueries } from '../accounting/account-errors.js';
import {
  canisterNotFound,
  ERROR,
  methodNotFound,
  userError,
  wasmModuleNotFound,
  type Fault,
} from '../errors.js';
import { BYTES } from '../params.js';
import { plainReject, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { answerToResponse, faultToResponse } from './call-context.js';
import { isFrozen } from './canister-account.js';
import { runCompositeQuery } from './composite-query.js';
import { methodOf } from './execute-call.js';
import { noResponse, readsOf, type QueryInput } from './query-input.js';
import { discard, run } from './run.js';

export function runQuery(subnet: Subnet, input: QueryInput): Response {
  const canister = subnet.canisters.get(input.canister);
  if (!canister) return plainReject(canisterNotFound(input.canister));
  const { record, machine } = canister;
  if (record.status === 'stopped') {
    const text = `Canister ${canister.id} is stopped and therefore does not have a CallContextManager`;
    return plainReject(userError(ERROR.stopped, text));
  }
  if (record.status === 'stopping') {
    return plainReject(userError(ERROR.stopping, `Canister ${canister.id} is not running`));
  }
  const fail = (fault: Fault): Response => faultToResponse(canister, input.caller, fault);
  if (!machine) return fail(wasmModuleNotFound());
  const method = methodOf(machine.module, input.method);
  if (!method || method.kind === 'update') return fail(methodNotFound('query', input.method));
  if (method.kind === 'composite_query') return runCompositeQuery(subnet, input);
  if (isFrozen(canister)) return plainReject(frozenForQueries(canister.id));

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
  discard(canister, done);
  input.onMessage?.(readsOf(canister, done.message));
  if (done.fault) return fail(done.fault);
  return done.message.answer ? answerToResponse(done.message.answer) : noResponse(canister);
}
