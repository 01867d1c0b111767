/** Measurements as Markdown. */
import type { BenchReport } from '../documents/bench-report.js';
import type { ScalingReport } from '../documents/scaling-report.js';
import { countOf, formatBytes, formatMilliseconds } from '../text/format-units.js';
import { escapeMarkdown, inlineCode, markdownTable } from './markdown.js';
import {
  compareWithProduction,
  describeBest,
  describeInFlight,
  describeKnee,
  describeReject,
  passedRows,
  refusedRows,
} from './sweep-wording.js';

export function benchHeadline({ chunkSizes, isInterrupted }: BenchReport): string {
  const { best, rows } = chunkSizes;
  if (isInterrupted) return `interrupted after ${countOf(rows.length, 'chunk size')}`;
  return best === null ? 'no chunk size passed' : `best chunk size: ${formatBytes(best)}`;
}

export function scalingHeadline({ isInterrupted }: ScalingReport): string {
  return isInterrupted ? 'scaling of costs (interrupted)' : 'scaling of costs';
}

export function renderBenchMarkdown(report: BenchReport): string {
  const { chunkSizes: sweep, wasm } = report;
  const best = describeBest(sweep);
  const knee = describeKnee(sweep);
  const production = compareWithProduction(sweep);
  const figure = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits));
  const rows = passedRows(sweep).map((row) => [
    formatBytes(row.chunkSize),
    `${row.counters.calls}`,
    figure(row.counters.instructions, 0),
    figure(row.instructionsPerByte, 2),
    ...row.network.map(({ seconds }) => `${seconds} s`),
    row.wall === null ? '-' : `${row.wall.medianMs.toFixed(0)} ms ±${row.wall.spreadPercent.toFixed(0)} %`,
  ]);
  const header = [
    'chunk size',
    'calls',
    'instructions',
    'instructions per byte',
    ...sweep.parallel.map((inFlight) => describeInFlight(inFlight)),
    'wall time',
  ];
  const lines = [
    `# Upload stress: ${benchHeadline(report)}`,
    '',
    `${formatBytes(sweep.fileSize)} uploaded to ${inlineCode(wasm.file)} on ${inlineCode(`${sweep.replica.name} ${sweep.replica.version}`)}, one block every ${sweep.blockSeconds} s.`,
    '',
    ...markdownTable(header, rows),
    '',
    ...refusedRows(sweep).map(
      (row) => `- Rejected: ${formatBytes(row.chunkSize)}, ${inlineCode(describeReject(row))}`,
    ),
    ...(best === undefined ? [] : [`- Best: ${escapeMarkdown(best)}`]),
    ...(knee === undefined ? [] : [`- Knee: ${escapeMarkdown(knee)}`]),
    ...(production === undefined
      ? []
      : [`- Reported from production: ${production.field}. In this sweep: ${production.here}.`]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

export function renderScalingMarkdown(report: ScalingReport): string {
  const { series, speed, wasm } = report;
  const speedRows = speed.map(({ name, medianMs, spreadPercent, samples, perSecond }) => [
    name,
    formatMilliseconds(medianMs),
    `±${spreadPercent.toFixed(1)} %`,
    `${samples}`,
    perSecond.toFixed(0),
  ]);
  const seriesRows = series.flatMap(({ name, unit, points, fit }) =>
    points.map(({ x, instructions, wallMs }) => [
      name,
      unit === 'bytes' ? formatBytes(x) : countOf(x, 'session'),
      instructions === null ? '-' : `${instructions}`,
      formatMilliseconds(wallMs),
      fit.instructions === null ? '-' : fit.instructions.exponent.toFixed(2),
      fit.wallMs === null ? '-' : fit.wallMs.exponent.toFixed(2),
    ]),
  );
  const lines = [
    `# Upload stress: ${scalingHeadline(report)}`,
    '',
    `${inlineCode(wasm.file)}. Instructions are the same on every run; wall times depend on the machine.`,
    '',
    ...markdownTable(['operation', 'median', 'spread', 'samples', 'per second'], speedRows),
    '',
    ...markdownTable(
      ['operation', 'size', 'instructions', 'wall time', 'exponent (instructions)', 'exponent (wall time)'],
      seriesRows,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
