/**
 * Every well-typed call is answered. Unless traps are how the canister reports errors, none traps, breaks its contract, or exceeds a limit. The replica, not the canister, refuses
 * oversized messages, so those refusals are allowed.
 */
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { endOf } from '../evidence/evidence.js';
import type { HistoryEvent } from '../history/history.js';
import { UNANSWERED } from '../execution/in-flight.js';
import { isCanisterFault, isEnvironmentReject } from '../history/rejects.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, earliest, ruleViolation } from '../evidence/violations.js';

/** The canister is stopped, stopping, or cannot pay. */
const OUTAGE_CODES = new Set(['IC0508', 'IC0509', 'IC0207']);

const rule = RULES.answeredWithoutTrap;

export const noTrap: Checker = {
  name: 'no-trap',
  check(evidence) {
    const upgrades = evidence.history.events
      .filter(({ type }) => type === 'upgraded')
      .map(({ index }) => index);
    const traps =
      evidence.ledger.promises.errors === 'traps'
        ? []
        : [...failedCalls(evidence, upgrades), ...failedMessages(evidence, upgrades)];
    return earliest([...traps, ...unanswered(evidence)]);
  },
};

function failedCalls({ calls }: Evidence, upgrades: readonly number[]): readonly Violation[] {
  return calls
    .filter((call) => isCanisterFault(call.result) && !isInterrupted(call, upgrades))
    .map((call) =>
      callViolation(rule, call, { expected: 'Ok or an error of the interface', expectedKind: 'an answer' }),
    );
}

/** Calls without an answer after the interpreter has delivered every message. The reason of their `info` event says so. */
function unanswered({ history }: Evidence): readonly Violation[] {
  return history.events
    .filter((event) => event.type === 'info')
    .filter(({ reason }) => reason.startsWith(UNANSWERED))
    .map(({ index, operation, reason }) => {
      const call = { operation, result: undefined, ended: index };
      return callViolation(rule, call, {
        expected: 'an answer',
        expectedKind: 'an answer',
        seen: reason,
      });
    });
}

/** Failed timers, and failed calls of the canister to itself. Callbacks from before an upgrade may fail after it. */
function failedMessages({ history }: Evidence, upgrades: readonly number[]): readonly Violation[] {
  const [firstUpgrade = Infinity] = upgrades;
  return history.events
    .filter((event) => event.type === 'message')
    .filter((event) => event.failure !== undefined && (event.index < firstUpgrade || isTask(event)))
    .filter((event) => !isRefusedByStop(history, event))
    .map((event) =>
      ruleViolation(rule, {
        operation: event.kind,
        expectedKind: 'success',
        seenKind: 'failure',
        event: event.index,
        expected: 'timers and calls of the canister to itself succeed',
        seen: `${event.kind} ${event.method}`.trim() + `: ${event.failure ?? ''}`,
      }),
    );
}

/** While a canister is stopping, its calls to itself are refused. In an outage, so are calls of other canisters. */
function isRefusedByStop(
  { events }: Evidence['history'],
  { failure = '', index }: Extract<HistoryEvent, { type: 'message' }>,
): boolean {
  const isOut = events.slice(0, index).some(({ type }) => type === 'outage');
  if (isOut && OUTAGE_CODES.has(failure.split(' ')[0] ?? '')) return true;
  const latest = events.slice(0, index).findLast(({ type }) => type === 'stopping' || type === 'restarted');
  return latest?.type === 'stopping' && isEnvironmentReject(failure.split(' ')[0] ?? '');
}

function isTask({ kind }: Extract<HistoryEvent, { type: 'message' }>): boolean {
  return kind === 'timer' || kind === 'heartbeat' || kind === 'low-memory';
}

/** A finish that an upgrade interrupts may be rejected. */
function isInterrupted(call: CallRecord, upgrades: readonly number[]): boolean {
  const isBetween = (upgrade: number): boolean => upgrade > call.invoked && upgrade < endOf(call);
  return call.operation.op === 'finish' && upgrades.some(isBetween);
}
