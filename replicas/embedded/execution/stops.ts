/** Completes calls of `stop_canister` at the end of a round. */
import { ERROR } from '../errors.js';
import { EMPTY_REPLY } from '../management-interface/candid-types.js';
import { TIMES_NS } from '../params.js';
import { MANAGEMENT_CANISTER } from '../principals.js';
import type { Canister, PendingStop } from '../state/canister.js';
import { rejectWith, reply, type Response } from '../state/messages.js';
import type { Subnet } from '../state/subnet.js';
import { respond } from './send.js';

/** Stops the stopping canisters without open calls, and rejects the calls of `stop_canister` that waited too long. */
export function completeStops(subnet: Subnet): void {
  for (const canister of subnet.canisters.values()) {
    const { record } = canister;
    if (record.status !== 'stopping') continue;
    if (canister.callContexts.size === 0 && canister.callbacks.size === 0) {
      record.status = 'stopped';
      record.version++;
      answerStops(subnet, canister, () => true, reply(EMPTY_REPLY));
    } else {
      const isOver = ({ calledAtNs }: PendingStop): boolean =>
        subnet.timeNs >= calledAtNs + TIMES_NS.stopTimeout;
      answerStops(subnet, canister, isOver, rejectWith(ERROR.stopTimeout, 'Stop canister request timed out'));
    }
  }
}

function answerStops(
  subnet: Subnet,
  { record }: Canister,
  isAnswered: (stop: PendingStop) => boolean,
  response: Response,
): void {
  const answered = record.pendingStops.filter(isAnswered);
  if (answered.length === 0) return;
  record.pendingStops = record.pendingStops.filter((stop) => !isAnswered(stop));
  for (const { origin, cycles } of answered) {
    const root = origin.kind === 'ingress' ? origin.message : undefined;
    respond(subnet, MANAGEMENT_CANISTER, origin, 'stop_canister', root, response, cycles);
  }
}
