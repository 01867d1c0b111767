/**
 * Plots as SVG, rendered when the report is written, so that the page needs no script. Colours are CSS variables of the page, so that one
 * drawing works in light and dark mode. Text from a document enters a plot only through `visibleLine`; the library escapes it.
 */
import { init, type EChartsCoreOption } from './chart-library.js';
import { Html, escapeHtml, html } from './html.js';

const FONT_PX = 12;
const DIGITS = 3;
export const plotText = { color: 'var(--muted)', fontSize: FONT_PX };
export const axisLine = { lineStyle: { color: 'var(--line)' } };

/** A vertical value axis with its unit above it. Its labels have so many significant digits. */
export function valueAxis(unit: string, digits = DIGITS) {
  return {
    type: 'value',
    splitNumber: 4,
    name: unit,
    nameLocation: 'end',
    nameGap: 12,
    nameTextStyle: { ...plotText, align: 'right' },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: axisLine,
    axisLabel: { ...plotText, formatter: (value: number) => shortNumber(value, digits) },
  };
}

export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

/** `id` must be unique on the page. Screen readers read `label` instead of the picture. */
export function drawPlot(
  option: EChartsCoreOption,
  { id, label, width, height }: PlotSize & { readonly id: string; readonly label: string },
): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option });
    return new Html(inPage(chart.renderToSVGString(), id, label));
  } finally {
    chart.dispose();
  }
}

/**
 * Keeps only the drawing of the library's SVG document. Removes its style rules, which would apply to the whole page, and makes its ids
 * deterministic, so that the same report renders to the same bytes.
 */
function inPage(svg: string, id: string, label: string): string {
  return svg
    .replace(/<style\b[\s\S]*?<\/style>/g, '')
    .replace(/ class="zr\d+-cls-\d+"| ecmeta_\w+="[^"]*"/g, '')
    .replace(
      / (?:pointer-events="visible"|xml:space="preserve"|style="font-size:12px;font-family:inherit;")/g,
      '',
    )
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(/<svg width="(\d+)" height="(\d+)"[^>]*>/, (_, width: string, height: string) => {
      const name = escapeHtml(label);
      return `<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}">`;
    });
}

export interface Line {
  readonly name: string;
  readonly color: string;
  readonly isDashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlot {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly xMax: number;
  /** If true, the value axis starts near the least value and nothing is filled. Default: it starts at 0. */
  readonly isZoomed?: boolean;
  /** If true, a value holds until the next point. Default: values between two points lie on the line between them. */
  readonly isStepped?: boolean;
}

/** Lines over the runs. */
export function linePlot(
  lines: readonly Line[],
  { id, label, unit, xMax, isZoomed = false, isStepped = false }: LinePlot,
): Html {
  const grid = {
    left: 8,
    right: 16,
    top: 10,
    bottom: 4,
    outerBoundsMode: 'same',
    // With the unit, which may be longer than the numbers below it.
    outerBoundsContain: 'all',
  };
  const option: EChartsCoreOption = {
    grid,
    xAxis: {
      type: 'value',
      min: 0,
      max: xMax,
      minInterval: 1,
      splitNumber: 4,
      axisLine,
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        ...plotText,
        hideOverlap: true,
        showMaxLabel: false,
        formatter: (value: number) => shortNumber(value),
      },
    },
    yAxis: isZoomed
      ? { ...valueAxis(unit, digitsToTellApart(lines)), scale: true }
      : { ...valueAxis(unit), min: 0 },
    series: lines.map(({ color, isDashed, points }) => ({
      type: 'line',
      step: isStepped ? 'end' : false,
      silent: true,
      data: points,
      showSymbol: points.length < 3,
      symbolSize: 6,
      itemStyle: { color },
      lineStyle: { color, width: 2, type: isDashed === true ? [5, 4] : 'solid' },
      ...(isDashed === true || isZoomed ? {} : { areaStyle: { color, opacity: 0.14 } }),
    })),
  };
  return drawPlot(option, { id, label, width: 300, height: 180 });
}

