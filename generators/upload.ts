import fc from 'fast-check';
import { chunkCount } from '../model/content.js';
import type { FileRecipe, Limits, Operation, SessionLabel, Step } from '../model/schedule.js';
import { chunkIndices, chunkOrderArbitrary, sparseIndices, type ChunkOrder } from './chunk-order.js';
import { fileArbitrary, type FilePlan } from './file.js';
import type { Profile } from './profile.js';

/** One upload as it would go without faults. */
export interface UploadPlan {
  /** Modulo the number of callers. */
  readonly caller: number;
  readonly file: FilePlan;
  readonly order: ChunkOrder;
  /** `deliver` steps between `finish` and what follows, by their picks. */
  readonly deliveries: readonly number[];
  /** Whether everything in flight is delivered before the upload is read back. */
  readonly settles: boolean;
  /** How much of the lane is issued at all, in permille; the rest is an upload that somebody abandoned. */
  readonly kept: number;
  /** Drawn for the schedule's traits: which of the earlier uploads it shares a name, key or file with, if these are on. */
  readonly shares: number;
}

/** A lane's step before it has its lane number. */
export type LaneStep = (
  { readonly do: 'call'; readonly operation: Operation } | Exclude<Step, { readonly do: 'call' }>
) & {
  /** Never held, whatever the interleaving says. */
  readonly isPrompt?: true;
  /** A `begin` whose lane does not depend on its answer: it may be held. */
  readonly isRepeat?: true;
  /** The lane's next step follows at once. */
  readonly isGlued?: true;
};

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

/** What the steps of an upload refer to. */
export interface UploadContext {
  readonly session: SessionLabel;
  readonly caller: number;
  /** Index into the schedule's files. */
  readonly file: number;
  readonly recipe: FileRecipe;
  readonly key: string;
  readonly chunkSize: number;
  readonly limits: Limits;
  /** Has very many chunks, of which only a few are sent. */
  readonly isSparse: boolean;
}

export const call = (operation: Operation): LaneStep => ({ do: 'call', operation });

export function beginOperation({ session, file, caller, key }: UploadContext): Operation & { op: 'begin' } {
  return { op: 'begin', session, file, caller, key };
}

/** Begin, put every chunk, finish, deliver, read. */
export function uploadSteps(plan: UploadPlan, context: UploadContext): LaneStep[] {
  const { session, recipe, chunkSize } = context;
  const count = chunkCount(recipe.bytes, chunkSize);
  const indices = context.isSparse ? sparseIndices(plan.order, count) : chunkIndices(plan.order, count);
  const steps: LaneStep[] = [
    call(beginOperation(context)),
    ...indices.map((index) => call({ op: 'put', session, index, data: { kind: 'right' } })),
    call({ op: 'finish', session, hash: 'right', lengthOff: 0 }),
    ...plan.deliveries.map((pick): LaneStep => ({ do: 'deliver', pick })),
    ...(plan.settles ? [{ do: 'drain' } as const] : []),
    call({ op: 'read', session }),
  ];
  return steps.slice(0, Math.max(1, Math.ceil((steps.length * plan.kept) / 1000)));
}
