/** What each chunk size costs: time on a network first, then what makes it; the best size, the knee, and what the field reports. */
import type { BenchReport, ChunkSizeSweep, PassedRow } from '../documents/bench-report.js';
import { sizeWords } from '../text/format-units.js';
import {
  bestWords,
  FIELD_FIGURES,
  fieldComparison,
  inFlightWords,
  kneeWords,
  passedRows,
  refusedRows,
  rejectWords,
} from '../render/sweep-wording.js';
import { clip } from '../text/visible-text.js';
import { LINE_LOOKS, placesPlot, type PlacesLine, type PlacesMark } from './axis-plots.js';
import { figureTable, figureWords } from './figures.js';
import { html, idOf, type Html } from './html.js';
import { legend, shortNumber } from './plots.js';

/** More have no room on the page; they are in bench.json. */
const ROWS_SHOWN_MAX = 100;
const PARALLEL_SHOWN_MAX = LINE_LOOKS.length - 1;

export function benchSection({ chunkSizes, isInterrupted }: BenchReport): Html {
  const sweep = { ...chunkSizes, rows: chunkSizes.rows.slice(0, ROWS_SHOWN_MAX) };
  const hidden = chunkSizes.rows.length - sweep.rows.length;
  const rows = passedRows(sweep);
  return html`<section aria-labelledby="chunk-sizes">
    <h2 id="chunk-sizes">Chunk sizes</h2>
    <p class="meta">
      ${sizeWords(sweep.fileSize)} on ${clip(sweep.replica.name, 60)} ${clip(sweep.replica.version, 60)}, a
      block every ${sweep.blockSeconds} s. Counters and network times are equal on every run; wall times are
      of this machine.
    </p>
    ${isInterrupted ? html`<p class="note">Interrupted: this is what was measured until then.</p>` : ''}
    ${conclusions(sweep)} ${rows.length < 2 ? '' : plots(sweep, rows)} ${sweepTable(sweep)}
    ${hidden > 0 ? html`<p class="note">${hidden} more sizes are in bench.json.</p>` : ''}
  </section>`;
}

function conclusions(sweep: ChunkSizeSweep): Html {
  const [best, knee, field] = [bestWords(sweep), kneeWords(sweep), fieldComparison(sweep)];
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
              ${refused.map((row) => html`<p>${sizeWords(row.chunkSize)}: ${clip(rejectWords(row), 400)}</p>`)}
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
  const field = fieldComparison(sweep);
  const lines: PlacesLine[] = parallel.map((_, column) => ({
    look: LINE_LOOKS[column]!,
    values: rows.map(({ network }) => network[column]?.seconds ?? null),
  }));
  const fieldLook = LINE_LOOKS.at(-1)!;
  if (field !== undefined) lines.push({ look: fieldLook, values: fieldValues(rows), isDots: true });
  const key = [
    ...parallel.map((inFlight, column) => ({ name: inFlightWords(inFlight), ...LINE_LOOKS[column]! })),
    ...(field === undefined ? [] : [{ name: 'reported from the field', ...fieldLook }]),
  ];
  const label = `Time on a network by chunk size, ${parallel.map((inFlight, column) => `${inFlightWords(inFlight)}: ${rows.map((row) => `${sizeWords(row.chunkSize)} ${row.network[column]?.seconds ?? '–'} s`).join(', ')}`).join('; ')}`;
  return html`<figure>
    <figcaption>Time on a network<span class="range">${rangeOf(lines[0]!.values, 's')}</span></figcaption>
    ${placesPlot({
      id: 'plot-network',
      label: clip(label, 1_500),
      places: rows.map(({ chunkSize }) => sizeWords(chunkSize)),
      lines,
      marks: marksOf(sweep, rows),
      unit: 's',
    })}
    ${legend(key)}
  </figure>`;
}

function fieldValues(rows: readonly PassedRow[]): (number | null)[] {
  const { small, large } = FIELD_FIGURES;
  const reported = [small, large];
  return rows.map(({ chunkSize }) => {
    const known = reported.find(({ chunkSizes }) => (chunkSizes as readonly number[]).includes(chunkSize));
    return known?.seconds ?? null;
  });
}

function marksOf({ best, knee }: ChunkSizeSweep, rows: readonly PassedRow[]): PlacesMark[] {
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
    ${placesPlot({
      id: idOf('plot-bench', title),
      label: `${title} by chunk size, ${range}`,
      places: rows.map(({ chunkSize }) => sizeWords(chunkSize)),
      lines: [{ look: LINE_LOOKS[0], values, ...(spread === undefined ? {} : { spread: rows.map(spread) }) }],
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
      `${sizeWords(row.chunkSize)}${mark}`,
      figureWords(counters.calls),
      ...parallel.map((_, column) => `${network[column]?.seconds ?? '–'} s`),
      figureWords(counters.instructions),
      fraction(row.instructionsPerByte),
      figureWords(row.instructionsPerCall === null ? null : Math.round(row.instructionsPerCall)),
      figureWords(counters.argBytes),
      figureWords(counters.heapGrowth),
      figureWords(counters.stableGrowth),
      figureWords(counters.cycles),
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
