/** The gate: what ran and what is wrong; then the trend of its counters against the baseline and the gates before it. */
import { gateVerdictOf, type Change, type GateReport } from '../documents/gate-report.js';
import { describeParts, formatPercentChange, describeViolations } from '../render/gate-wording.js';
import { trendOf, type Trend } from '../documents/trend.js';
import { clip } from '../text/visible-text.js';
import { LINE_STYLES, categoryPlot, barsPlot } from './axis-plots.js';
import { figureTable, formatNumber, collapsible, propertyTable } from './figures.js';
import { html, htmlId, type Html } from './html.js';

/** More have no room on the page; they are in gate.json. */
const ROWS_SHOWN_MAX = 60;
const BARS_SHOWN_MAX = 12;
const FIGURES_SHOWN_MAX = 350;
const TEXT_MAX = 120;

export function gateSection(report: GateReport): Html {
  const words = describeParts(report);
  const { comparison, only } = report;
  return html`<section aria-labelledby="gate">
    <h2 id="gate">The gate</h2>
    ${propertyTable(
      'What the gate did',
      only.map((part) => [part, words[part]] as const),
    )}
    ${list('Broken', describeViolations(report), 'bad')}
    ${changeTable('More than the baseline', comparison.regressions)}
    ${list('Gone: in the baseline, and not measured any more', comparison.gone, 'bad')}
    ${changeTable('More, within the tolerance', comparison.tolerated)}
    ${changeTable('Less than the baseline', comparison.improvements)}
    ${list('New: not in the baseline', comparison.added)}
    ${list(
      'Slower on this machine, advice alone',
      comparison.slower.map(({ scenario, oldMs, newMs }) => `${scenario}: ${newMs} ms after ${oldMs} ms`),
    )}
    ${list('Not done', report.notDone)} ${checkedDetails(report)}
  </section>`;
}

function list(title: string, items: readonly string[], tone = ''): Html | '' {
  if (items.length === 0) return '';
  const hidden = items.length - ROWS_SHOWN_MAX;
  return html`<h3>${title}</h3>
    <ul class="list ${tone}">
      ${items.slice(0, ROWS_SHOWN_MAX).map((item) => html`<li>${clip(item, TEXT_MAX)}</li>`)}
      ${hidden > 0 ? html`<li>and ${hidden} more, in gate.json</li>` : ''}
    </ul>`;
}

function changeTable(title: string, changes: readonly Change[]): Html | '' {
  if (changes.length === 0) return '';
  const hidden = changes.length - ROWS_SHOWN_MAX;
  return html`<h3>${title}</h3>
    ${figureTable({
      caption: `${title}${hidden > 0 ? `; ${hidden} more are in gate.json` : ''}`,
      isTitled: hidden <= 0,
      header: ['scenario', 'counter', 'old', 'new', 'percent'],
      rows: changes
        .slice(0, ROWS_SHOWN_MAX)
        .map((change) => [
          clip(change.scenario, TEXT_MAX),
          clip(change.counter, 60),
          formatNumber(change.old),
          formatNumber(change.new),
          formatPercentChange(change),
        ]),
    })}`;
}

function checkedDetails({ mutants, corpus }: GateReport): Html | '' {
  if (mutants.length + corpus.length === 0) return '';
  return collapsible('Mutants and corpus, one by one', [
    mutants.length === 0
      ? ''
      : figureTable({
          caption: 'Mutants of the smoke set',
          header: ['mutant', 'verdict', 'schedules'],
          rows: mutants
            .slice(0, ROWS_SHOWN_MAX)
            .map(({ name, killed, runs }) => [
              clip(name, 80),
              killed ? 'killed' : html`<span class="bad">survived</span>`,
              formatNumber(runs),
            ]),
        }),
    corpus.length === 0
      ? ''
      : figureTable({
          caption: 'Past failures',
          header: ['file', 'now'],
          rows: corpus
            .slice(0, ROWS_SHOWN_MAX)
            .map(({ file, problem }) => [
              clip(file, TEXT_MAX),
              problem === null
                ? 'as it should be'
                : html`<span class="bad">${clip(problem, TEXT_MAX)}</span>`,
            ]),
        }),
  ]);
}

// ---- the trend ----

/** Undefined for a gate that counted nothing. */
export function trendSection(report: GateReport): Html | undefined {
  const trend = trendOf(report);
  if (trend === undefined) return undefined;
  const { baseline, history } = report;
  return html`<section aria-labelledby="trend">
    <h2 id="trend">Trend of the counters</h2>
    <p class="meta">
      ${baseline === null ? 'The baseline was written by this gate; 100 % is the oldest gate that is known.' : `100 % is ${clip(baseline.file, 200)}.`}
      ${history.length === 0 ? 'No gate before this one is known.' : history.length === 1 ? 'One earlier gate is known.' : `${history.length} earlier gates are known.`}
      All counters are costs: less is better.
    </p>
    ${changedPlot(trend)}
    <div class="plots small">${trend.totals.map((_, index) => counterPlot(trend, index))}</div>
    ${totalsTable(trend)} ${figuresDetails(trend)} ${historyDetails(report)}
  </section>`;
}

