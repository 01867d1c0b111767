/** Faults in the lane of an upload: wrong calls, repeated calls, calls by strangers. */
import { chunkCount } from '../model/content.js';
import type { OperationName, OperationNameWith } from '../model/operations.js';
import type { ChunkData, HashArgument, Operation, SessionLabel } from '../model/schedule.js';
import { chunkIndices } from './chunk-order.js';
import type { FaultDraw } from './fault-draw.js';
import type { LaneFeature } from './features.js';
import { albumSteps } from './memory.js';
import { pick } from './pick.js';
import { beginOperation, call, finishStep, putStep, type LaneStep, type UploadContext } from './upload.js';

/** A position after `begin`: before it, every operation on the session is skipped. */
function anywhere(steps: readonly LaneStep[], at: number): number {
  return 1 + Math.floor((at * Math.max(0, steps.length - 1)) / 1000);
}

function indexOfCall(steps: readonly LaneStep[], op: OperationName, nth = 0): number | undefined {
  const places = steps.flatMap((step, place) =>
    step.do === 'call' && step.operation.op === op ? [place] : [],
  );
  return places.length === 0 ? undefined : places[nth % places.length];
}

function insert(steps: readonly LaneStep[], place: number, ...added: LaneStep[]): LaneStep[] {
  return [...steps.slice(0, place), ...added, ...steps.slice(place)];
}

type Apply = (
  steps: readonly LaneStep[],
  draw: FaultDraw,
  context: UploadContext,
  callers: number,
) => LaneStep[];

const WRONG_HASHES: readonly HashArgument[] = ['flipped', 'other-file', 'short', 'empty'];
const WRONG_LENGTHS = [1, -1, 2, -2, 64, -64] as const;

/** Adds a put of `data` at the index of the nth put of the lane, before that put or anywhere after it. */
function besidePut(where: 'before' | 'after', data: (draw: FaultDraw) => ChunkData): Apply {
  return (steps, draw, { session }) => {
    const place = indexOfCall(steps, 'put', draw.at);
    const step = place === undefined ? undefined : steps[place];
    if (place === undefined || step?.do !== 'call' || step.operation.op !== 'put') return [...steps];
    const put = call({ op: 'put', session, index: step.operation.index, data: data(draw) });
    const later = where === 'before' ? place : place + 1 + (draw.detail % (steps.length - place));
    return insert(steps, later, put);
  };
}

type Interference = OperationNameWith<{ readonly interferes: true }>;

/** What an intruder issues, and what comes in the middle of a finish. */
const INTERFERENCES: Readonly<
  Record<Interference, (session: SessionLabel, index: number, draw: FaultDraw) => Operation>
> = {
  put: (session, index, draw) => ({ op: 'put', session, index, data: putData(draw) }),
  finish: (session) => ({ op: 'finish', session, hash: 'right', lengthOff: 0 }),
  abort: (session) => ({ op: 'abort', session }),
  pause: (session) => ({ op: 'pause', session }),
  resume: (session) => ({ op: 'resume', session }),
  status: (session) => ({ op: 'status', session }),
  read: (session) => ({ op: 'read', session }),
  readWhole: (session) => ({ op: 'readWhole', session }),
};

const INTERFERENCE_NAMES = Object.keys(INTERFERENCES) as readonly Interference[];

/** @param among the operations to choose from; default: all */
function interference(
  draw: FaultDraw,
  { session, recipe, chunkSize }: UploadContext,
  among = INTERFERENCE_NAMES,
): Operation {
  const index = draw.detail % Math.max(1, chunkCount(recipe.bytes, chunkSize));
  const create = INTERFERENCES[pick(among, draw.detail >>> 4)];
  return create(session, index, draw);
}

/** What a stranger may be tried with. */
function intrusions({ rules }: UploadContext): readonly Interference[] {
  if (rules === undefined) return INTERFERENCE_NAMES;
  return INTERFERENCE_NAMES.filter((name) => rules.strangers.has(name) || rules.guests.has(name));
}

function putData(draw: FaultDraw): ChunkData {
  return draw.detail % 2 === 0 ? { kind: 'right' } : { kind: 'flipped', at: draw.detail };
}

function beforeFinish(operation: (draw: FaultDraw, context: UploadContext) => Operation): Apply {
  return (steps, draw, context) => {
    const finish = indexOfCall(steps, 'finish') ?? steps.length;
    return insert(steps, finish, call(operation(draw, context)));
  };
}

function somewhere(operation: (draw: FaultDraw, context: UploadContext) => Operation): Apply {
  return (steps, draw, context) => insert(steps, anywhere(steps, draw.at), call(operation(draw, context)));
}

