/** The chunk-size sweep as a table of at most 100 columns, and in words: which size to take, and why. */
import type { ChunkSizeSweep, PassedRow, SweepRow } from './chunk-sizes.js';
import { ROUND_TRIP_BLOCKS } from './network-time.js';
import { renderTable } from './table.js';
import { sizeWords } from './units.js';

/** What is known of a 3.6 MB upload in the field, one call after the other: seconds by chunk size in bytes. */
export const FIELD_FIGURES = {
  fileSize: 3_600_000,
  small: { chunkSizes: [64_000, 65_536], label: '64 KB', seconds: 83 },
  large: { chunkSizes: [1_800_000], label: '1.8 MB', seconds: 8 },
} as const;

export function renderSweep(sweep: ChunkSizeSweep): string[] {
  const parallel = sweep.parallel;
  const header = [
    ...['chunk', 'calls', 'instr', 'per byte', 'per call', 'sent', 'heap', 'stable', 'cycles'],
    ...parallel.map((inFlight) => `net ×${inFlight}`),
    'wall',
  ];
  const passed = sweep.rows.filter((row): row is PassedRow => row.kind === 'passed');
  const refused = sweep.rows.filter((row) => row.kind === 'refused');
  const rows = passed.map((row) => cells(row, sweep));
  return [
    ...renderTable(header, rows),
    ...refused.map((row) => `${sizeWords(row.chunkSize)} cannot pass: ${row.at} ${shortened(row)}`),
    '',
    "sent: bytes of the calls' Candid arguments. heap, stable: growth. Equal on every run, but for wall.",
    `net: a call takes ${ROUND_TRIP_BLOCKS} blocks of ${sweep.blockSeconds} s; N puts in flight; 4 MiB a block. wall: median, this machine.`,
    ...inWords(sweep),
  ];
}

function cells(row: PassedRow, { best, knee }: ChunkSizeSweep): string[] {
  const { counters, network, wall } = row;
  const mark = row.chunkSize === best ? ' *' : row.chunkSize === knee ? ' ^' : '';
  const orDash = (value: number | null, words: (value: number) => string) =>
    value === null ? '-' : words(value);
  return [
    `${sizeWords(row.chunkSize)}${mark}`,
    `${counters.calls}`,
    orDash(counters.instructions, (value) => `${(value / 1e6).toFixed(1)}M`),
    orDash(row.instructionsPerByte, (value) => value.toFixed(2)),
    orDash(row.instructionsPerCall, (value) => `${(value / 1e6).toFixed(1)}M`),
    `${(counters.argBytes / 1e3).toFixed(0)}k`,
    orDash(counters.heapGrowth, (value) => `${value / 1024}K`),
    `${(counters.stableGrowth / 1024 / 1024).toFixed(1)}M`,
    `${(counters.cycles / 1e9).toFixed(2)}G`,
    ...network.map(({ seconds }) => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`),
    wall === null ? '-' : `${wall.medianMs.toFixed(0)} ms ±${wall.spreadPercent.toFixed(0)}%`,
  ];
}

/** The reject without the id of the message, which says nothing to a person. */
const shortened = ({ errorCode, text }: SweepRow & { kind: 'refused' }): string =>
  `${errorCode} ${text}`
    .replace(/BadIngressMessage\("(.*)"\)/, '$1')
    .replace(/^.*Request 0x[0-9a-f]+ is too large\. Message byte size/, 'is too large:')
    .trim();

function inWords(sweep: ChunkSizeSweep): string[] {
  const { best, rows, parallel } = sweep;
  if (best === null) return ['No size passed.'];
  const at = (chunkSize: number) => rows.find((row) => row.chunkSize === chunkSize) as PassedRow;
  const { calls } = at(best).counters;
  const seconds = at(best).network[0]!.seconds;
  const how = parallel[0] === 1 ? 'one call after the other' : `${parallel[0]} puts in flight`;
  return [
    '',
    `* Best: ${sizeWords(best)}, ${seconds} s with ${how}: ${calls} calls, and each waits for blocks, while`,
    '  bytes and instructions are nearly the same at any size. Of sizes with equal times the smallest.',
    ...kneeWords(sweep, seconds, at),
    ...fieldWords(sweep),
  ];
}

function kneeWords(
  { knee, rows }: ChunkSizeSweep,
  bestSeconds: number,
  at: (chunkSize: number) => PassedRow,
): string[] {
  if (knee === null) return ['  No knee: time falls evenly with the size, or too few sizes passed.'];
  const slowest = Math.max(...rows.map((row) => (row.kind === 'passed' ? row.network[0]!.seconds : 0)));
  const { seconds } = at(knee).network[0]!;
  const saved = (((slowest - seconds) / (slowest - bestSeconds)) * 100).toFixed(0);
  return [
    `^ Knee: ${sizeWords(knee)}, ${seconds} s: the farthest below the chord of time over log size; ${saved} % of what`,
    '  the best size saves is saved by then.',
  ];
}

/** The field's figures beside this run's, where the same file and sizes were measured. */
function fieldWords({ fileSize, rows, parallel }: ChunkSizeSweep): string[] {
  const column = parallel.indexOf(1);
  const secondsOf = (sizes: readonly number[]) => {
    const row = rows.find(
      (each): each is PassedRow => each.kind === 'passed' && sizes.includes(each.chunkSize),
    );
    return row?.network[column]?.seconds;
  };
  const [small, large] = [
    secondsOf(FIELD_FIGURES.small.chunkSizes),
    secondsOf(FIELD_FIGURES.large.chunkSizes),
  ];
  if (fileSize !== FIELD_FIGURES.fileSize || small === undefined || large === undefined) return [];
  const less = (from: number, to: number) => `${((1 - to / from) * 100).toFixed(0)} % less`;
  const field = FIELD_FIGURES;
  return [
    `In the field, 3.6 MB: ${field.small.seconds} s in ${field.small.label} chunks, ${field.large.seconds} s in ${field.large.label} chunks, 91 % less.`,
    `Here:                 ${small} s and ${large} s, ${less(small, large)}.`,
  ];
}
