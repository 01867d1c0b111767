import fc from 'fast-check';
import type { FileRecipe, Limits, Operation, SessionLabel, Step } from '../model/schedule.js';
import { chunksToPut, type CallRules } from './call-rules.js';
import { chunkIndices, chunkOrderArbitrary, sparseIndices, type ChunkOrder } from './chunk-order.js';
import { fileArbitrary, type FilePlan } from './file.js';
import type { Profile } from './profile.js';

/** One upload without faults. */
export interface UploadPlan {
  /** Index of the caller, modulo the number of callers. */
  readonly caller: number;
  readonly file: FilePlan;
  readonly order: ChunkOrder;
  /** The picks of the `deliver` steps between `finish` and the steps after it. */
  readonly deliveries: readonly number[];
  /** Whether a drain precedes the read. */
  readonly settles: boolean;
  /** The part of the lane that is issued, in permille; below 1000 the upload is abandoned. */
  readonly kept: number;
  /** Selects the earlier upload with which it shares a name, a key, or a file, if the schedule has these traits. */
  readonly shares: number;
}

/** A step without its lane number. */
export type LaneStep = (
  { readonly do: 'call'; readonly operation: Operation } | Exclude<Step, { readonly do: 'call' }>
) & {
  /** The step is never held. */
  readonly isPrompt?: true;
  /** A repeated `begin`: the lane does not depend on its result, so it may be held. */
  readonly isRepeat?: true;
  /** The lane's next step follows without a change of lane. */
  readonly isGlued?: true;
};

/** One upload in this many is abandoned. */
const ABANDONED_EVERY = 10;

export function uploadArbitrary(profile: Profile): fc.Arbitrary<UploadPlan> {
  return fc.record(
    {
      caller: fc.nat(profile.callers.max - 1),
      file: fileArbitrary(profile),
      order: chunkOrderArbitrary(),
      deliveries: fc.array(fc.noShrink(fc.nat(7)), { maxLength: 3 }),
      settles: fc.nat(7).map((value) => value > 0),
      kept: fc
        .tuple(fc.noShrink(fc.nat(ABANDONED_EVERY - 1)), fc.nat(1000))
        .map(([chance, permille]) => (chance === 0 ? permille : 1000)),
      shares: fc.noShrink(fc.nat(0xffff)),
    },
    { noNullPrototype: true },
  );
}

/** The labels and data that the steps of an upload refer to. */
export interface UploadContext {
  readonly session: SessionLabel;
  readonly caller: number;
  /** Index into the schedule's files. */
  readonly file: number;
  readonly recipe: FileRecipe;
  readonly key: string;
  readonly chunkSize: number;
  readonly limits: Limits;
  /** The file has very many chunks, and only a few of them are sent. */
  readonly isSparse: boolean;
  /** The length of chunks that its `begin` names, in bytes; absent: the one in force. */
  readonly ownChunkSize?: number;
  /** The session of the same key or name that it follows in the same lane. */
  readonly follows?: SessionLabel;
  /** Whether its puts are sent in ascending order. */
  readonly isAscending?: boolean;
  /** Absent: every call is permitted. */
  readonly rules?: CallRules | undefined;
}

export function call(operation: Operation): LaneStep {
  return { do: 'call', operation };
}

/** A put of the right bytes. */
export function putStep(session: SessionLabel, index: number): LaneStep {
  return call({ op: 'put', session, index, data: { kind: 'right' } });
}

/** A finish with the right hash and length. */
export function finishStep(session: SessionLabel): LaneStep {
  return call({ op: 'finish', session, hash: 'right', lengthOff: 0 });
}

export function beginOperation({
  session,
  file,
  caller,
  key,
  ownChunkSize,
}: UploadContext): Operation & { op: 'begin' } {
  const chunkSize = ownChunkSize === undefined ? {} : { chunkSize: ownChunkSize };
  return { op: 'begin', session, file, caller, key, ...chunkSize };
}

/** Begins, puts every chunk, finishes, delivers, and reads. */
export function uploadSteps(plan: UploadPlan, context: UploadContext): LaneStep[] {
  const { session, recipe, chunkSize, rules } = context;
  const count = chunksToPut(recipe.bytes, chunkSize, rules);
  const order = context.isAscending === true ? ({ kind: 'ascending' } as const) : plan.order;
  const indices = context.isSparse ? sparseIndices(order, count) : chunkIndices(order, count);
  const steps: LaneStep[] = [
    call(beginOperation(context)),
    ...indices.map((index) => putStep(session, index)),
    finishStep(session),
    ...plan.deliveries.map((pick): LaneStep => ({ do: 'deliver', pick })),
    ...(plan.settles ? [{ do: 'drain' } as const] : []),
    call({ op: 'read', session }),
  ];
  return steps.slice(0, Math.max(1, Math.ceil((steps.length * plan.kept) / 1000)));
}
