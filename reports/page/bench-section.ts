/** What each chunk size costs: time on a network first, then what makes it; the best size, the knee, and what the field reports. */
import type { BenchReport, ChunkSizeSweep, PassedRow } from '../documents/bench-report.js';
import { formatBytes } from '../text/format-units.js';
import {
  describeBest,
  PRODUCTION_FIGURES,
  compareWithProduction,
  describeInFlight,
  describeKnee,
  passedRows,
  refusedRows,
  describeReject,
} from '../render/sweep-wording.js';
import { clip } from '../text/visible-text.js';
import { LINE_STYLES, categoryPlot, type CategoryLine, type CategoryMark } from './axis-plots.js';
import { figureTable, formatNumber } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { legend, shortNumber } from './plots.js';

/** More have no room on the page; they are in bench.json. */
const ROWS_SHOWN_MAX = 100;
const PARALLEL_SHOWN_MAX = LINE_STYLES.length - 1;

export function benchSection({ chunkSizes, isInterrupted }: BenchReport): Html {
  const sweep = { ...chunkSizes, rows: chunkSizes.rows.slice(0, ROWS_SHOWN_MAX) };
  const hidden = chunkSizes.rows.length - sweep.rows.length;
  const rows = passedRows(sweep);
  return html`<section aria-labelledby="chunk-sizes">
    <h2 id="chunk-sizes">Chunk sizes</h2>
    <p class="meta">
      ${formatBytes(sweep.fileSize)} on ${clip(sweep.replica.name, 60)} ${clip(sweep.replica.version, 60)}, a
      block every ${sweep.blockSeconds} s. Counters and network times are equal on every run; wall times are
      of this machine.
    </p>
    ${isInterrupted ? html`<p class="note">Interrupted: this is what was measured until then.</p>` : ''}
    ${conclusions(sweep)} ${rows.length < 2 ? '' : plots(sweep, rows)} ${sweepTable(sweep)}
    ${hidden > 0 ? html`<p class="note">${hidden} more sizes are in bench.json.</p>` : ''}
  </section>`;
}

function conclusions(sweep: ChunkSizeSweep): Html {
  const [best, knee, field] = [describeBest(sweep), describeKnee(sweep), compareWithProduction(sweep)];
  const refused = refusedRows(sweep);
  return html`<dl class="conclusions">
    <div>
      <dt>Best</dt>
      <dd>${best ?? 'No size passed.'}</dd>
    </div>
    ${
      best === undefined
        ? ''
        : html`<div>
            <dt>Knee</dt>
            <dd>${knee ?? 'None: time falls evenly with the size, or too few sizes passed.'}</dd>
          </div>`
    }
    ${
      field === undefined
        ? ''
        : html`<div>
            <dt>In the field</dt>
            <dd>${field.field}. Here: ${field.here}.</dd>
          </div>`
    }
    ${
      refused.length === 0
        ? ''
        : html`<div class="refused">
            <dt>Cannot pass</dt>
            <dd>
              ${refused.map((row) => html`<p>${formatBytes(row.chunkSize)}: ${clip(describeReject(row), 400)}</p>`)}
            </dd>
          </div>`
    }
  </dl>`;
}

// ---- plots ----

function plots(sweep: ChunkSizeSweep, rows: readonly PassedRow[]): Html {
  return html`<div class="plots large">
    ${timePlot(sweep, rows)}
    ${[
      quantity(rows, { title: 'Calls', unit: '', of: ({ counters }) => counters.calls }),
      quantity(rows, {
        title: 'Instructions of a byte',
        unit: '',
        of: ({ instructionsPerByte }) => instructionsPerByte,
      }),
      quantity(rows, {
        title: 'Instructions of a call',
        unit: '',
        of: ({ instructionsPerCall }) => instructionsPerCall,
      }),
      quantity(rows, { title: 'Cycles of the upload', unit: '', of: ({ counters }) => counters.cycles }),
      quantity(rows, {
        title: 'Wall time, this machine',
        unit: 'ms',
        of: ({ wall }) => wall?.medianMs ?? null,
        spread: ({ wall }) => (wall === null ? null : (wall.medianMs * wall.spreadPercent) / 100),
      }),
    ]}
  </div>`;
}

