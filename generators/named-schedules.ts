/** The named suites, as data: the uploads that people try by hand, and those that fail in production. Each is one Schedule. */
import type { FileRecipe, Limits, Operation, Schedule, Step } from '../model/schedule.js';
import { SCHEDULE_FORMAT_VERSION } from '../model/schedule.js';

const MB = 1_000_000;

export function scheduleOf(parts: {
  limits?: Limits;
  callers?: number;
  files: FileRecipe[];
  steps: Step[];
}): Schedule {
  return {
    version: SCHEDULE_FORMAT_VERSION,
    limits: parts.limits ?? {},
    callers: parts.callers ?? 1,
    files: parts.files,
    steps: parts.steps,
  };
}

function randomFile(name: string, bytes: number, seed: number): FileRecipe {
  return {
    name,
    bytes,
    content: { kind: 'random', seed },
  };
}
const call = (lane: number, operation: Operation): Step => ({ do: 'call', lane, operation });

export function begin(session: string, file: number, lane = 0): Step {
  return call(lane, { op: 'begin', session, file, caller: 0, key: `key-${session}` });
}
export function put(session: string, index: number, lane = 0): Step {
  return call(lane, { op: 'put', session, index, data: { kind: 'right' } });
}
export function finish(session: string, lane = 0): Step {
  return call(lane, { op: 'finish', session, hash: 'right', lengthOff: 0 });
}
export const read = (session: string, lane = 0): Step => call(lane, { op: 'read', session });

const chunkCount = (bytes: number, chunkSize: number) => Math.ceil(bytes / chunkSize);
const indices = (count: number) => Array.from({ length: count }, (_, index) => index);

/** begin, put all, finish, read at once: `rounds` times in one canister, sizes around the borders of the chunk size. */
export function immediateRetrieval(rounds: number): Schedule {
  const chunkSize = 4_096;
  const sizes = [0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3 * chunkSize + 17];
  const files = indices(rounds).map((round) =>
    randomFile(`file-${round}`, sizes[round % sizes.length]!, round),
  );
  const steps = files.flatMap((file, round) => {
    const session = `S${round}`;
    return [
      begin(session, round),
      ...indices(chunkCount(file.bytes, chunkSize)).map((index) => put(session, index)),
      finish(session),
      read(session),
    ];
  });
  return scheduleOf({ limits: { chunkSize }, files, steps });
}

/** Two uploads whose chunks arrive as A0 B0 A2 B2 A1 B1. */
export function sparseInterleaving(): Schedule {
  const chunkSize = 1_000;
  const files = [randomFile('a.bin', 2_500, 1), randomFile('b.bin', 2_500, 2)];
  const order = [0, 2, 1].flatMap((index) => [put('A', index, 0), put('B', index, 1)]);
  return scheduleOf({
    limits: { chunkSize },
    files,
    steps: [
      begin('A', 0, 0),
      begin('B', 1, 1),
      ...order,
      finish('A', 0),
      finish('B', 1),
      read('A', 0),
      read('B', 1),
    ],
  });
}

/** One large file at the default chunk size, read back whole. `warm` uploads the same size once before. */
export function largeUpload(megabytes: number, chunkSize: number, warm = false): Schedule {
  const bytes = megabytes * MB;
  const sessions = warm ? ['W', 'A'] : ['A'];
  const files = sessions.map((session, i) => randomFile(`large-${session}.bin`, bytes, 50 + i));
  const steps = sessions.flatMap((session, file) => [
    begin(session, file),
    ...indices(chunkCount(bytes, chunkSize)).map((index) => put(session, index)),
    finish(session),
    read(session),
  ]);
  return scheduleOf({ files, steps });
}

/** The same bytes again are accepted and change nothing; other bytes are a conflict and change nothing. */
export function duplicates(): Schedule {
  const chunkSize = 512;
  const other = (index: number): Step =>
    call(1, { op: 'put', session: 'A', index, data: { kind: 'flipped', at: 3 } });
  return scheduleOf({
    limits: { chunkSize },
    files: [randomFile('dup.bin', 3 * chunkSize, 7)],
    steps: [
      begin('A', 0),
      put('A', 0),
      put('A', 0, 1),
      other(0),
      put('A', 2),
      other(2),
      put('A', 2, 1),
      put('A', 1),
      put('A', 1, 1),
      finish('A'),
      finish('A', 1),
      read('A'),
    ],
  });
}

