/** The calls of an HTTP gateway to the canisters of an instance. Other requests, or the automatic progress, run the rounds. */
import type { PrincipalText } from '../../../replicas/replica.js';
import { HttpError } from '../../http/reply.js';
import type { GatewayCalls } from '../../ic/http-gateway-calls.js';
import { ANONYMOUS } from '../../ic/principals.js';
import { runInQueue } from '../instance-http.js';
import type { Instance } from '../instances.js';

/** Time that a gateway waits for the answer of a canister. */
const ANSWER_TIMEOUT_MS = 300_000;

/** `find` returns the instance. @throws {HttpError} if it was deleted */
export function createInstanceCalls(find: () => Instance): GatewayCalls {
  return {
    query(canister, method, arg) {
      const instance = find();
      const call = { canister, method, arg, caller: ANONYMOUS };
      const subnet = subnetOf(instance, canister);
      return runInQueue(instance, 'query', () => instance.backend.query(call, subnet));
    },

    async update(canister, method, arg) {
      const instance = find();
      const call = { canister, method, arg, caller: ANONYMOUS };
      const subnet = subnetOf(instance, canister);
      const submission = await runInQueue(instance, 'call', () => instance.backend.submit(call, subnet));
      if (submission.kind === 'refused') return submission.reject;
      if (submission.kind === 'malformed') throw new HttpError(400, submission.text);
      const outcome = await instance.backend.awaitOutcome(submission.messageId, subnet, ANSWER_TIMEOUT_MS);
      if (outcome !== undefined) return outcome;
      throw new HttpError(504, `The canister did not answer ${method} within ${ANSWER_TIMEOUT_MS / 1000} s.`);
    },
  };
}

function subnetOf({ topology }: Instance, canister: PrincipalText): PrincipalText {
  const subnet = topology.route(canister);
  if (!subnet) throw new HttpError(400, `Canister ${canister} does not belong to any subnet.`);
  return subnet.id;
}
