/** A run stopped between two steps: what the sessions are, what is in flight. For `replay --until`. */
import { describeOperation } from '../../model/operations.js';
import type { FileReader } from '../../model/content.js';
import type { Schedule } from '../../model/schedule.js';
import { sessionsBefore, type CounterexampleContext } from './counterexample-context.js';
import { endText } from './explain-failure.js';
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
    /** `waiting`: no message of it was executed; `running`: it was, and has not answered. On a replica that chooses the order always the first. */
    readonly phase: 'waiting' | 'running';
  }[];
  readonly logs: readonly string[];
}

const LOGS_MAX = 5;

/** @param step index of the step, from 0; the number of steps: before the final drain. */
export function pointBefore(
  history: History,
  step: number,
  schedule: Schedule,
  target: { readonly defaultChunkSize: number },
  reader?: FileReader,
): PointInHistory {
  const past = history.events.filter((event) => event.step < step);
  const open = new Map<number, PointInHistory['inFlight'][number]>();
  for (const event of past) {
    if (event.type === 'invoke' || event.type === 'delivered') {
      const { call, lane, operation } = event;
      const phase = event.type === 'invoke' ? 'waiting' : 'running';
      open.set(call, { lane, operation: describeOperation(operation), phase });
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