/** Eight uploads of 1 KB to 21 MB under one name, their chunks taken in turn. */
export function eightUnderOneName(chunkSize: number): Schedule {
  const sizes = [1_000, 30_000, 250_000, 1_799_999, 1_800_000, 1_800_001, 7_300_000, 21 * MB];
  const files = sizes.map((bytes, i) => randomFile('same-name.bin', bytes, 100 + i));
  const sessions = sizes.map((_, i) => String.fromCharCode(65 + i));
  const longest = Math.max(...sizes.map((bytes) => chunkCount(bytes, chunkSize)));
  const puts = indices(longest).flatMap((index) =>
    sessions.flatMap((session, lane) =>
      index < chunkCount(sizes[lane]!, chunkSize) ? [put(session, index, lane)] : [],
    ),
  );
  return scheduleOf({
    files,
    steps: [
      ...sessions.map((session, lane) => begin(session, lane, lane)),
      ...puts,
      ...sessions.map((session, lane) => finish(session, lane)),
      ...sessions.map((session, lane) => read(session, lane)),
    ],
  });
}

/**
 * So many sessions beside one of more than as many chunks, which takes one after each of them: what is there already must make nothing
 * dearer and the heap no larger. Every third session is finished, every third aborted, every third left open.
 */
export function manySessions(sessions: number): Schedule {
  const chunkSize = 100;
  // The long one's first chunk stays away, so that its puts hash nothing and can be compared.
  const long = { ...randomFile('long.bin', 0, 0), bytes: (sessions + 2) * chunkSize };
  const steps = indices(sessions).flatMap((at): Step[] => {
    const session = `S${at}`;
    const last: Operation[] = [
      { op: 'finish', session, hash: 'right', lengthOff: 0 },
      { op: 'abort', session },
      { op: 'pause', session },
    ];
    const puts = [2, 0, 1].map((index) => put(session, index));
    return [begin(session, 1), ...puts, call(0, last[at % last.length]!), put('A', at + 1, 1)];
  });
  return scheduleOf({
    limits: {
      chunkSize,
      chunksMax: 2 * sessions + 2,
      activeSessionsMax: sessions + 1,
      hashBytesPerCall: 256,
    },
    files: [long, randomFile('short.bin', 250, 1)],
    steps: [begin('A', 0, 1), ...steps, call(1, { op: 'stats', caller: 0 })],
  });
}

const SESSION_TTL_SECONDS = 600;

/** The same over and over: begun and sent in part, then aborted or left to expire; or finished and deleted. */
export function cyclesSchedule(end: 'abort' | 'expiry' | 'delete', cycles: number): Schedule {
  const chunkSize = 100_000;
  const count = end === 'delete' ? 2 : 3;
  const ends: Record<typeof end, Step[]> = {
    abort: [call(0, { op: 'abort', session: 'A' })],
    expiry: [{ do: 'advance', seconds: SESSION_TTL_SECONDS }, call(0, { op: 'cleanup', caller: 0 })],
    delete: [finish('A'), { do: 'drain' }, call(0, { op: 'deleteMemory', memory: 'A' })],
  };
  // What is not finished need not be hashed: its first chunk stays away.
  const puts = indices(count).slice(end === 'delete' ? 0 : 1);
  const steps = indices(cycles).flatMap((cycle): Step[] => [
    call(0, { op: 'begin', session: 'A', file: 0, caller: 0, key: `key-${cycle}` }),
    ...puts.map((index) => put('A', index)),
    ...ends[end],
  ]);
  return scheduleOf({
    limits: { chunkSize, sessionTtlSeconds: SESSION_TTL_SECONDS },
    files: [randomFile('a.bin', count * chunkSize, 1)],
    steps,
  });
}
