import { pick } from './dice.js';
import fc from 'fast-check';
import { chunkCount } from '../model/content.js';
import type { OperationNameWith } from '../model/operations.js';
import type { ChunkData, HashArgument, Operation, SessionLabel } from '../model/schedule.js';
import { chunkIndices } from './chunk-order.js';
import type { LaneFeature } from './features.js';
import { albumSteps } from './memory.js';
import { beginOperation, call, type LaneStep, type UploadContext } from './upload.js';

/** A fault before it is known which kinds the schedule has: numbers that are read by whichever kind it becomes. */
export interface FaultDraw {
  /** Which kind, by the weights of the schedule's features. */
  readonly pick: number;
  /** Which upload it befalls, modulo their number. */
  readonly upload: number;
  /** Where in the lane, in permille. */
  readonly at: number;
  /** A detail: which index, which variant. */
  readonly detail: number;
}

export function faultArbitrary(): fc.Arbitrary<FaultDraw> {
  const number = (max: number) => fc.noShrink(fc.nat(max));
  return fc.record(
    { pick: number(0xffff), upload: number(63), at: number(999), detail: number(0xffff) },
    { noNullPrototype: true },
  );
}

/** Where the fault goes when any place will do; after `begin`, for before it everything on the session is skipped. */
function anywhere(steps: readonly LaneStep[], at: number): number {
  return 1 + Math.floor((at * Math.max(0, steps.length - 1)) / 1000);
}

function indexOfCall(steps: readonly LaneStep[], op: Operation['op'], nth = 0): number | undefined {
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

/** A put of `data` beside the nth put of the lane, before or after it. */
function besidePut(where: 'before' | 'after', data: (draw: FaultDraw) => ChunkData): Apply {
  return (steps, draw, { session }) => {
    const place = indexOfCall(steps, 'put', draw.at);
    const step = place === undefined ? undefined : steps[place];
    if (place === undefined || step?.do !== 'call' || step.operation.op !== 'put') return [...steps];
    const put = call({ op: 'put', session, index: step.operation.index, data: data(draw) });
    // A later place too: the duplicate need not follow at once.
    const later = where === 'before' ? place : place + 1 + (draw.detail % (steps.length - place));
    return insert(steps, later, put);
  };
}

type Interference = OperationNameWith<{ readonly interferes: true }>;

/** What an intruder issues, and what comes in the middle of a finish. */
const INTERFERENCES: {
  readonly [Name in Interference]: (session: SessionLabel, index: number, draw: FaultDraw) => Operation;
} = {
  put: (session, index, draw) => ({ op: 'put', session, index, data: putData(draw) }),
  finish: (session) => ({ op: 'finish', session, hash: 'right', lengthOff: 0 }),
  abort: (session) => ({ op: 'abort', session }),
  pause: (session) => ({ op: 'pause', session }),
  resume: (session) => ({ op: 'resume', session }),
  status: (session) => ({ op: 'status', session }),
  read: (session) => ({ op: 'read', session }),
  readWhole: (session) => ({ op: 'readWhole', session }),
};

function interference(draw: FaultDraw, { session, recipe, chunkSize }: UploadContext): Operation {
  const index = draw.detail % Math.max(1, chunkCount(recipe.bytes, chunkSize));
  const create = pick(Object.values(INTERFERENCES), draw.detail >>> 4);
  return create(session, index, draw);
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

/** How each kind changes the lane of an upload. Each only adds steps, so that leaving one out makes the schedule shorter. */
const APPLY: Readonly<Record<LaneFeature, Apply>> = {
  repeatPut: besidePut('after', () => ({ kind: 'right' })),
  conflictingPut: besidePut('after', ({ detail }) => ({ kind: 'flipped', at: detail })),
  corruptPut: besidePut('before', ({ detail }) => ({ kind: 'flipped', at: detail })),
  wrongLengthPut: besidePut('before', ({ detail }) => ({
    kind: (['short', 'long', 'empty'] as const)[detail % 3]!,
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
    return { op: 'finish', session, hash: WRONG_HASHES[draw.detail % WRONG_HASHES.length]!, lengthOff: 0 };
  }),
  wrongLength: beforeFinish((draw, { session }) => {
    const lengthOff = WRONG_LENGTHS[draw.detail % WRONG_LENGTHS.length]!;
    return { op: 'finish', session, hash: 'right', lengthOff };
  }),
  secondFinish: (steps, draw, { session }) => {
    const place = (indexOfCall(steps, 'finish') ?? steps.length - 1) + 1;
    const hash = draw.detail % 4 === 0 ? WRONG_HASHES[(draw.detail >>> 4) % WRONG_HASHES.length]! : 'right';
    const lengthOff = draw.detail % 4 === 1 ? 1 : 0;
    const later = place + (draw.at % (steps.length - place + 1));
    return insert(steps, later, call({ op: 'finish', session, hash, lengthOff }));
  },
  callDuringFinish: (steps, draw, context) => {
    const place = (indexOfCall(steps, 'finish') ?? steps.length - 1) + 1;
    return insert(steps, place, call(interference(draw, context)));
  },
  /** Other steps rarely fall into the few messages that a finish takes. */
  upgradeDuringFinish: (steps, { detail }) => {
    const place = (indexOfCall(steps, 'finish') ?? steps.length - 1) + 1;
    return insert(steps, place, detail % 3 === 0 ? { do: 'restart' } : { do: 'upgrade' });
  },
  abort: somewhere((_, { session }) => ({ op: 'abort', session })),
  pauseResume: (steps, draw, { session }) => {
    const pause = anywhere(steps, draw.at);
    const resume = pause + 1 + (draw.detail % 4);
    const paused = insert(steps, pause, call({ op: 'pause', session }));
    // One pause in four is never resumed.
    return draw.detail % 4 === 3
      ? paused
      : insert(paused, Math.min(resume, paused.length), call({ op: 'resume', session }));
  },
  intruder: (steps, draw, context, callers) => {
    if (callers < 2) return [...steps];
    const by = (context.caller + 1 + (draw.detail % (callers - 1))) % callers;
    const operation = interference(draw, context);
    return insert(steps, anywhere(steps, draw.at), call({ ...operation, by } as Operation));
  },
  repeatBegin: (steps, draw, context) => {
    const again: LaneStep = { ...call(beginOperation(context)), isRepeat: true };
    // Impatient clients ask again before they are answered.
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
  /** Whatever went wrong before: resume, send everything again and finish. */
  mend: (steps, _, { session, recipe, chunkSize, isSparse }) => [
    ...steps,
    call({ op: 'resume', session }),
    ...chunkIndices({ kind: 'ascending' }, isSparse ? 0 : chunkCount(recipe.bytes, chunkSize)).map((index) =>
      call({ op: 'put', session, index, data: { kind: 'right' } }),
    ),
    call({ op: 'finish', session, hash: 'right', lengthOff: 0 }),
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
