/** Wall-clock limits of executions, so that a canister that never ends does not keep a run busy for hours. */
import type { TimeLimit } from '../../harness/execution/schedule-runner.js';
import { MESSAGE_MS_DEFAULT } from '../../replicas/message-timer.js';

/** A schedule may take as many times the limit of a message: calls may cause any number of messages. */
const MESSAGES_PER_SCHEDULE = 10;

/** The limit of one schedule, which begins now. `clock` returns milliseconds since any fixed point in time. */
export function scheduleTimeLimit(
  messageMs = MESSAGE_MS_DEFAULT,
  clock: () => number = () => performance.now(),
): TimeLimit {
  const limitMs = MESSAGES_PER_SCHEDULE * messageMs;
  const start = clock();
  return {
    get aborted() {
      return clock() - start >= limitMs;
    },
    text: `${limitMs / 1_000} s`,
  };
}