function timePlot(sweep: ChunkSizeSweep, rows: readonly PassedRow[]): Html {
  const parallel = sweep.parallel.slice(0, PARALLEL_SHOWN_MAX);
  const field = compareWithProduction(sweep);
  const lines: CategoryLine[] = parallel.map((_, column) => ({
    look: LINE_STYLES[column]!,
    values: rows.map(({ network }) => network[column]?.seconds ?? null),
  }));
  const fieldLook = LINE_STYLES.at(-1)!;
  if (field !== undefined) lines.push({ look: fieldLook, values: fieldValues(rows), isDots: true });
  const key = [
    ...parallel.map((inFlight, column) => ({ name: describeInFlight(inFlight), ...LINE_STYLES[column]! })),
    ...(field === undefined ? [] : [{ name: 'reported from the field', ...fieldLook }]),
  ];
  const label = `Time on a network by chunk size, ${parallel.map((inFlight, column) => `${describeInFlight(inFlight)}: ${rows.map((row) => `${formatBytes(row.chunkSize)} ${row.network[column]?.seconds ?? '–'} s`).join(', ')}`).join('; ')}`;
  return html`<figure>
    <figcaption>Time on a network<span class="range">${rangeOf(lines[0]!.values, 's')}</span></figcaption>
    ${categoryPlot({
      id: 'plot-network',
      label: clip(label, 1_500),
      places: rows.map(({ chunkSize }) => formatBytes(chunkSize)),
      lines,
      marks: marksOf(sweep, rows),
      unit: 's',
    })}
    ${legend(key)}
  </figure>`;
}

function fieldValues(rows: readonly PassedRow[]): (number | null)[] {
  const { small, large } = PRODUCTION_FIGURES;
  const reported = [small, large];
  return rows.map(({ chunkSize }) => {
    const known = reported.find(({ chunkSizes }) => (chunkSizes as readonly number[]).includes(chunkSize));
    return known?.seconds ?? null;
  });
}

function marksOf({ best, knee }: ChunkSizeSweep, rows: readonly PassedRow[]): CategoryMark[] {
  const named = [
    [best, 'best'],
    [knee, 'knee'],
  ] as const;
  return named.flatMap(([size, text]) => {
    const place = rows.findIndex(({ chunkSize }) => chunkSize === size);
    return place < 0 ? [] : [{ place, value: rows[place]!.network[0]!.seconds, text }];
  });
}

interface Quantity {
  readonly title: string;
  readonly unit: string;
  readonly of: (row: PassedRow) => number | null;
  readonly spread?: (row: PassedRow) => number | null;
}

/** Nothing where the replica does not tell it. */
function quantity(rows: readonly PassedRow[], { title, unit, of, spread }: Quantity): Html | '' {
  const values = rows.map(of);
  if (values.every((value) => value === null)) return '';
  const range = rangeOf(values, unit);
  return html`<figure>
    <figcaption>${title}<span class="range">${range}</span></figcaption>
    ${categoryPlot({
      id: htmlId('plot-bench', title),
      label: `${title} by chunk size, ${range}`,
      places: rows.map(({ chunkSize }) => formatBytes(chunkSize)),
      lines: [
        { look: LINE_STYLES[0], values, ...(spread === undefined ? {} : { spread: rows.map(spread) }) },
      ],
      unit,
    })}
  </figure>`;
}

function rangeOf(values: readonly (number | null)[], unit: string): string {
  const known = values.filter((value) => value !== null);
  const inUnit = (value: number) => `${shortNumber(value)}${unit === '' ? '' : ` ${unit}`}`;
  const [least, most] = [inUnit(Math.min(...known)), inUnit(Math.max(...known))];
  return least === most ? `always ${most}` : `between ${least} and ${most}`;
}

// ---- the table ----

function sweepTable(sweep: ChunkSizeSweep): Html {
  const parallel = sweep.parallel.slice(0, PARALLEL_SHOWN_MAX);
  const rows = passedRows(sweep).map((row) => {
    const { counters, network, wall } = row;
    const mark = row.chunkSize === sweep.best ? ' (best)' : row.chunkSize === sweep.knee ? ' (knee)' : '';
    const fraction = (value: number | null) => (value === null ? '–' : value.toFixed(2));
    return [
      `${formatBytes(row.chunkSize)}${mark}`,
      formatNumber(counters.calls),
      ...parallel.map((_, column) => `${network[column]?.seconds ?? '–'} s`),
      formatNumber(counters.instructions),
      fraction(row.instructionsPerByte),
      formatNumber(row.instructionsPerCall === null ? null : Math.round(row.instructionsPerCall)),
      formatNumber(counters.argBytes),
      formatNumber(counters.heapGrowth),
      formatNumber(counters.stableGrowth),
      formatNumber(counters.cycles),
      wall === null ? '–' : `${wall.medianMs.toFixed(1)} ms ±${wall.spreadPercent.toFixed(0)} %`,
    ];
  });
  return figureTable({
    caption: 'Figures by chunk size; bytes sent are of Candid arguments, growth is in bytes',
    header: [
      'chunk',
      'calls',
      ...parallel.map((inFlight) => `network, ×${inFlight}`),
      'instructions',
      'of a byte',
      'of a call',
      'bytes sent',
      'heap growth',
      'stable growth',
      'cycles',
      'wall, this machine',
    ],
    rows,
  });
}
