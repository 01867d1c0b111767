/** Calls to the canisters of an instance, with the routing and the errors of the server. */
import type { Call, Outcome, PrincipalText, Reject } from '../../replicas/replica.js';
import { badIngress } from './errors.js';
import type { Instance } from './instances.js';
import type { Route } from './requests.js';
import { routeCall } from './routing.js';

export interface RoutedCall {
  readonly call: Call;
  readonly route: Route;
}

/** `refused`: the canister or the ingress filter did not accept the call. */
export type SubmittedCall =
  | { readonly kind: 'accepted'; readonly subnet: PrincipalText; readonly messageId: Uint8Array }
  | { readonly kind: 'refused'; readonly reject: Reject };

/** `AwaitIngressMessage` in `rs/pocket_ic_server/src/pocket_ic.rs`. */
const AWAIT_ROUNDS_MAX = 100;

/** @throws {HttpError} if the call has no route or is too large */
export async function submitCall(instance: Instance, { call, route }: RoutedCall): Promise<SubmittedCall> {
  const { id: subnet } = await routeCall(instance, route, call);
  const submission = await instance.backend.submit(call, subnet);
  switch (submission.kind) {
    case 'accepted':
      return { kind: 'accepted', subnet, messageId: submission.messageId };
    case 'refused':
      return submission;
    case 'malformed':
      throw badIngress(submission.text);
  }
}

/** @throws {HttpError} if the call has no route */
export async function queryCall(instance: Instance, { call, route }: RoutedCall): Promise<Outcome> {
  const subnet = await routeCall(instance, route, call);
  return await instance.backend.query(call, subnet.id);
}

/**
 * Runs rounds until the message has an outcome.
 * @throws {HttpError} if it has none after 100 rounds
 */
export async function awaitMessage(
  { backend }: Instance,
  subnet: PrincipalText,
  messageId: Uint8Array,
): Promise<Outcome> {
  for (let rounds = 0; rounds < AWAIT_ROUNDS_MAX; rounds++) {
    const status = await backend.ingressStatus(messageId, subnet);
    if (status?.outcome !== undefined) return status.outcome;
    await backend.tick();
  }
  const id = Buffer.from(messageId).toString('hex');
  throw badIngress(`Failed to answer to ingress 0x${id} after ${AWAIT_ROUNDS_MAX} rounds.`);
}
