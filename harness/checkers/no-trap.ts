/**
 * No well-typed call traps, breaks its contract, exceeds a limit or stays without an answer; refusals of oversized messages are
 * not the canister's.
 */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import { type CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../judgement/evidence.js';
import { endOf } from '../judgement/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { UNANSWERED } from '../execution/in-flight.js';
import { isCanisterFault, isOfSurroundings } from '../history/rejects.js';
import type { Violation } from '../judgement/verdict.js';

const rule = 'no well-typed call traps or stays without an answer';

export const noTrap: Checker = {
  name: 'no-trap',
  check(evidence) {
    const upgrades = evidence.history.events
      .filter(({ type }) => type === 'upgraded')
      .map(({ index }) => index);
    const found = [
      ...failedCalls(evidence, upgrades),
      ...failedMessages(evidence, upgrades),
      ...unanswered(evidence),
    ];
    return found.sort((a, b) => (a.event ?? 0) - (b.event ?? 0))[0];
  },
};

function failedCalls({ calls }: Evidence, upgrades: readonly number[]): readonly Violation[] {
  return calls
    .filter((call) => isCanisterFault(call.result) && !isCutShort(call, upgrades))
    .map((call) => {
      const operation = operationText(call.operation);
      const seen = `${operation}: ${call.result === undefined ? '' : resultText(call.result)}`;
      return {
        checker: 'no-trap',
        rule,
        event: call.ended,
        expected: `${operation}: Ok or an error of the interface`,
        seen,
      };
    });
}

/** The interpreter delivered all there was, and nothing answered: the reason of the `info` event says so. */
function unanswered({ history }: Evidence): readonly Violation[] {
  return history.events
    .filter((event) => event.type === 'info')
    .filter(({ reason }) => reason.startsWith(UNANSWERED))
    .map(({ index, operation, reason }) => {
      const name = operationText(operation);
      return {
        checker: 'no-trap',
        rule,
        event: index,
        expected: `${name}: an answer`,
        seen: `${name}: ${reason}`,
      };
    });
}

/** Timers and calls of the canister to itself. After an upgrade, callbacks of before it find nothing to come home to. */
function failedMessages({ history }: Evidence, upgrades: readonly number[]): readonly Violation[] {
  const [firstUpgrade = Infinity] = upgrades;
  return history.events
    .filter((event) => event.type === 'message')
    .filter((event) => event.failure !== undefined && (event.index < firstUpgrade || isTask(event)))
    .filter((event) => !isRefusedByStop(history, event))
    .map((event) => ({
      checker: 'no-trap',
      rule,
      event: event.index,
      expected: 'messages of the canister itself succeed',
      seen: `${event.kind} ${event.method}`.trim() + `: ${event.failure ?? ''}`,
    }));
}

/** While a canister stops, what it asks of itself is refused. */
function isRefusedByStop(
  { events }: Evidence['history'],
  { failure = '', index }: Extract<HistoryEvent, { type: 'message' }>,
): boolean {
  const latest = events.slice(0, index).findLast(({ type }) => type === 'stopping' || type === 'restarted');
  return latest?.type === 'stopping' && isOfSurroundings(failure.split(' ')[0] ?? '');
}

function isTask({ kind }: Extract<HistoryEvent, { type: 'message' }>): boolean {
  return kind === 'timer' || kind === 'heartbeat' || kind === 'low-memory';
}

/** A finish that an upgrade cuts short may be answered with a reject. */
function isCutShort(call: CallRecord, upgrades: readonly number[]): boolean {
  const isBetween = (upgrade: number): boolean => upgrade > call.invoked && upgrade < endOf(call);
  return call.operation.op === 'finish' && upgrades.some(isBetween);
}
