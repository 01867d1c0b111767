/** A schedule with its history: the answer of each call, by its number. */
import { isWrite, viaOf, type Operation } from '../../model/operations.js';
import type { Schedule, Step } from '../../model/schedule.js';
import { callsOf, type CallRecord } from '../history/calls.js';
import type { History } from '../history/history.js';

export type CallStep = Extract<Step, { do: 'call' }>;

export interface Execution {
  readonly schedule: Schedule;
  readonly history: History;
  /** By number of the call: the calls that were issued, without skipped ones. Call `n` is the `n`-th call step, from 0. */
  readonly calls: ReadonlyMap<number, CallRecord>;
}

/** @param defaultChunkSize in bytes, of the target */
export function executionOf(schedule: Schedule, history: History, defaultChunkSize: number): Execution {
  const records = callsOf(history, schedule.limits.chunkSize ?? defaultChunkSize);
  return { schedule, history, calls: new Map(records.map((record) => [record.call, record])) };
}

/** The calls of an execution, in order. */
export function recordsOf({ calls }: Execution): readonly CallRecord[] {
  return [...calls.values()];
}

/** The event at which the call took effect: its first message, or its start if the messages are not recorded. */
export function effectOf({ delivered, invoked }: CallRecord): number {
  return delivered ?? invoked;
}

/** Whether every call has ended before the next one starts, and nothing follows the steps. */
export function isSerial({ schedule, history }: Execution): boolean {
  if (schedule.epilogue !== undefined) return false;
  if (schedule.steps.some((step) => step.do === 'deliver' || (step.do === 'call' && step.hold === true)))
    return false;
  const open = new Set<number>();
  for (const event of history.events) {
    if (event.type === 'invoke') {
      if (open.size > 0) return false;
      open.add(event.call);
    } else if (event.type === 'ok' || event.type === 'fail') open.delete(event.call);
  }
  return true;
}

/** Whether the operation can leave messages in flight. Over HTTP, reads are update calls too. */
export function mayStayInFlight(operation: Operation): boolean {
  return isWrite(operation.op) || viaOf(operation) !== undefined;
}

/** Whether the canister accepted the call. */
export function isAccepted(record: CallRecord | undefined): record is CallRecord & { outcome: 'ok' } {
  return record?.outcome === 'ok';
}

/** The caller of the call; `undefined` if it is unknown. */
export function callerOf({ request }: CallRecord): number | undefined {
  return request?.by;
}