function percentOf({ old, new: now }: { readonly old: number; readonly new: number }): number | null {
  return old === 0 ? (now === 0 ? 0 : null) : ((now - old) / old) * 100;
}

function changedPlot({ figures, reference }: Trend): Html {
  const changed = figures
    .filter((figure) => figure.old !== figure.new)
    .map((figure) => ({ ...figure, percent: percentOf(figure) }));
  if (changed.length === 0)
    return html`<p class="good">
      <span aria-hidden="true">✓</span> All ${figures.length} counters are as in the ${reference}.
    </p>`;
  const shown = changed
    .flatMap((each) => (each.percent === null ? [] : [{ ...each, percent: each.percent }]))
    .toSorted((a, b) => Math.abs(b.percent) - Math.abs(a.percent))
    .slice(0, BARS_SHOWN_MAX)
    .toSorted((a, b) => b.percent - a.percent);
  const nameOf = ({ scenario, counter }: (typeof shown)[number]) => `${counter}, ${scenario}`;
  const words = shown.map((each) => `${nameOf(each)} ${formatPercentChange(each)}`);
  return html`<p>${changed.length} of ${figures.length} counters differ from the ${reference}.</p>
    ${
      shown.length === 0
        ? ''
        : html`<figure class="alone">
            <figcaption>
              Change, percent<span class="range"
                >${shown.length < changed.length ? `the ${shown.length} largest; all are in the table` : 'all that differ'}</span
              >
            </figcaption>
            ${barsPlot(
              shown.map((each) => ({
                name: nameOf(each),
                value: each.percent,
                text: formatPercentChange(each),
                color: each.percent > 0 ? 'var(--bad)' : 'var(--good)',
              })),
              { id: 'plot-changed', label: clip(`Change in percent: ${words.join('; ')}`, 1_500) },
            )}
          </figure>`
    }`;
}

function counterPlot({ points, totals, reference }: Trend, index: number): Html {
  const { counter, ...pair } = totals[index]!;
  const values = points.map(({ percent }) => percent[counter] ?? null);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return html``;
  // At least a percent each way, so that equal figures are a line in the middle and not noise.
  const reach = Math.max(1, Math.ceil(1.1 * Math.max(...known.map((value) => Math.abs(value - 100)))));
  const percent = percentOf(pair);
  const change = percent === 0 ? `as in the ${reference}` : formatPercentChange({ percent });
  const [first, last] = [points[0]!.name, points.at(-1)!.name];
  return html`<figure>
    <figcaption>${counter}<span class="range">${change}</span></figcaption>
    ${categoryPlot({
      id: htmlId('plot-trend', counter),
      label: `${counter} of all scenarios together, percent of the ${reference}, over ${points.length} points from ${first} to ${last}: ${change}`,
      places: points.map(({ name }) => name),
      lines: [{ look: LINE_STYLES[0], values }],
      unit: '%',
      size: { width: 240, height: 150 },
      range: [100 - reach, 100 + reach],
    })}
  </figure>`;
}

function totalsTable({ totals, reference }: Trend): Html {
  return figureTable({
    caption: 'All scenarios together',
    header: ['counter', reference, 'now', 'percent'],
    rows: totals.map(({ counter, ...pair }) => [
      counter,
      formatNumber(pair.old),
      formatNumber(pair.new),
      formatPercentChange({ percent: percentOf(pair) }),
    ]),
  });
}

function figuresDetails({ figures, reference }: Trend): Html {
  return collapsible(
    'Every counter of every scenario',
    figureTable({
      caption:
        figures.length > FIGURES_SHOWN_MAX
          ? `Counters by scenario, those that differ first; ${figures.length - FIGURES_SHOWN_MAX} more are in gate.json`
          : 'Counters by scenario, those that differ first',
      header: ['scenario', 'counter', reference, 'now', 'percent'],
      rows: figures
        .toSorted((a, b) => Number(b.old !== b.new) - Number(a.old !== a.new))
        .slice(0, FIGURES_SHOWN_MAX)
        .map(({ scenario, counter, ...pair }) => [
          clip(scenario, TEXT_MAX),
          counter,
          formatNumber(pair.old),
          formatNumber(pair.new),
          formatPercentChange({ percent: percentOf(pair) }),
        ]),
    }),
  );
}

function historyDetails(report: GateReport): Html | '' {
  const { history } = report;
  if (history.length === 0) return '';
  const row = ({ startedAt, commit, canister, verdict }: Omit<GateReport['history'][number], 'counters'>) => [
    startedAt,
    html`<code>${commit === null ? '–' : commit.slice(0, 12)}</code>`,
    html`<code>${canister.sha256.slice(0, 12)}</code>`,
    verdict,
  ];
  return collapsible(
    'The gates of this history',
    figureTable({
      caption: 'Gates, oldest first',
      header: ['started', 'commit', 'module', 'verdict'],
      rows: [
        ...history.map(row),
        row({ ...history[0]!, ...report, commit: null, verdict: gateVerdictOf(report) }),
      ],
    }),
  );
}
