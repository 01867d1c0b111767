import { executionOf, type Execution } from '../relations/execution.js';
import { FILES, LIMITS, type HistoryBuilder } from './history-builder.js';
import { schedule } from './schedules.js';

/** The execution with this history. Its schedule has no steps, so only the answers count. */
export function executed({ history }: HistoryBuilder, callers = 1): Execution {
  return executionOf(schedule([], { limits: LIMITS, files: FILES, callers }), history, 100);
}
