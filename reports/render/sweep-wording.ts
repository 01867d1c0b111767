/** A chunk-size sweep in words, for the terminal and the page alike: which size to take and why, what is refused, what the field reports. */
import type { ChunkSizeSweep, PassedRow, RefusedRow } from '../documents/bench-report.js';
import { formatBytes } from '../text/format-units.js';

/** What is known of a 3.6 MB upload in the field, one call after the other: seconds by chunk size in bytes. */
export const PRODUCTION_FIGURES = {
  fileSize: 3_600_000,
  small: { chunkSize: 64_000, chunkSizes: [64_000, 65_536], label: '64 KB', seconds: 83 },
  large: { chunkSize: 1_800_000, chunkSizes: [1_800_000], label: '1.8 MB', seconds: 8 },
} as const;

export function passedRows({ rows }: ChunkSizeSweep): readonly PassedRow[] {
  return rows.filter((row): row is PassedRow => row.kind === 'passed');
}
export function refusedRows({ rows }: ChunkSizeSweep): readonly RefusedRow[] {
  return rows.filter((row): row is RefusedRow => row.kind === 'refused');
}

function rowOf(sweep: ChunkSizeSweep, chunkSize: number): PassedRow | undefined {
  return passedRows(sweep).find((row) => row.chunkSize === chunkSize);
}

/** Without the id of the message, which says nothing to a person. */
export function describeReject({ at, errorCode, text }: RefusedRow): string {
  const reject = `${errorCode} ${text}`
    .replace(/BadIngressMessage\("(.*)"\)/, '$1')
    .replace(/^.*Request 0x[0-9a-f]+ is too large\. Message byte size/, 'is too large:')
    .trim();
  return `${at} ${reject}`;
}

export function describeInFlight(inFlight: number): string {
  return inFlight === 1 ? 'one call after the other' : `${inFlight} puts in flight`;
}

/** Undefined if no size passed. */
export function describeBest(sweep: ChunkSizeSweep): string | undefined {
  const row = sweep.best === null ? undefined : rowOf(sweep, sweep.best);
  if (row === undefined) return undefined;
  const { seconds, inFlight } = row.network[0]!;
  return (
    `${formatBytes(row.chunkSize)}, ${seconds} s with ${describeInFlight(inFlight)}: ${row.counters.calls} calls, and each waits for blocks, while ` +
    'bytes and instructions are nearly the same at any size. Of sizes with equal times the smallest.'
  );
}

/** Undefined if there is none. */
export function describeKnee(sweep: ChunkSizeSweep): string | undefined {
  const { knee, best } = sweep;
  const row = knee === null ? undefined : rowOf(sweep, knee);
  const bestRow = best === null ? undefined : rowOf(sweep, best);
  if (row === undefined || bestRow === undefined) return undefined;
  const slowest = Math.max(...passedRows(sweep).map(({ network }) => network[0]!.seconds));
  const { seconds } = row.network[0]!;
  const saved = (((slowest - seconds) / (slowest - bestRow.network[0]!.seconds)) * 100).toFixed(0);
  return (
    `${formatBytes(row.chunkSize)}, ${seconds} s: the farthest below the chord of time over log size; ${saved} % of what ` +
    'the best size saves is saved by then.'
  );
}

export interface ProductionComparison {
  /** Seconds of this run beside FIELD_FIGURES. */
  readonly small: number;
  readonly large: number;
  readonly field: string;
  readonly here: string;
}

/** Undefined where the field's file and sizes were not measured one call after the other. */
export function compareWithProduction(sweep: ChunkSizeSweep): ProductionComparison | undefined {
  const { small, large, fileSize } = PRODUCTION_FIGURES;
  const column = sweep.parallel.indexOf(1);
  const secondsOf = (sizes: readonly number[]) =>
    passedRows(sweep).find(({ chunkSize }) => sizes.includes(chunkSize))?.network[column]?.seconds;
  const [smallHere, largeHere] = [secondsOf(small.chunkSizes), secondsOf(large.chunkSizes)];
  if (sweep.fileSize !== fileSize || smallHere === undefined || largeHere === undefined) return undefined;
  const less = (from: number, to: number) => `${((1 - to / from) * 100).toFixed(0)} % less`;
  return {
    small: smallHere,
    large: largeHere,
    // 91 % is the field's own figure, of times that it rounds to seconds.
    field: `${small.seconds} s in ${small.label} chunks, ${large.seconds} s in ${large.label} chunks, 91 % less`,
    here: `${smallHere} s and ${largeHere} s, ${less(smallHere, largeHere)}`,
  };
}
