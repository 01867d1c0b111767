/** The checks before an ingress message to a canister is accepted, `canister_inspect_message` included. */
import {
  canisterNotFound,
  canisterStopped,
  canisterStopping,
  compositeInReplicatedMode,
  ERROR,
  faultToUserError,
  messageRejected,
  userError,
  type UserError,
} from '../errors.js';
import type { Call } from '../../replica.js';
import { INSTRUCTIONS } from '../params.js';
import { canReadLog } from '../state/canister.js';
import type { Subnet } from '../state/subnet.js';
import { CONTEXT } from '../system-api/contexts.js';
import { methodOf } from './execute-call.js';
import { ingressPaymentError } from './ingress-payment.js';
import { discard, run } from './run.js';

/** Returns the reason why the ingress message is refused, or `undefined` if it is accepted. Leaves no trace in the canister. */
export function inspectIngress(
  subnet: Subnet,
  { canister: id, method, arg, caller }: Call,
): UserError | undefined {
  const canister = subnet.canisters.get(id);
  if (!canister) return canisterNotFound(id);
  const unpaid = ingressPaymentError(subnet, { canister: id, method, arg, caller });
  if (unpaid) return unpaid;
  const { record, machine } = canister;
  if (record.status === 'stopped') return canisterStopped(id);
  if (record.status === 'stopping') return canisterStopping(id);
  if (!machine) return userError(ERROR.wasmModuleNotFound, 'Requested canister has no wasm module');
  if (methodOf(machine.module, method)?.kind === 'composite_query') return compositeInReplicatedMode();
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
  discard(canister, done);
  const isFull = canReadLog(canister, caller);
  if (done.fault) return faultToUserError(id, done.fault, isFull);
  return done.message.isAccepted ? undefined : faultToUserError(id, messageRejected(), isFull);
}
