/** Plots with category or logarithmic axes: chunk sizes, gates, scaling of costs, and changes against a baseline. */
import { visibleLine } from '../text/visible-text.js';
import type { EChartsCoreOption } from './chart-library.js';
import type { Html } from './html.js';
import { axisLine, drawPlot, plotText, valueAxis, type PlotSize } from './plots.js';

const WIDTH = 320;
const CATEGORY_PLOT_SIZE: PlotSize = { width: WIDTH, height: 200 };
const GRID = { left: 8, right: 18, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' };

/** Lines differ in shape as well as in colour. A plot has at most as many lines as there are styles. */
export const LINE_STYLES = [
  { color: 'var(--c1)', symbol: 'circle', shape: 'circle' },
  { color: 'var(--c3)', symbol: 'triangle', shape: 'triangle' },
  { color: 'var(--c2)', symbol: 'rect', shape: 'square' },
  { color: 'var(--c4)', symbol: 'diamond', shape: 'diamond' },
  { color: 'var(--muted)', symbol: 'circle', shape: 'ring' },
] as const;
export type LineStyle = (typeof LINE_STYLES)[number];

/** A ring is filled with the background colour of the page, light or dark. */
function markStyle({ color, shape }: LineStyle) {
  return {
    opacity: 1,
    ...(shape === 'ring' ? { color: 'var(--panel)', borderColor: color, borderWidth: 2 } : { color }),
  };
}

interface Named {
  /** Unique on the page. */
  readonly id: string;
  /** Screen readers read it instead of the picture. */
  readonly label: string;
}

export interface CategoryLine {
  readonly look: LineStyle;
  /** One value per category; null if it is missing. */
  readonly values: readonly (number | null)[];
  /** Half the length of the error bar of each value. */
  readonly spread?: readonly (number | null)[];
  /** If true, the values are not connected. */
  readonly isDots?: boolean;
}

export interface CategoryMark {
  readonly category: number;
  readonly value: number;
  readonly text: string;
}

export interface CategoryPlot extends Named {
  readonly categories: readonly string[];
  readonly lines: readonly CategoryLine[];
  readonly marks?: readonly CategoryMark[];
  readonly unit: string;
  /** Range of the value axis; by default it starts at 0. */
  readonly range?: readonly [min: number, max: number];
  readonly size?: PlotSize;
}

/** Lines over categories, in the given order. */
export function categoryPlot(plot: CategoryPlot): Html {
  const { id, label, categories, lines, marks = [], unit, range, size = CATEGORY_PLOT_SIZE } = plot;
  const option: EChartsCoreOption = {
    grid: { ...GRID, top: 30 },
    xAxis: {
      type: 'category',
      data: categories.map(visibleLine),
      axisLine: { ...axisLine, onZero: false },
      axisTick: { show: false },
      axisLabel: { ...plotText, rotate: categories.length > 2 ? 45 : 0, hideOverlap: true },
    },
    yAxis: {
      ...valueAxis(unit),
      min: range?.[0] ?? 0,
      ...(range === undefined ? {} : { max: range[1], interval: (range[1] - range[0]) / 2 }),
    },
    series: [
      ...lines.flatMap(({ spread, values, look }) =>
        spread === undefined ? [] : [errorBars(values, spread, look.color)],
      ),
      ...lines.map(({ look, values, isDots }) => ({
        type: isDots === true ? 'scatter' : 'line',
        silent: true,
        data: [...values],
        symbol: look.symbol,
        showSymbol: true,
        symbolSize: isDots === true ? 10 : 6,
        itemStyle: markStyle(look),
        lineStyle: { color: look.color, width: 2 },
      })),
      {
        type: 'scatter',
        silent: true,
        symbol: 'circle',
        symbolSize: 14,
        itemStyle: { color: 'none', borderColor: 'var(--ink)', borderWidth: 2 },
        label: {
          show: true,
          position: 'top',
          offset: [8, 0],
          color: 'var(--ink)',
          fontSize: 12,
          fontWeight: 600,
        },
        data: marks.map(({ category, value, text }) => ({
          value: [category, value],
          label: { formatter: () => text },
        })),
      },
    ],
  };
  return drawPlot(option, { id, label, ...size });
}

interface ChartApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}

function errorBars(
  values: readonly (number | null)[],
  spread: readonly (number | null)[],
  color: string,
): object {
  return {
    type: 'custom',
    silent: true,
    renderItem: (_: unknown, api: ChartApi) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const [, high] = api.coord([api.value(0), api.value(2)]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: color, lineWidth: 1.5, opacity: 0.6 },
      });
      return {
        type: 'group',
        children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)],
      };
    },
    data: values.flatMap((value, category) => {
      const half = spread[category];
      return value === null || half === null || half === undefined
        ? []
        : [[category, Math.max(0, value - half), value + half]];
    }),
  };
}

