/** What the rules of every operation share. */
import type { TimeSpan } from './spans.js';
import type { Alternative, ExpectedResult, Reason } from './expected.js';
import type { ContentOracle } from './oracle.js';
import type { ErrorKind, IndexRange } from './result.js';
import type { ModelState, SessionRecord } from './state.js';

/** What an operation on one session works with. */
export interface SessionContext {
  readonly state: ModelState;
  readonly position: number;
  /** What the session is at `time`. */
  readonly session: SessionRecord;
  readonly time: TimeSpan;
  readonly oracle: ContentOracle;
}

export const DONE: ExpectedResult = { kind: 'done' };

/** An error that leaves everything as it was. */
export function refuse(
  state: ModelState,
  error: ErrorKind | readonly ErrorKind[],
  because: Reason,
  names?: readonly IndexRange[],
): Alternative {
  const errors = typeof error === 'string' ? [error] : error;
  return { answer: { kind: 'error', errors, names }, because, next: state };
}
