import type { FileRecipe, Operation, Schedule, Step } from '../../model/schedule.js';

/** Short forms for writing schedules in tests. */
export function file(bytes: number, seed = bytes, name = `f${seed}`): FileRecipe {
  return {
    name,
    bytes,
    content: { kind: 'random', seed },
  };
}
export function call(operation: Operation, lane = 0, hold = false): Step {
  return {
    do: 'call',
    lane,
    operation,
    ...(hold ? { hold: true as const } : {}),
  };
}
export function begin(session: string, fileIndex = 0, caller = 0): Operation {
  return {
    op: 'begin',
    session,
    file: fileIndex,
    caller,
    key: `key-${session}`,
  };
}
export function put(session: string, index: number): Operation {
  return {
    op: 'put',
    session,
    index,
    data: { kind: 'right' },
  };
}
export function finish(session: string): Operation {
  return {
    op: 'finish',
    session,
    hash: 'right',
    lengthOff: 0,
  };
}
export const read = (session: string): Operation => ({ op: 'read', session });
export const drain: Step = { do: 'drain' };

export function schedule(steps: readonly Step[], more: Partial<Schedule> = {}): Schedule {
  return {
    version: 1,
    limits: { chunkSize: 100, hashBytesPerCall: 64 },
    callers: 1,
    files: [file(290)],
    steps,
    ...more,
  };
}

/** One upload of three chunks whose finish takes several messages. */
export const wholeUpload: readonly Step[] = [
  call(begin('A')),
  ...[0, 1, 2].map((index) => call(put('A', index))),
  call(finish('A')),
  drain,
  call(read('A')),
];