export interface LogLogLine {
  readonly look: LineStyle;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Both axes are logarithmic: a power law is a straight line, and its slope is the exponent. Omits points at or below 0. */
export function logLogPlot(
  lines: readonly LogLogLine[],
  { id, label, xName, unit }: Named & { readonly xName: string; readonly unit: string },
): Html {
  const drawn = lines.map(({ look, points }) => ({
    look,
    points: points.filter(([x, y]) => x > 0 && y > 0),
  }));
  const decades = (values: readonly number[]) => ({
    min: 10 ** Math.floor(Math.log10(Math.min(...values))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...values) * 1.001)),
  });
  const all = drawn.flatMap(({ points }) => points);
  const log = (values: readonly number[], name: string) => ({
    ...valueAxis(name),
    ...decades(values),
    type: 'log',
    logBase: 10,
  });
  const option: EChartsCoreOption = {
    grid: { ...GRID, top: 30, bottom: 22 },
    xAxis: {
      ...log(
        all.map(([x]) => x),
        xName,
      ),
      nameLocation: 'middle',
      nameGap: 24,
      nameTextStyle: plotText,
      axisLine,
      splitLine: { show: true, ...axisLine },
    },
    yAxis: log(
      all.map(([, y]) => y),
      unit,
    ),
    series: drawn.map(({ look, points }) => ({
      type: 'line',
      silent: true,
      data: points,
      symbol: look.symbol,
      showSymbol: true,
      symbolSize: 7,
      itemStyle: markStyle(look),
      lineStyle: { color: look.color, width: 2 },
    })),
  };
  return drawPlot(option, { id, label, width: WIDTH, height: 220 });
}

export interface Row {
  readonly name: string;
  readonly value: number;
  /** Label at the end of the bar. */
  readonly text: string;
  readonly color: string;
}

const ROW_HEIGHT = 38;
const BAR_HEIGHT = 10;
const NAME_CHARACTERS_MAX = 46;

/** One horizontal bar per row, from 0 to the left or right, in the given order, with its name above it. */
export function barsPlot(rows: readonly Row[], { id, label }: Named): Html {
  const short = (name: string) => {
    const line = visibleLine(name);
    return line.length > NAME_CHARACTERS_MAX
      ? `${line.slice(0, NAME_CHARACTERS_MAX - 1).toWellFormed()}…`
      : line;
  };
  const values = rows.map(({ value }) => value);
  const [min, max] = [Math.min(0, ...values), Math.max(0, ...values)];
  // Space for the labels at the ends of the bars.
  const room = (max - min) * 0.5;
  const option: EChartsCoreOption = {
    grid: { left: 1, right: 1, top: 6, bottom: 4 },
    xAxis: {
      type: 'value',
      min: min < 0 ? min - room : 0,
      max: max > 0 ? max + room : 0,
      axisLabel: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => short(name)),
      axisLine: { show: min < 0 && max > 0, ...axisLine },
      axisTick: { show: false },
      axisLabel: { show: false },
    },
    series: [
      {
        type: 'bar',
        silent: true,
        barWidth: BAR_HEIGHT,
        data: rows.map(({ value, text, color }) => ({
          value,
          itemStyle: { color },
          label: {
            show: true,
            position: value < 0 ? 'left' : 'right',
            color: 'var(--ink)',
            fontSize: 12,
            formatter: () => text,
          },
        })),
      },
      {
        type: 'scatter',
        silent: true,
        symbolSize: 0,
        itemStyle: { opacity: 1 },
        data: rows.map(({ name }, row) => ({
          value: [min < 0 ? min - room : 0, row],
          label: {
            show: true,
            position: 'right',
            offset: [-4, -BAR_HEIGHT - 3],
            ...plotText,
            formatter: () => short(name),
          },
        })),
      },
    ],
  };
  return drawPlot(option, { id, label, width: WIDTH, height: 12 + ROW_HEIGHT * rows.length });
}

/** Cumulative number of values, over a logarithmic axis that starts at 1. `of` is the maximum of the count axis. */
export function cumulativePlot(
  values: readonly number[],
  { id, label, xName, of }: Named & { readonly xName: string; readonly of: number },
): Html {
  const sorted = values.map((value) => Math.max(1, value)).toSorted((a, b) => a - b);
  const end = 10 ** Math.max(1, Math.ceil(Math.log10(sorted.at(-1) ?? 1)));
  const option: EChartsCoreOption = {
    grid: { ...GRID, top: 12, bottom: 22 },
    xAxis: {
      ...valueAxis(xName),
      type: 'log',
      logBase: 10,
      min: 1,
      max: end,
      nameLocation: 'middle',
      nameGap: 24,
      nameTextStyle: plotText,
      axisLine,
      splitLine: { show: true, ...axisLine },
    },
    yAxis: { ...valueAxis(''), min: 0, max: of, minInterval: 1 },
    series: [
      {
        type: 'line',
        step: 'end',
        silent: true,
        showSymbol: false,
        data: [[1, 0], ...sorted.map((value, index) => [value, index + 1]), [end, sorted.length]],
        lineStyle: { color: 'var(--c1)', width: 2 },
        areaStyle: { color: 'var(--c1)', opacity: 0.14 },
      },
    ],
  };
  return drawPlot(option, { id, label, width: WIDTH, height: 200 });
}
