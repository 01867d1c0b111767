/** Measurements as Markdown pages. */
import type { BenchReport } from '../documents/bench-report.js';
import { inlineCode, markdownTable, escapeMarkdown } from './run-markdown.js';
import type { ScalingReport } from '../documents/scaling-report.js';
import { formatMilliseconds, formatBytes } from '../text/format-units.js';
import {
  describeBest,
  compareWithProduction,
  describeInFlight,
  describeKnee,
  passedRows,
  refusedRows,
  describeReject,
} from './sweep-wording.js';

export function benchHeadline({ chunkSizes, isInterrupted }: BenchReport): string {
  const { best, rows } = chunkSizes;
  if (isInterrupted) return `interrupted after ${rows.length} chunk size${rows.length === 1 ? '' : 's'}`;
  return best === null ? 'no chunk size passed' : `the best chunk size is ${formatBytes(best)}`;
}

export function scalingHeadline({ isInterrupted }: ScalingReport): string {
  return isInterrupted ? 'how costs grow: interrupted, not all was measured' : 'how costs grow';
}

export function renderBenchMarkdown(report: BenchReport): string {
  const { chunkSizes: sweep, wasm } = report;
  const best = describeBest(sweep);
  const knee = describeKnee(sweep);
  const field = compareWithProduction(sweep);
  const figure = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits));
  const rows = passedRows(sweep).map((row) => [
    formatBytes(row.chunkSize),
    `${row.counters.calls}`,
    figure(row.counters.instructions, 0),
    figure(row.instructionsPerByte, 2),
    ...row.network.map(({ seconds }) => `${seconds} s`),
    row.wall === null ? '-' : `${row.wall.medianMs.toFixed(0)} ms ±${row.wall.spreadPercent.toFixed(0)} %`,
  ]);
  const lines = [
    `# Upload stress: ${benchHeadline(report)}`,
    '',
    `${formatBytes(sweep.fileSize)} to ${inlineCode(wasm.file)} on ${inlineCode(`${sweep.replica.name} ${sweep.replica.version}`)}, a block every ${sweep.blockSeconds} s.`,
    '',
    ...markdownTable(
      [
        'chunk',
        'calls',
        'instructions',
        'per byte',
        ...sweep.parallel.map((inFlight) => describeInFlight(inFlight)),
        'wall, this machine',
      ],
      rows,
    ),
    '',
    ...refusedRows(sweep).map(
      (row) => `- ${formatBytes(row.chunkSize)} cannot pass: ${inlineCode(describeReject(row))}`,
    ),
    ...(best === undefined ? [] : [`- Best: ${escapeMarkdown(best)}`]),
    ...(knee === undefined ? [] : [`- Knee: ${escapeMarkdown(knee)}`]),
    ...(field === undefined ? [] : [`- In the field ${field.field}; here ${field.here}.`]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

export function renderScalingMarkdown(report: ScalingReport): string {
  const { series, speed, wasm } = report;
  const lines = [
    `# Upload stress: ${scalingHeadline(report)}`,
    '',
    `${inlineCode(wasm.file)}. Instructions are equal on every run; wall times are of this machine.`,
    '',
    ...markdownTable(
      ['small pieces of work', 'median', 'spread', 'samples', 'a second'],
      speed.map(({ name, medianMs, spreadPercent, samples, perSecond }) => [
        name,
        formatMilliseconds(medianMs),
        `±${spreadPercent.toFixed(1)} %`,
        `${samples}`,
        perSecond.toFixed(0),
      ]),
    ),
    '',
    ...markdownTable(
      ['what', 'of', 'instructions', 'wall', 'exponent of instructions', 'exponent of wall time'],
      series.flatMap(({ name, unit, points, fit }) =>
        points.map(({ x, instructions, wallMs }) => [
          name,
          unit === 'bytes' ? formatBytes(x) : `${x} sessions`,
          instructions === null ? '-' : `${instructions}`,
          formatMilliseconds(wallMs),
          fit.instructions === null ? '-' : fit.instructions.exponent.toFixed(2),
          fit.wallMs === null ? '-' : fit.wallMs.exponent.toFixed(2),
        ]),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
