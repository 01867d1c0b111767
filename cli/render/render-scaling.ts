/** The result of `bench --scaling` as tables: a figure for each size, and the fitted exponent. */
import type {
  ScalingPoint,
  ScalingReport,
  ScalingSeries,
  SpeedFigure,
} from '../../reports/documents/scaling-report.js';
import { renderTable } from './table.js';
import { formatMilliseconds, formatBytes } from '../../reports/text/format-units.js';

export function renderScaling({ series, speed }: Pick<ScalingReport, 'series' | 'speed'>): string[] {
  const groups = (['bytes', 'sessions'] as const).map((unit) => series.filter((each) => each.unit === unit));
  return [
    ...renderSpeed(speed),
    '',
    ...groups.filter((group) => group.length > 0).flatMap((group) => [...renderGroup(group), '']),
    'Instructions are the same on every run. Wall times depend on this machine.',
    'k: exponent of the fitted power law (least squares on logarithms): 0 is constant, 1 linear, 2 quadratic.',
  ];
}

function renderSpeed(speed: readonly SpeedFigure[]): string[] {
  const rows = speed.map(({ name, medianMs, spreadPercent, samples, perSecond }) => [
    name,
    formatMilliseconds(medianMs),
    `±${spreadPercent.toFixed(1)} %`,
    `${samples}`,
    perSecond.toFixed(0),
  ]);
  return renderTable(['operation', 'median', 'spread', 'samples', 'per second'], rows);
}

function renderGroup(group: readonly ScalingSeries[]): string[] {
  const [{ points, unit } = { points: [], unit: 'bytes' }] = group;
  const header = [unit, ...points.map(({ x }) => (unit === 'bytes' ? formatBytes(x) : `${x}`)), 'k', 'R²'];
  const rows = group.flatMap(({ name, points, fit }) => [
    ...(points.some(({ instructions }) => instructions !== null)
      ? [row(`${name}, instructions`, points.map(instructionText), fit.instructions)]
      : []),
    row(`${name}, wall`, points.map(wallText), fit.wallMs),
  ]);
  return renderTable(header, rows);
}

function row(name: string, figures: readonly string[], fit: ScalingSeries['fit']['wallMs']): string[] {
  return [
    name,
    ...figures,
    fit === null ? '-' : fit.exponent.toFixed(2),
    fit === null ? '-' : fit.r2.toFixed(2),
  ];
}

function instructionText({ instructions }: ScalingPoint): string {
  if (instructions === null) return '-';
  return instructions >= 1e9 ? `${(instructions / 1e9).toFixed(2)}G` : `${(instructions / 1e6).toFixed(3)}M`;
}

function wallText({ wallMs }: ScalingPoint): string {
  return formatMilliseconds(wallMs);
}
