/** Shared by the rules of all operations. */
import type { TimeSpan } from './spans.js';
import type { Alternative, ExpectedResult, Reason } from './expected.js';
import type { ContentOracle } from './oracle.js';
import type { ErrorKind, IndexRange } from './result.js';
import type { ModelState, SessionRecord } from './state.js';

/** The input of the rules of an operation on one session. */
export interface SessionContext {
  readonly state: ModelState;
  readonly position: number;
  /** The session as it is at `time`. */
  readonly session: SessionRecord;
  readonly time: TimeSpan;
  readonly oracle: ContentOracle;
}

export const DONE: ExpectedResult = { kind: 'done' };

/** An error, which changes nothing. */
export function refuse(
  state: ModelState,
  error: ErrorKind | readonly ErrorKind[],
  reason: Reason,
  names?: readonly IndexRange[],
): Alternative {
  const errors = typeof error === 'string' ? [error] : error;
  return { expected: { kind: 'error', errors, names }, reason, next: state };
}
