/** The result of `bench` as a table of at most 100 columns, and in words: the best chunk size and why. */
import type { ChunkSizeSweep, PassedRow } from '../../reports/documents/bench-report.js';
import { formatBytes } from '../../reports/text/format-units.js';
import {
  describeBest,
  compareWithProduction,
  describeKnee,
  passedRows,
  refusedRows,
  describeReject,
} from '../../reports/render/sweep-wording.js';
import { ROUND_TRIP_BLOCKS } from '../../campaigns/benchmark/network-time.js';
import { renderTable } from './table.js';

const WIDTH = 90;

export function renderSweep(sweep: ChunkSizeSweep): string[] {
  const parallel = sweep.parallel;
  const header = [
    ...['chunk', 'calls', 'instr', 'per byte', 'per call', 'sent', 'heap', 'stable', 'cycles'],
    ...parallel.map((inFlight) => `net ×${inFlight}`),
    'wall',
  ];
  const rows = passedRows(sweep).map((row) => cells(row, sweep));
  return [
    ...renderTable(header, rows),
    ...refusedRows(sweep).map((row) => `${formatBytes(row.chunkSize)} is rejected: ${describeReject(row)}`),
    '',
    'sent: bytes of Candid arguments. heap, stable: growth. All but wall are the same on every run.',
    `net: a call takes ${ROUND_TRIP_BLOCKS} blocks of ${sweep.blockSeconds} s; N puts in flight; 4 MiB per block. wall: median on this machine.`,
    ...conclusions(sweep),
  ];
}

function cells(row: PassedRow, { best, knee }: ChunkSizeSweep): string[] {
  const { counters, network, wall } = row;
  const mark = row.chunkSize === best ? ' *' : row.chunkSize === knee ? ' ^' : '';
  const orDash = (value: number | null, format: (value: number) => string) =>
    value === null ? '-' : format(value);
  return [
    `${formatBytes(row.chunkSize)}${mark}`,
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

function conclusions(sweep: ChunkSizeSweep): string[] {
  const best = describeBest(sweep);
  if (best === undefined) return ['No chunk size passed.'];
  const knee = describeKnee(sweep);
  const field = compareWithProduction(sweep);
  return [
    '',
    ...folded(`* Best: ${best}`),
    ...(knee === undefined
      ? ['  No knee: time falls evenly with the chunk size, or too few sizes passed.']
      : folded(`^ Knee: ${knee}`)),
    ...(field === undefined
      ? []
      : [`In production, 3.6 MB: ${field.field}.`, `Here:                  ${field.here}.`]),
  ];
}

/** Folds the text to lines of at most WIDTH characters. All lines but the first are indented. */
function folded(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}
