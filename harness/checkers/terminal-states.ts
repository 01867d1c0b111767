/** A Completed or Cancelled session does not change, and a Failed session can only be cancelled. Uses no model. */
import {
  isOnSession,
  operationText,
  type OperationName,
  type SessionOperationName,
} from '../../model/operations.js';
import type { Result, SessionState } from '../../model/result.js';
import type { CallRecord } from '../history/calls.js';
import { type Checker, type SessionCalls, endOf } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';

type TerminalState = Extract<SessionState, 'Completed' | 'Cancelled' | 'Failed'>;

/** The states that a session may be seen in after a terminal state. */
const STATES_AFTER: Readonly<Record<TerminalState, readonly SessionState[]>> = {
  Completed: ['Completed'],
  Cancelled: ['Cancelled'],
  Failed: ['Failed', 'Cancelled'],
};

/** The terminal states in which each operation on a session may still succeed. */
const SUCCEEDS_IN: Readonly<Record<SessionOperationName, readonly TerminalState[]>> = {
  put: [],
  finish: ['Completed'],
  abort: ['Cancelled', 'Failed'],
  pause: [],
  resume: [],
  status: ['Completed', 'Cancelled', 'Failed'],
  read: ['Completed'],
  readWhole: ['Completed'],
};

export const terminalStates: Checker = {
  name: 'terminal-states',
  check({ sessions }) {
    for (const session of sessions.values()) {
      const violation = checkSession(session);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

function checkSession({ calls }: SessionCalls): Violation | undefined {
  const ends = calls.flatMap((call) => {
    const state = terminalStateShown(call);
    return state === undefined ? [] : [{ call, state }];
  });
  for (const later of calls) {
    const end = ends.find(({ call, state }) => endOf(call) < later.invoked && isChanged(later, state));
    if (end === undefined || later.result === undefined) continue;
    const since = `${operationText(end.call.operation)} showed that state before (event ${endOf(end.call)})`;
    return callViolation(RULES.terminalStates, later, {
      expected: `the answer of a ${end.state} session, because ${since}`,
      expectedKind: `the answer of a ${end.state} session`,
    });
  }
  return undefined;
}

function terminalStateShown({ operation, result }: CallRecord): TerminalState | undefined {
  if (operation.op === 'abort' && result?.kind === 'done') return 'Cancelled';
  if (result?.kind === 'finished') return 'Completed';
  return result?.kind === 'status' && isTerminal(result.state) ? result.state : undefined;
}

function isChanged({ operation, result, outcome }: CallRecord, state: TerminalState): boolean {
  if (outcome !== 'ok') return false;
  return (
    !succeedsIn(operation.op, state) || (isStatus(result) && !STATES_AFTER[state].includes(result.state))
  );
}

function succeedsIn(name: OperationName, state: TerminalState): boolean {
  return isOnSession(name) && SUCCEEDS_IN[name].includes(state);
}

function isStatus(result: Result | undefined): result is Extract<Result, { kind: 'status' }> {
  return result?.kind === 'status';
}

function isTerminal(state: SessionState): state is TerminalState {
  return state === 'Completed' || state === 'Cancelled' || state === 'Failed';
}
