/** Section about the counters of a gate: their change against the baseline and over earlier gates. */
import { at } from '../../harness/at.js';
import { gateVerdictOf, type GateReport } from '../documents/gate-report.js';
import { trendOf, type Trend, type TrendTotal } from '../documents/trend.js';
import { formatPercentChange } from '../render/gate-wording.js';
import { countOf, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { barsPlot, categoryPlot, LINE_STYLES } from './axis-plots.js';
import { collapsible, figureTable } from './figures.js';
import { html, htmlId, type Html } from './html.js';

const BARS_SHOWN_MAX = 12;
/** gate.json contains the others. */
const FIGURES_SHOWN_MAX = 350;
const TEXT_CHARACTERS_MAX = 120;

/** Returns `undefined` if the gate measured no counters. */
export function trendSection(report: GateReport): Html | undefined {
  const trend = trendOf(report);
  if (trend === undefined) return undefined;
  const { baseline, history } = report;
  const isChanged = trend.figures.some((figure) => figure.old !== figure.new);
  const totals = html`<div class="plots small">${trend.totals.map((each) => counterPlot(trend, each))}</div>
    ${totalsTable(trend)}`;
  return html`<section aria-labelledby="trend">
    <h2 id="trend">Trend of the counters</h2>
    <p class="meta">
      ${baseline === null ? 'This gate wrote the baseline; 100 % is the oldest recorded gate.' : `100 % is ${clip(baseline.file, 200)}.`}
      ${history.length === 0 ? 'There are no earlier gates.' : `The history contains ${countOf(history.length, 'earlier gate')}.`}
      All counters are costs: lower is better.
    </p>
    ${changedPlot(trend)} ${isChanged ? totals : collapsible('Plots and totals', totals)}
    ${figuresDetails(trend)} ${historyDetails(report)}
  </section>`;
}

type OldAndNew = Pick<TrendTotal, 'old' | 'new'>;

/** Returns null if the old value is 0 and the new one is not. */
function percentChange({ old, new: now }: OldAndNew): number | null {
  return old === 0 ? (now === 0 ? 0 : null) : ((now - old) / old) * 100;
}

function changedPlot({ figures, reference }: Trend): Html {
  const changed = figures.filter((figure) => figure.old !== figure.new);
  if (changed.length === 0)
    return html`<p class="good">
      <span aria-hidden="true">✓</span> All ${figures.length} counters equal the ${reference}.
    </p>`;
  const shown = changed
    .flatMap((figure) => {
      const percent = percentChange(figure);
      return percent === null ? [] : [{ name: `${figure.counter}, ${figure.scenario}`, percent }];
    })
    .toSorted((a, b) => Math.abs(b.percent) - Math.abs(a.percent))
    .slice(0, BARS_SHOWN_MAX)
    .toSorted((a, b) => b.percent - a.percent);
  const differ = changed.length === 1 ? 'differs' : 'differ';
  const summary = html`<p>
    ${`${changed.length} of ${figures.length} counters ${differ} from the ${reference}.`}
  </p>`;
  if (shown.length === 0) return summary;
  const label = shown.map(({ name, percent }) => `${name} ${formatPercentChange({ percent })}`).join('; ');
  const range =
    shown.length < changed.length ? `the ${shown.length} largest changes` : 'every changed counter';
  return html`${summary}
    <figure class="alone">
      <figcaption>Change in percent<span class="range">${range}</span></figcaption>
      ${barsPlot(
        shown.map(({ name, percent }) => ({
          name,
          value: percent,
          text: formatPercentChange({ percent }),
          color: percent > 0 ? 'var(--bad)' : 'var(--good)',
        })),
        { id: 'plot-changed', label: clip(`Change in percent: ${label}`, 1_500) },
      )}
    </figure>`;
}

function counterPlot({ points, reference }: Trend, { counter, ...pair }: TrendTotal): Html {
  const values = points.map(({ percent }) => percent[counter] ?? null);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return html``;
  // The axis spans at least one percent in each direction, so that equal values form a line in the middle.
  const reach = Math.max(1, Math.ceil(1.1 * Math.max(...known.map((value) => Math.abs(value - 100)))));
  const percent = percentChange(pair);
  const change = percent === 0 ? `equal to the ${reference}` : formatPercentChange({ percent });
  const [first, last] = [at(points, 0).name, at(points, points.length - 1).name];
  return html`<figure>
    <figcaption>${counter}<span class="range">${change}</span></figcaption>
    ${categoryPlot({
      id: htmlId('plot-trend', counter),
      label: `${counter} over all scenarios, in percent of the ${reference}, at ${points.length} points from ${first} to ${last}: ${change}`,
      categories: points.map(({ name }) => name),
      lines: [{ look: LINE_STYLES[0], values }],
      unit: '%',
      size: { width: 240, height: 150 },
      range: [100 - reach, 100 + reach],
    })}
  </figure>`;
}

function totalsTable({ totals, reference }: Trend): Html {
  return figureTable({
    caption: 'Totals over all scenarios',
    header: ['counter', reference, 'now', 'change'],
    rows: totals.map(({ counter, ...pair }) => [
      counter,
      formatNumber(pair.old),
      formatNumber(pair.new),
      formatPercentChange({ percent: percentChange(pair) }),
    ]),
  });
}

function figuresDetails({ figures, reference }: Trend): Html {
  const hidden = figures.length - FIGURES_SHOWN_MAX;
  return collapsible(
    'Every counter of every scenario',
    figureTable({
      caption: `Counters by scenario, changed ones first${hidden > 0 ? `; gate.json contains ${hidden} more` : ''}`,
      header: ['scenario', 'counter', reference, 'now', 'change'],
      rows: figures
        .toSorted((a, b) => Number(b.old !== b.new) - Number(a.old !== a.new))
        .slice(0, FIGURES_SHOWN_MAX)
        .map(({ scenario, counter, ...pair }) => [
          clip(scenario, TEXT_CHARACTERS_MAX),
          counter,
          formatNumber(pair.old),
          formatNumber(pair.new),
          formatPercentChange({ percent: percentChange(pair) }),
        ]),
    }),
  );
}

function historyDetails(report: GateReport): Html | '' {
  const { history, startedAt, canister } = report;
  if (history.length === 0) return '';
  const gates = [...history, { startedAt, canister, commit: null, verdict: gateVerdictOf(report) }];
  return collapsible(
    'Gates in the history',
    figureTable({
      caption: 'Gates, oldest first',
      header: ['started', 'commit', 'wasm module', 'verdict'],
      rows: gates.map((gate) => [
        gate.startedAt,
        html`<code>${gate.commit === null ? '–' : gate.commit.slice(0, 12)}</code>`,
        html`<code>${gate.canister.sha256.slice(0, 12)}</code>`,
        gate.verdict,
      ]),
    }),
  );
}
