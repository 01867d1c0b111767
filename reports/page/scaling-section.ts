/** How costs grow with size, and how fast small pieces of work are. */
import type { PowerFit, ScalingReport, ScalingSeries } from '../documents/scaling-report.js';
import { formatMilliseconds, formatBytes } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { logLogPlot, LINE_STYLES } from './axis-plots.js';
import { figureTable, formatNumber } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { legend } from './plots.js';

const SERIES_SHOWN_MAX = 40;
const POINTS_SHOWN_MAX = 20;

export function scalingSection(report: ScalingReport): Html {
  const series = report.series
    .slice(0, SERIES_SHOWN_MAX)
    .map((each) => ({ ...each, points: each.points.slice(0, POINTS_SHOWN_MAX) }));
  return html`<section aria-labelledby="growth">
    <h2 id="growth">How costs grow</h2>
    <p class="meta">
      Both axes are logarithmic. The exponent k of the fitted power law: 0 is constant, 1 in proportion, 2
      with the square. Instructions are equal on every run; wall times are of this machine.
    </p>
    ${report.isInterrupted ? html`<p class="note">Interrupted: this is what was measured until then.</p>` : ''}
    <div class="plots pairs">
      ${(['bytes', 'sessions'] as const).flatMap((unit) => {
        const group = series.filter((each) => each.unit === unit);
        return [figureOf(group, unit, 'instructions'), figureOf(group, unit, 'wallMs')];
      })}
    </div>
    ${growthTable(series)} ${speedTable(report.speed.slice(0, SERIES_SHOWN_MAX))}
  </section>`;
}

type Measure = 'instructions' | 'wallMs';
const MEASURES: Readonly<Record<Measure, { readonly title: string; readonly unit: string }>> = {
  instructions: { title: 'Instructions', unit: '' },
  wallMs: { title: 'Wall time, this machine', unit: 'ms' },
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
  const by = unit === 'bytes' ? 'size of the upload' : 'number of sessions';
  const words = drawn.map(({ name, fit }) => `${clip(name, 60)} ${exponentWords(fit)}`);
  return html`<figure>
    <figcaption>${title}<span class="range">by ${by}</span></figcaption>
    ${logLogPlot(
      drawn.map(({ points }, i) => ({ look: LINE_STYLES[i]!, points })),
      {
        id: htmlId('plot-growth', unit, measure),
        label: `${title} by ${by}: ${words.join('; ')}; the figures are in the table`,
        xName: unit,
        unit: yUnit,
      },
    )}
    ${legend(drawn.map((_, i) => ({ name: words[i]!, ...LINE_STYLES[i]! })))}
  </figure>`;
}

const exponentWords = (fit: PowerFit | null): string => (fit === null ? '' : `k ${fit.exponent.toFixed(2)}`);

function growthTable(series: readonly ScalingSeries[]): Html {
  const fitWords = (fit: PowerFit | null) =>
    fit === null ? '–' : `${fit.exponent.toFixed(2)} (R² ${fit.r2.toFixed(2)})`;
  return figureTable({
    caption: 'Figures by size, and the fitted exponents',
    header: ['what', 'size', 'instructions', 'k', 'wall, this machine', 'k'],
    rows: series.flatMap(({ name, unit, points, fit }) =>
      points.map(({ x, instructions, wallMs }, i) => [
        clip(name, 60),
        unit === 'bytes' ? formatBytes(x) : `${formatNumber(x)} sessions`,
        formatNumber(instructions),
        i === 0 ? fitWords(fit.instructions) : '',
        formatMilliseconds(wallMs),
        i === 0 ? fitWords(fit.wallMs) : '',
      ]),
    ),
  });
}

function speedTable(speed: ScalingReport['speed']): Html | '' {
  if (speed.length === 0) return '';
  return html`<h3>Small pieces of work, again and again</h3>
    ${figureTable({
      caption: 'Wall times of this machine',
      header: ['what', 'median', 'spread', 'samples', 'a second'],
      rows: speed.map(({ name, medianMs, spreadPercent, samples, perSecond }) => [
        clip(name, 100),
        formatMilliseconds(medianMs),
        `±${spreadPercent.toFixed(1)} %`,
        formatNumber(samples),
        formatNumber(Math.round(perSecond)),
      ]),
    })}`;
}