/** The mark of each kind of step. Marks differ in shape as well as in colour. */
export const STEP_MARKS = [
  { name: 'begin', kinds: ['begin'], symbol: 'triangle', color: 'var(--c1)' },
  { name: 'put', kinds: ['put'], symbol: 'rect', color: 'var(--c2)' },
  { name: 'finish', kinds: ['finish'], symbol: 'diamond', color: 'var(--c3)' },
  { name: 'other call', kinds: [], symbol: 'circle', color: 'var(--muted)' },
  {
    name: 'environment step',
    kinds: ['advance', 'upgrade', 'restart', 'deliver', 'drain'],
    symbol: 'rect',
    color: 'var(--c4)',
  },
] as const;

export interface StripStep {
  readonly lane: number | null;
  readonly kind: string;
}

/** Every step of a schedule as a mark in its lane. Environment steps are in the lowest row. */
export function stripPlot(
  steps: readonly StripStep[],
  { id, label, stepsMax }: { id: string; label: string; stepsMax: number },
): Html {
  const lanes = [...new Set(steps.flatMap(({ lane }) => lane ?? []))].sort((a, b) => a - b);
  const rows = [
    ...lanes.map((lane) => `lane ${lane}`),
    ...(steps.some(({ lane }) => lane === null) ? ['no lane'] : []),
  ];
  const rowOf = (lane: number | null) => (lane === null ? rows.length - 1 : lanes.indexOf(lane));
  const size = Math.max(4, Math.min(9, 270 / stepsMax));
  const markOf = (kind: string) =>
    STEP_MARKS.findIndex(({ kinds }) => (kinds as readonly string[]).includes(kind));
  const other = STEP_MARKS.findIndex(({ kinds }) => kinds.length === 0);
  const option: EChartsCoreOption = {
    grid: { left: 58, right: 8, top: 8, bottom: 24 },
    xAxis: {
      type: 'value',
      min: 0,
      max: stepsMax + 1,
      minInterval: 1,
      splitNumber: 6,
      axisLine,
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: { ...plotText, showMinLabel: false, showMaxLabel: false },
    },
    yAxis: {
      type: 'category',
      data: rows,
      inverse: true,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: true, ...axisLine },
      axisLabel: plotText,
    },
    series: STEP_MARKS.map(({ symbol, color }, mark) => ({
      type: 'scatter',
      silent: true,
      symbol,
      symbolSize: size,
      itemStyle: { color, opacity: 1 },
      data: steps.flatMap(({ lane, kind }, i) => {
        const own = markOf(kind);
        return (own < 0 ? other : own) === mark ? [[i + 1, rowOf(lane)]] : [];
      }),
    })),
  };
  return drawPlot(option, { id, label, width: 340, height: 36 + 18 * Math.max(1, rows.length) });
}

/** So many significant digits that the labels of an axis from the least to the greatest value differ. */
function digitsToTellApart(lines: readonly Line[]): number {
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const most = Math.max(...values.map(Math.abs));
  const spread = Math.max(...values) - Math.min(...values);
  return spread > 0 ? Math.max(DIGITS, Math.ceil(Math.log10(most / spread)) + 2) : DIGITS;
}

/** A number with an SI prefix from 1,000: `1.5 M`. */
export function shortNumber(value: number, digits = DIGITS): string {
  for (const [size, unit] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(digits))} ${unit}`;
  }
  return String(Number(value.toPrecision(digits)));
}

/** `between 1 MiB and 2 MiB`, or `always 1 MiB`. Ignores null; requires at least one number. */
export function describeRange(values: readonly (number | null)[], unit: string): string {
  const known = values.filter((value) => value !== null);
  const format = (value: number) => `${shortNumber(value)}${unit === '' ? '' : ` ${unit}`}`;
  const [least, most] = [format(Math.min(...known)), format(Math.max(...known))];
  return least === most ? `always ${most}` : `between ${least} and ${most}`;
}

export function legend(
  items: readonly { readonly name: string; readonly color: string; readonly shape: string }[],
): Html {
  return html`<ul class="legend" role="list">
    ${items.map(
      ({ name, color, shape }) =>
        html`<li><span class="key ${shape}" style="--key: ${color}" aria-hidden="true"></span>${name}</li>`,
    )}
  </ul>`;
}