/** The change that each kind makes to the lane of an upload. It only adds steps, so removing a fault makes the schedule shorter. */
const APPLY: Readonly<Record<LaneFeature, Apply>> = {
  repeatPut: besidePut('after', () => ({ kind: 'right' })),
  conflictingPut: besidePut('after', ({ detail }) => ({ kind: 'flipped', at: detail })),
  corruptPut: besidePut('before', ({ detail }) => ({ kind: 'flipped', at: detail })),
  wrongLengthPut: besidePut('before', ({ detail }) => ({
    kind: pick(['short', 'long', 'empty'] as const, detail),
  })),
  strayPut: somewhere((draw, { session, recipe, chunkSize }) => {
    const count = chunkCount(recipe.bytes, chunkSize);
    if (draw.detail % 2 === 0)
      return { op: 'put', session, index: count + (draw.detail % 3), data: { kind: 'right' } };
    const index = draw.detail % Math.max(1, count);
    return { op: 'put', session, index, data: { kind: 'of-index', index: index + 1 } };
  }),
  earlyFinish: somewhere((_, { session }) => ({ op: 'finish', session, hash: 'right', lengthOff: 0 })),
  wrongHash: beforeFinish((draw, { session }) => {
    return { op: 'finish', session, hash: pick(WRONG_HASHES, draw.detail), lengthOff: 0 };
  }),
  wrongLength: beforeFinish((draw, { session }) => {
    const lengthOff = pick(WRONG_LENGTHS, draw.detail);
    return { op: 'finish', session, hash: 'right', lengthOff };
  }),
  secondFinish: (steps, draw, { session }) => {
    const place = (indexOfCall(steps, 'finish') ?? steps.length - 1) + 1;
    const hash = draw.detail % 4 === 0 ? pick(WRONG_HASHES, draw.detail >>> 4) : 'right';
    const lengthOff = draw.detail % 4 === 1 ? 1 : 0;
    const later = place + (draw.at % (steps.length - place + 1));
    return insert(steps, later, call({ op: 'finish', session, hash, lengthOff }));
  },
  callDuringFinish: (steps, draw, context) => {
    const place = (indexOfCall(steps, 'finish') ?? steps.length - 1) + 1;
    return insert(steps, place, call(interference(draw, context)));
  },
  /** A finish takes only a few messages, so upgrades drawn elsewhere rarely come in the middle of one. */
  upgradeDuringFinish: (steps, { detail }) => {
    const place = (indexOfCall(steps, 'finish') ?? steps.length - 1) + 1;
    return insert(steps, place, detail % 3 === 0 ? { do: 'restart' } : { do: 'upgrade' });
  },
  abort: somewhere((_, { session }) => ({ op: 'abort', session })),
  pauseResume: (steps, draw, { session }) => {
    const pause = anywhere(steps, draw.at);
    const resume = pause + 1 + (draw.detail % 4);
    const paused = insert(steps, pause, call({ op: 'pause', session }));
    // One pause in four is not followed by a resume.
    return draw.detail % 4 === 3
      ? paused
      : insert(paused, Math.min(resume, paused.length), call({ op: 'resume', session }));
  },
  intruder: (steps, draw, context, callers) => {
    const among = intrusions(context);
    if (callers < 2 || among.length === 0) return [...steps];
    const by = (context.caller + 1 + (draw.detail % (callers - 1))) % callers;
    const operation = interference(draw, context, among);
    return insert(steps, anywhere(steps, draw.at), call({ ...operation, by } as Operation));
  },
  repeatBegin: (steps, draw, context) => {
    const again: LaneStep = { ...call(beginOperation(context)), isRepeat: true };
    // Impatient clients repeat a begin before they get a reply.
    const times = draw.detail % 2 === 0 ? [again] : [again, again];
    return insert(steps, anywhere(steps, draw.at), ...times);
  },
  badBegin: (steps, draw, context, callers) => {
    const begin = beginOperation(context);
    const isForeign = callers > 1 && draw.detail % 3 === 0;
    const wrong = isForeign
      ? { ...begin, capsuleOf: (context.caller + 1) % callers }
      : { ...begin, chunksOff: draw.detail % 2 === 0 ? 1 : -1 };
    return insert(steps, draw.at % 2 === 0 ? 0 : anywhere(steps, draw.at), call(wrong));
  },
  status: somewhere((_, { session }) => ({ op: 'status', session })),
  read: somewhere(({ detail }, { session }) => ({ op: detail % 2 === 0 ? 'read' : 'readWhole', session })),
  /** Recover from earlier faults: resume, send all chunks again, and finish. */
  mend: (steps, _, { session, recipe, chunkSize, isSparse }) => [
    ...steps,
    call({ op: 'resume', session }),
    ...chunkIndices({ kind: 'ascending' }, isSparse ? 0 : chunkCount(recipe.bytes, chunkSize)).map((index) =>
      putStep(session, index),
    ),
    finishStep(session),
    { do: 'drain' },
    call({ op: 'read', session }),
  ],
  memory: (steps, draw, context) => [...steps, { do: 'drain' }, ...albumSteps(draw, context, context.limits)],
};

export function applyFault(
  feature: LaneFeature,
  steps: readonly LaneStep[],
  draw: FaultDraw,
  context: UploadContext,
  callers: number,
): LaneStep[] {
  return APPLY[feature](steps, draw, context, callers);
}
