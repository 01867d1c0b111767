/** Section about scaling: how costs grow with size, and the throughput of short operations. */
import { at } from '../../harness/at.js';
import type { PowerFit, ScalingReport, ScalingSeries } from '../documents/scaling-report.js';
import { formatBytes, formatMilliseconds, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { logLogPlot, LINE_STYLES } from './axis-plots.js';
import { collapsible, figureTable } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { legend } from './plots.js';

const SERIES_SHOWN_MAX = 40;
const POINTS_SHOWN_MAX = 20;

export function scalingSection(report: ScalingReport): Html {
  const series = report.series
    .slice(0, SERIES_SHOWN_MAX)
    .map((each) => ({ ...each, points: each.points.slice(0, POINTS_SHOWN_MAX) }));
  return html`<section aria-labelledby="growth">
    <h2 id="growth">Scaling of costs</h2>
    <p class="meta">
      Both axes are logarithmic. k is the exponent of the fitted power law: 0 is constant, 1 linear, 2
      quadratic. Instructions are the same on every run; wall times depend on the machine.
    </p>
    ${report.isInterrupted ? html`<p class="note">Interrupted: this section contains the measurements up to that point.</p>` : ''}
    <div class="plots pairs">
      ${(['bytes', 'sessions'] as const).flatMap((unit) => {
        const group = series.filter((each) => each.unit === unit);
        return [figureOf(group, unit, 'instructions'), figureOf(group, unit, 'wallMs')];
      })}
    </div>
    ${collapsible('All measurements as a table', growthTable(series))}
    ${speedTable(report.speed.slice(0, SERIES_SHOWN_MAX))}
  </section>`;
}

type Measure = 'instructions' | 'wallMs';
const MEASURES: Readonly<Record<Measure, { readonly title: string; readonly unit: string }>> = {
  instructions: { title: 'Instructions', unit: '' },
  wallMs: { title: 'Wall time', unit: 'ms' },
};

function figureOf(group: readonly ScalingSeries[], unit: ScalingSeries['unit'], measure: Measure): Html | '' {
  const lines = group.flatMap(({ name, points, fit }) => {
    const known = points.flatMap((point) => {
      const y = point[measure];
      return y === null || y <= 0 || point.x <= 0 ? [] : [[point.x, y] as const];
    });
    return known.length < 2 ? [] : [{ name, points: known, fit: fit[measure] }];
  });
  const drawn = lines.slice(0, LINE_STYLES.length);
  if (drawn.length === 0) return '';
  const { title, unit: yUnit } = MEASURES[measure];
  const by = unit === 'bytes' ? 'upload size' : 'number of sessions';
  const labels = drawn.map(({ name, fit }) => `${clip(name, 60)} ${formatExponent(fit)}`);
  const styled = drawn.map((line, i) => ({ ...line, label: at(labels, i), look: at(LINE_STYLES, i) }));
  return html`<figure>
    <figcaption>${title}<span class="range">by ${by}</span></figcaption>
    ${logLogPlot(
      styled.map(({ points, look }) => ({ look, points })),
      {
        id: htmlId('plot-growth', unit, measure),
        label: `${title} by ${by}: ${labels.join('; ')}; the table contains the figures`,
        xName: unit,
        unit: yUnit,
      },
    )}
    ${legend(styled.map(({ label, look }) => ({ name: label, ...look })))}
  </figure>`;
}

function formatExponent(fit: PowerFit | null): string {
  return fit === null ? '' : `k ${fit.exponent.toFixed(2)}`;
}

function growthTable(series: readonly ScalingSeries[]): Html {
  const describeFit = (fit: PowerFit | null) =>
    fit === null ? '–' : `${fit.exponent.toFixed(2)} (R² ${fit.r2.toFixed(2)})`;
  return figureTable({
    caption: 'Measurements by size, and fitted exponents',
    header: ['operation', 'size', 'instructions', 'k', 'wall time', 'k'],
    rows: series.flatMap(({ name, unit, points, fit }) =>
      points.map(({ x, instructions, wallMs }, i) => [
        clip(name, 60),
        unit === 'bytes' ? formatBytes(x) : `${formatNumber(x)} sessions`,
        formatNumber(instructions),
        i === 0 ? describeFit(fit.instructions) : '',
        formatMilliseconds(wallMs),
        i === 0 ? describeFit(fit.wallMs) : '',
      ]),
    ),
  });
}

function speedTable(speed: ScalingReport['speed']): Html | '' {
  if (speed.length === 0) return '';
  return html`<h3>Throughput of short operations</h3>
    ${figureTable({
      caption: 'Wall times on this machine',
      header: ['operation', 'median', 'spread', 'samples', 'per second'],
      rows: speed.map(({ name, medianMs, spreadPercent, samples, perSecond }) => [
        clip(name, 100),
        formatMilliseconds(medianMs),
        `±${spreadPercent.toFixed(1)} %`,
        formatNumber(samples),
        formatNumber(Math.round(perSecond)),
      ]),
    })}`;
}
