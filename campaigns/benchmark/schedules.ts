/** The schedules of the benchmarks. */
import { SCHEDULE_FORMAT_VERSION, type Operation, type Schedule, type Step } from '../../model/schedule.js';

function step(lane: number, operation: Operation): Step {
  return { do: 'call', lane, operation };
}

/** Two uploads of three small chunks each, with alternating puts: ten calls. */
export function tenCalls(): Schedule {
  const chunkSize = 64;
  const sessions = ['A', 'B'] as const;
  const each = (make: (session: string, lane: number) => Operation): Step[] =>
    sessions.map((session, lane) => step(lane, make(session, lane)));
  return {
    version: SCHEDULE_FORMAT_VERSION,
    limits: { chunkSize },
    callers: 1,
    files: sessions.map((session, seed) => ({
      name: `${session}.bin`,
      bytes: 3 * chunkSize,
      content: { kind: 'random', seed },
    })),
    steps: [
      ...each((session, lane) => ({ op: 'begin', session, file: lane, caller: 0, key: session })),
      ...[0, 1, 2].flatMap((index) =>
        each((session) => ({ op: 'put', session, index, data: { kind: 'right' } })),
      ),
      ...each((session) => ({ op: 'finish', session, hash: 'right', lengthOff: 0 })),
    ],
  };
}

/** One file: begin, all puts, finish, read. */
export function oneLargeFile(bytes: number, chunkSize: number): Schedule {
  const operations: Operation[] = [
    { op: 'begin', session: 'A', file: 0, caller: 0, key: 'A' },
    ...Array.from({ length: Math.ceil(bytes / chunkSize) }, (_, index): Operation => ({
      op: 'put',
      session: 'A',
      index,
      data: { kind: 'right' },
    })),
    { op: 'finish', session: 'A', hash: 'right', lengthOff: 0 },
    { op: 'read', session: 'A' },
  ];
  return {
    version: SCHEDULE_FORMAT_VERSION,
    limits: {},
    callers: 1,
    files: [{ name: 'large.bin', bytes, content: { kind: 'random', seed: 1 } }],
    steps: operations.map((operation) => step(0, operation)),
  };
}
