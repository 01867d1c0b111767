/**
 * What is too long, or too heavy, to be in every schedule: a set piece comes in a few of them. `rare` decides, a number that is drawn
 * for every schedule, so that which piece it is depends on nothing else.
 */
import type { Limits, Operation } from '../model/schedule.js';
import { CYCLE_SCENARIOS } from './cycle.js';
import { OVERSIZE, WHOLE_READS } from './long-message.js';
import type { LaneStep, UploadContext } from './upload.js';
import { beginOperation, call } from './upload.js';

export interface Scenario {
  /** Of the file; so many bytes longer it is, or shorter. */
  readonly chunks: number;
  readonly furtherBytes?: number;
  /** The limits that it needs, in place of those drawn. */
  readonly limits?: Limits;
  /** Nothing else goes on meanwhile. */
  readonly isAlone: boolean;
  steps(context: UploadContext): LaneStep[];
}

/** One schedule in so many. */
const CROWD_EVERY = 60;
const BULK_EVERY = 160;
const CYCLES_EVERY = 240;
const OVERSIZE_EVERY = 240;
const WHOLE_READ_EVERY = 720;

/** An upload of very many chunks: the last put may cost no more than the first. */
const CROWD: Scenario = {
  chunks: 80,
  isAlone: false,
  steps: (context) => [
    call(beginOperation(context)),
    ...putsOf(context, ascending(CROWD.chunks)),
    call({ op: 'finish', session: context.session, hash: 'right', lengthOff: 0 }),
    { do: 'drain' },
    call({ op: 'read', session: context.session }),
  ],
};

/**
 * Many megabytes that somebody sends and does not finish. The first chunk stays away, so that nothing of it can be hashed: it is the
 * memory that matters here, and hashing 12 MB would take the time of a hundred schedules.
 */
const BULK: Scenario = {
  chunks: 13,
  limits: { chunkSize: 1_000_000, hashBytesPerCall: 64 },
  isAlone: true,
  steps: (context) => [
    call(beginOperation(context)),
    ...putsOf(context, ascending(BULK.chunks).slice(1)),
    call({ op: 'stats', caller: context.caller }),
    call({ op: 'abort', session: context.session }),
    call({ op: 'stats', caller: context.caller }),
  ],
};

/** The piece that `rare` stands for, if it stands for one that goes with these limits. */
export function chooseScenario(rare: number, limits: Limits, isSmall: boolean): Scenario | undefined {
  if (!isSmall) return undefined;
  if (rare % BULK_EVERY === 0) return BULK;
  if (rare % CYCLES_EVERY === 5) return nth(CYCLE_SCENARIOS, Math.floor(rare / CYCLES_EVERY));
  if (rare % OVERSIZE_EVERY === 7) return OVERSIZE;
  if (rare % WHOLE_READ_EVERY === 9) return nth(WHOLE_READS, Math.floor(rare / WHOLE_READ_EVERY));
  const isLimited = limits.chunksMax !== undefined || limits.bytesMax !== undefined;
  return rare % CROWD_EVERY === 1 && !isLimited ? CROWD : undefined;
}

const nth = (pieces: readonly Scenario[], number: number): Scenario => pieces[number % pieces.length]!;

/** One schedule in so many begins on an earlier version of the canister. */
export const OLDER_EVERY = 12;

const ascending = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function putsOf({ session }: UploadContext, indices: readonly number[]): LaneStep[] {
  return indices.map((index) =>
    call({ op: 'put', session, index, data: { kind: 'right' } } satisfies Operation),
  );
}
