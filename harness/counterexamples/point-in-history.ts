/** The state of a run between two steps: its sessions and the calls in flight. For `replay --until`. */
import { describeOperation } from '../../model/operations.js';
import type { FileReader } from '../../model/content.js';
import type { Schedule } from '../../model/schedule.js';
import { sessionsBefore, type CounterexampleContext } from './counterexample-context.js';
import { endText } from './explain-failure.js';
import { shownParts, type DescribedTarget } from '../evidence/shown-parts.js';
import type { History } from '../history/history.js';

export interface PointInHistory {
  /** Index of the step. */
  readonly step: number;
  /** Replica time in nanoseconds since 1970, decimal. */
  readonly timeNs: string;
  readonly sessions: CounterexampleContext['sessions'];
  readonly inFlight: readonly {
    readonly lane: number;
    readonly operation: string;
    /**
     * `waiting`: none of its messages was executed. `running`: its first message was executed, and it has not returned. Always
     * `waiting` on a replica that chooses the order of messages.
     */
    readonly phase: 'waiting' | 'running';
  }[];
  readonly logs: readonly string[];
}

const LOGS_MAX = 5;

/** @param step index of the step, from 0; the number of steps means before the final drain */
export function pointBefore(
  history: History,
  step: number,
  schedule: Schedule,
  target: DescribedTarget,
  reader?: FileReader,
): PointInHistory {
  const past = history.events.filter((event) => event.step < step);
  const shown = shownParts(schedule, target);
  const open = new Map<number, PointInHistory['inFlight'][number]>();
  for (const event of past) {
    if (event.type === 'invoke' || event.type === 'delivered') {
      const { call, lane, operation } = event;
      const phase = event.type === 'invoke' ? 'waiting' : 'running';
      open.set(call, { lane, operation: describeOperation(operation, shown), phase });
    } else if (endText(event) !== undefined && 'call' in event && event.call !== undefined) {
      open.delete(event.call);
    }
  }
  return {
    step,
    timeNs: past.at(-1)?.timeNs ?? '0',
    sessions: sessionsBefore(history, past.length, schedule, target, reader),
    inFlight: [...open.values()],
    logs: past.flatMap((event) => (event.type === 'log' ? [event.text] : [])).slice(-LOGS_MAX),
  };
}
