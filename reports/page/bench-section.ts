/** Section about chunk sizes: conclusions first, then network time and costs by chunk size. */
import { at } from '../../harness/at.js';
import type { BenchReport, ChunkSizeSweep, PassedRow } from '../documents/bench-report.js';
import {
  compareWithProduction,
  decisiveTime,
  describeBest,
  describeInFlight,
  describeKnee,
  describeReject,
  NO_KNEE,
  passedRows,
  PRODUCTION_FIGURES,
  refusedRows,
} from '../render/sweep-wording.js';
import { countOf, formatBytes, formatNumber } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { categoryPlot, LINE_STYLES, type CategoryLine, type CategoryMark } from './axis-plots.js';
import { figureTable } from './figures.js';
import { html, htmlId, type Html, type HtmlValue } from './html.js';
import { describeRange, legend } from './plots.js';

/** bench.json contains the others. */
const ROWS_SHOWN_MAX = 100;
/** The last line style is for the times from production. */
const PARALLEL_SHOWN_MAX = LINE_STYLES.length - 1;

export function benchSection({ chunkSizes, isInterrupted }: BenchReport): Html {
  const sweep = { ...chunkSizes, rows: chunkSizes.rows.slice(0, ROWS_SHOWN_MAX) };
  const hidden = chunkSizes.rows.length - sweep.rows.length;
  const rows = passedRows(sweep);
  return html`<section aria-labelledby="chunk-sizes">
    <h2 id="chunk-sizes">Chunk sizes</h2>
    <p class="meta">
      ${formatBytes(sweep.fileSize)} on ${clip(sweep.replica.name, 60)} ${clip(sweep.replica.version, 60)},
      one block every ${sweep.blockSeconds} s. Counters and network times are the same on every run; wall
      times depend on the machine.
    </p>
    ${isInterrupted ? html`<p class="note">Interrupted: this section contains the measurements up to that point.</p>` : ''}
    ${conclusions(sweep)} ${rows.length < 2 ? '' : plots(sweep, rows)} ${sweepTable(sweep)}
    ${hidden > 0 ? html`<p class="note">bench.json contains ${countOf(hidden, 'more size')}.</p>` : ''}
  </section>`;
}

function conclusions(sweep: ChunkSizeSweep): Html {
  const [best, production] = [describeBest(sweep), compareWithProduction(sweep)];
  const refused = refusedRows(sweep);
  return html`<dl class="conclusions">
    ${conclusion('Best', best ?? 'No chunk size passed.')}
    ${best === undefined ? '' : conclusion('Knee', describeKnee(sweep) ?? NO_KNEE)}
    ${
      production === undefined
        ? ''
        : conclusion('Production', `Reported: ${production.field}. Here: ${production.here}.`)
    }
    ${
      refused.length === 0
        ? ''
        : conclusion(
            'Rejected',
            refused.map(
              (row) => html`<p>${formatBytes(row.chunkSize)}: ${clip(describeReject(row), 400)}</p>`,
            ),
          )
    }
  </dl>`;
}

function conclusion(title: string, text: HtmlValue): Html {
  return html`<div>
    <dt>${title}</dt>
    <dd>${text}</dd>
  </div>`;
}

// ---- plots ----

function plots(sweep: ChunkSizeSweep, rows: readonly PassedRow[]): Html {
  return html`<div class="plots large">
    ${timePlot(sweep, rows)} ${QUANTITIES.map((quantity) => quantityPlot(rows, quantity))}
  </div>`;
}

function timePlot(sweep: ChunkSizeSweep, rows: readonly PassedRow[]): Html {
  const columns = sweep.parallel.slice(0, PARALLEL_SHOWN_MAX).map((inFlight, column) => ({
    name: describeInFlight(inFlight),
    look: at(LINE_STYLES, column),
    values: rows.map(({ network }) => network[column]?.seconds ?? null),
  }));
  const productionLook = at(LINE_STYLES, LINE_STYLES.length - 1);
  const hasProduction = compareWithProduction(sweep) !== undefined;
  const lines: CategoryLine[] = columns.map(({ look, values }) => ({ look, values }));
  if (hasProduction) lines.push({ look: productionLook, values: productionValues(rows), isDots: true });
  const keys = [
    ...columns.map(({ name, look }) => ({ name, ...look })),
    ...(hasProduction ? [{ name: 'reported from production', ...productionLook }] : []),
  ];
  const sizes = rows.map(({ chunkSize }) => formatBytes(chunkSize));
  const describeColumn = ({ name, values }: (typeof columns)[number]) =>
    `${name}: ${values.map((seconds, row) => `${at(sizes, row)} ${seconds ?? '–'} s`).join(', ')}`;
  return html`<figure>
    <figcaption>
      Network time<span class="range">${describeRange(at(columns, 0).values, 's')}</span>
    </figcaption>
    ${categoryPlot({
      id: 'plot-network',
      label: clip(`Network time by chunk size, ${columns.map(describeColumn).join('; ')}`, 1_500),
      categories: sizes,
      lines,
      marks: marksOf(sweep, rows),
      unit: 's',
    })}
    ${legend(keys)}
  </figure>`;
}

