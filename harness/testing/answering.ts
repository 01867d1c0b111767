import type { Operation } from '../../model/operations.js';
import type { Result } from '../../model/result.js';
import type { Schedule } from '../../model/schedule.js';
import type { History } from '../history/history.js';
import { HistoryBuilder } from './history-builder.js';

/** The answer of a canister to an operation, after these operations. */
export type Answers = (operation: Operation, earlier: readonly Operation[]) => Result;

/** The history of the calls of a schedule, one after another, on a canister that gives these answers. */
export function answering({ steps }: Schedule, answers: Answers): History {
  const built = new HistoryBuilder();
  const earlier: Operation[] = [];
  for (const step of steps) {
    if (step.do !== 'call') continue;
    built.call(step.operation, answers(step.operation, earlier));
    earlier.push(step.operation);
  }
  return built.history;
}
