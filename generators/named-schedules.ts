/** Fixed schedules with a name: uploads that people try by hand, and uploads that fail in production. */
import { chunkCount } from '../model/content.js';
import {
  SCHEDULE_FORMAT_VERSION,
  type FileRecipe,
  type Limits,
  type Operation,
  type Schedule,
  type Step,
} from '../model/schedule.js';
import { pick } from './pick.js';

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
function call(lane: number, operation: Operation): Step {
  return { do: 'call', lane, operation };
}

export function begin(session: string, file: number, lane = 0): Step {
  return call(lane, { op: 'begin', session, file, caller: 0, key: `key-${session}` });
}
export function put(session: string, index: number, lane = 0): Step {
  return call(lane, { op: 'put', session, index, data: { kind: 'right' } });
}
export function finish(session: string, lane = 0): Step {
  return call(lane, { op: 'finish', session, hash: 'right', lengthOff: 0 });
}
export function read(session: string, lane = 0): Step {
  return call(lane, { op: 'read', session });
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** `rounds` uploads in one canister, each read immediately after its finish, with lengths around the borders of a chunk. */
export function immediateRetrieval(rounds: number): Schedule {
  const chunkSize = 4_096;
  const sizes = [0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3 * chunkSize + 17];
  const files = indices(rounds).map((round) => randomFile(`file-${round}`, pick(sizes, round), round));
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

/** Two uploads whose chunks arrive in the order A0 B0 A2 B2 A1 B1. */
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

/**
 * One large file, uploaded and read back.
 * @param warm upload another file of the same size first
 */
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

/** Puts at an index that is stored: the same bytes are accepted, other bytes are a conflict, and neither changes anything. */
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

/** Eight uploads of 1 KB to 21 MB under one name, which send their chunks in turn. */
export function eightUnderOneName(chunkSize: number): Schedule {
  const sizes = [1_000, 30_000, 250_000, 1_799_999, 1_800_000, 1_800_001, 7_300_000, 21 * MB];
  const files = sizes.map((bytes, i) => randomFile('same-name.bin', bytes, 100 + i));
  const sessions = sizes.map((_, i) => String.fromCharCode(65 + i));
  const longest = Math.max(...sizes.map((bytes) => chunkCount(bytes, chunkSize)));
  const puts = indices(longest).flatMap((index) =>
    sessions.flatMap((session, lane) =>
      index < chunkCount(pick(sizes, lane), chunkSize) ? [put(session, index, lane)] : [],
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
 * Many sessions beside one long upload that puts a chunk after each of them. Existing sessions must not make calls more expensive or
 * the heap larger. In turn, sessions are finished, aborted, or paused and left open.
 */
export function manySessions(sessions: number): Schedule {
  const chunkSize = 100;
  // The first chunk of the long upload is not sent, so its puts hash nothing and are comparable.
  const long = { ...randomFile('long.bin', 0, 0), bytes: (sessions + 2) * chunkSize };
  const steps = indices(sessions).flatMap((at): Step[] => {
    const session = `S${at}`;
    const last: Operation[] = [
      { op: 'finish', session, hash: 'right', lengthOff: 0 },
      { op: 'abort', session },
      { op: 'pause', session },
    ];
    const puts = [2, 0, 1].map((index) => put(session, index));
    return [begin(session, 1), ...puts, call(0, pick(last, at)), put('A', at + 1, 1)];
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

/** Repeats one cycle: an upload that is aborted, that expires, or that is finished and deleted. */
export function cyclesSchedule(end: 'abort' | 'expiry' | 'delete', cycles: number): Schedule {
  const chunkSize = 100_000;
  const count = end === 'delete' ? 2 : 3;
  const ends: Record<typeof end, Step[]> = {
    abort: [call(0, { op: 'abort', session: 'A' })],
    expiry: [{ do: 'advance', seconds: SESSION_TTL_SECONDS }, call(0, { op: 'cleanup', caller: 0 })],
    delete: [finish('A'), { do: 'drain' }, call(0, { op: 'deleteMemory', memory: 'A' })],
  };
  // The first chunk of an unfinished upload is not sent, so the canister hashes nothing.
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
