/**
 * Runs schedules on an existing service. Nothing is installed. The callers have capsules and tokens. Each run uses its own names and
 * keys, and its uploads are removed afterwards.
 */
import type { Schedule } from '../../model/schedule.js';
import type { Request, Target } from '../../targets/target.js';
import type { History } from '../history/history.js';
import { InputError } from '../input-error.js';
import { ROUNDS_MAX } from './in-flight.js';
import { runSchedule, type PreparedCaller, type RunOptions } from './interpreter.js';

export interface Service {
  readonly callers: readonly PreparedCaller[];
  /** A target for the next run, with unused names and keys. */
  readonly freshTarget: () => Target;
}

const NO_BYTES = new Uint8Array(0);

/** @throws InputError if the schedule has more callers than there are tokens */
export async function runOnService(
  { callers, freshTarget }: Service,
  { replica, schedule, reader, signal }: Pick<RunOptions, 'replica' | 'schedule' | 'reader' | 'signal'>,
): Promise<History> {
  if (schedule.callers > callers.length) {
    throw new InputError(
      `schedule: it has ${schedule.callers} callers, but there are ${callers.length} tokens; pass more tokens`,
    );
  }
  const target = freshTarget();
  const prepared = { canister: '', wasm: NO_BYTES, initArg: () => NO_BYTES, callers };
  const history = await runSchedule({ ...prepared, replica, target, schedule, reader, signal });
  await removeUploads(history, schedule, { replica, target, callers });
  return history;
}

/** Aborts the open sessions and deletes the finished uploads, because a service has limits. The results are not judged. */
async function removeUploads(
  { events }: History,
  { steps }: Schedule,
  { replica, target, callers }: Pick<RunOptions, 'replica' | 'target' | 'callers'>,
): Promise<void> {
  const ask = async (request: Request, caller: number): Promise<void> => {
    const encoded = target.encode(request);
    const principal = callers[caller]?.principal;
    if (encoded === undefined || principal === undefined) return;
    const call = { canister: '', method: encoded.method, arg: encoded.arg, caller: principal };
    const submission = await replica.submit(call);
    if (submission.kind === 'refused') return;
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      if ((await replica.poll(submission.id)) !== undefined) return;
      await replica.round();
    }
  };
  const owners = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'ok') continue;
    const { operation, result } = event;
    if (operation.op === 'begin' && result.kind === 'begun' && !owners.has(result.sessionId)) {
      owners.set(result.sessionId, operation.caller);
      await ask({ op: 'abort', sessionId: result.sessionId }, operation.caller);
    }
    if (operation.op === 'finish' && result.kind === 'finished' && result.memoryId !== undefined) {
      const begin = steps.find(
        (step) =>
          step.do === 'call' && step.operation.op === 'begin' && step.operation.session === operation.session,
      );
      const caller = begin?.do === 'call' && begin.operation.op === 'begin' ? begin.operation.caller : 0;
      await ask({ op: 'deleteMemory', memoryId: result.memoryId }, caller);
    }
  }
}
