/** The puts that stored a full chunk, with what they cost. Checkers compare them with each other. */
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import type { Evidence } from '../evidence/evidence.js';

/** A put that stored a full chunk. */
export interface StoringPut {
  readonly call: CallRecord;
  /** Index of the event at which it was executed. */
  readonly event: number;
  readonly instructions: number;
}

/** The calls of one upload. */
export interface UploadCalls {
  readonly calls: readonly CallRecord[];
  /** Index into the schedule's files. */
  readonly file: number;
  /** In bytes. */
  readonly chunkSize: number;
}

/** In order of execution; none if the replica does not report instructions. */
export function storingPuts(
  { history, oracle }: Pick<Evidence, 'history' | 'oracle'>,
  { calls, file, chunkSize }: UploadCalls,
): readonly StoringPut[] {
  const stored = new Set<number>();
  const { bytes } = fileAt(oracle.files, file);
  const delivered = calls
    .filter(({ request, outcome }) => request?.op === 'put' && outcome === 'ok')
    .sort((a, b) => (a.delivered ?? 0) - (b.delivered ?? 0));
  return delivered.flatMap((call) => {
    const event = call.delivered === undefined ? undefined : history.events[call.delivered];
    if (event?.type !== 'delivered' || call.request?.op !== 'put') return [];
    const { index, data } = call.request;
    if (stored.has(index) || chunkLengthSent(bytes, chunkSize, index, data) !== chunkSize) return [];
    stored.add(index);
    return [{ call, event: event.index, instructions: event.instructions }];
  });
}