function productionValues(rows: readonly PassedRow[]): (number | null)[] {
  const { small, large } = PRODUCTION_FIGURES;
  return rows.map(({ chunkSize }) => {
    const reported = [small, large].find(({ chunkSizes }) =>
      (chunkSizes as readonly number[]).includes(chunkSize),
    );
    return reported?.seconds ?? null;
  });
}

function marksOf({ best, knee }: ChunkSizeSweep, rows: readonly PassedRow[]): CategoryMark[] {
  const named = [
    [best, 'best'],
    [knee, 'knee'],
  ] as const;
  return named.flatMap(([size, text]) => {
    const category = rows.findIndex(({ chunkSize }) => chunkSize === size);
    return category < 0 ? [] : [{ category, value: decisiveTime(at(rows, category)).seconds, text }];
  });
}

interface Quantity {
  readonly title: string;
  readonly unit: string;
  readonly of: (row: PassedRow) => number | null;
  readonly spread?: (row: PassedRow) => number | null;
}

const QUANTITIES: readonly Quantity[] = [
  { title: 'Calls', unit: '', of: ({ counters }) => counters.calls },
  { title: 'Instructions per byte', unit: '', of: ({ instructionsPerByte }) => instructionsPerByte },
  { title: 'Instructions per call', unit: '', of: ({ instructionsPerCall }) => instructionsPerCall },
  { title: 'Cycles per upload', unit: '', of: ({ counters }) => counters.cycles },
  {
    title: 'Wall time',
    unit: 'ms',
    of: ({ wall }) => wall?.medianMs ?? null,
    spread: ({ wall }) => (wall === null ? null : (wall.medianMs * wall.spreadPercent) / 100),
  },
];

/** Empty if the replica does not report the quantity. */
function quantityPlot(rows: readonly PassedRow[], { title, unit, of, spread }: Quantity): Html | '' {
  const values = rows.map(of);
  if (values.every((value) => value === null)) return '';
  const range = describeRange(values, unit);
  return html`<figure>
    <figcaption>${title}<span class="range">${range}</span></figcaption>
    ${categoryPlot({
      id: htmlId('plot-bench', title),
      label: `${title} by chunk size, ${range}`,
      categories: rows.map(({ chunkSize }) => formatBytes(chunkSize)),
      lines: [
        { look: LINE_STYLES[0], values, ...(spread === undefined ? {} : { spread: rows.map(spread) }) },
      ],
      unit,
    })}
  </figure>`;
}

// ---- table ----

function sweepTable(sweep: ChunkSizeSweep): Html {
  const parallel = sweep.parallel.slice(0, PARALLEL_SHOWN_MAX);
  const decimals = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const rows = passedRows(sweep).map((row) => {
    const { counters, network, wall } = row;
    const mark = row.chunkSize === sweep.best ? ' (best)' : row.chunkSize === sweep.knee ? ' (knee)' : '';
    return [
      `${formatBytes(row.chunkSize)}${mark}`,
      formatNumber(counters.calls),
      ...parallel.map((_, column) => `${network[column]?.seconds ?? '–'} s`),
      formatNumber(counters.instructions),
      decimals(row.instructionsPerByte),
      formatNumber(row.instructionsPerCall === null ? null : Math.round(row.instructionsPerCall)),
      formatNumber(counters.argBytes),
      formatNumber(counters.heapGrowth),
      formatNumber(counters.stableGrowth),
      formatNumber(counters.cycles),
      wall === null ? '–' : `${wall.medianMs.toFixed(1)} ms ±${wall.spreadPercent.toFixed(0)} %`,
    ];
  });
  return figureTable({
    caption: 'Measurements by chunk size. Sent bytes are Candid arguments; memory growth is in bytes.',
    header: [
      'chunk size',
      'calls',
      ...parallel.map((inFlight) => `network, ${inFlight} in flight`),
      'instructions',
      'per byte',
      'per call',
      'bytes sent',
      'heap growth',
      'stable growth',
      'cycles',
      'wall time',
    ],
    rows,
  });
}
