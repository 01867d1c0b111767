/** Measurements as Markdown pages. */
import type { BenchReport } from '../documents/bench-report.js';
import { inlineCode, markdownTable, prose } from './run-markdown.js';
import type { ScalingReport } from '../documents/scaling-report.js';
import { millisecondsWords, sizeWords } from '../text/format-units.js';
import {
  bestWords,
  fieldComparison,
  inFlightWords,
  kneeWords,
  passedRows,
  refusedRows,
  rejectWords,
} from './sweep-wording.js';

export function benchHeadline({ chunkSizes, isInterrupted }: BenchReport): string {
  const { best, rows } = chunkSizes;
  if (isInterrupted) return `interrupted after ${rows.length} chunk size${rows.length === 1 ? '' : 's'}`;
  return best === null ? 'no chunk size passed' : `the best chunk size is ${sizeWords(best)}`;
}

export function scalingHeadline({ isInterrupted }: ScalingReport): string {
  return isInterrupted ? 'how costs grow: interrupted, not all was measured' : 'how costs grow';
}

export function renderBenchMarkdown(report: BenchReport): string {
  const { chunkSizes: sweep, wasm } = report;
  const best = bestWords(sweep);
  const knee = kneeWords(sweep);
  const field = fieldComparison(sweep);
  const figure = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits));
  const rows = passedRows(sweep).map((row) => [
    sizeWords(row.chunkSize),
    `${row.counters.calls}`,
    figure(row.counters.instructions, 0),
    figure(row.instructionsPerByte, 2),
    ...row.network.map(({ seconds }) => `${seconds} s`),
    row.wall === null ? '-' : `${row.wall.medianMs.toFixed(0)} ms ±${row.wall.spreadPercent.toFixed(0)} %`,
  ]);
  const lines = [
    `# Upload stress: ${benchHeadline(report)}`,
    '',
    `${sizeWords(sweep.fileSize)} to ${inlineCode(wasm.file)} on ${inlineCode(`${sweep.replica.name} ${sweep.replica.version}`)}, a block every ${sweep.blockSeconds} s.`,
    '',
    ...markdownTable(
      [
        'chunk',
        'calls',
        'instructions',
        'per byte',
        ...sweep.parallel.map((inFlight) => inFlightWords(inFlight)),
        'wall, this machine',
      ],
      rows,
    ),
    '',
    ...refusedRows(sweep).map(
      (row) => `- ${sizeWords(row.chunkSize)} cannot pass: ${inlineCode(rejectWords(row))}`,
    ),
    ...(best === undefined ? [] : [`- Best: ${prose(best)}`]),
    ...(knee === undefined ? [] : [`- Knee: ${prose(knee)}`]),
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
        millisecondsWords(medianMs),
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
          unit === 'bytes' ? sizeWords(x) : `${x} sessions`,
          instructions === null ? '-' : `${instructions}`,
          millisecondsWords(wallMs),
          fit.instructions === null ? '-' : fit.instructions.exponent.toFixed(2),
          fit.wallMs === null ? '-' : fit.wallMs.exponent.toFixed(2),
        ]),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
