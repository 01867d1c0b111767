/** Sections about a run as a whole: the user's file, the states it reached, memory and instructions, and its details. */
import type { RunReport } from '../documents/run-report.js';
import type { RunSeriesPoint } from '../documents/run-series.js';
import {
  describeConfirmation,
  describeOperations,
  describeReplicas,
  describeStates,
  describeRelations,
  describeUnknowns,
  describeUserFile,
  describeGuidance,
  describeWorkers,
} from '../render/run-wording.js';
import { countOf, formatNumber, formatRate, formatSeconds } from '../text/format-units.js';
import { clip } from '../text/visible-text.js';
import { collapsible, figureTable, propertyTable } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { describeRange, legend, linePlot, shortNumber, type Line } from './plots.js';

const MIB = 2 ** 20;
/** A longer list of missed states does not help a reader; the table contains all of them. */
const MISSED_STATES_SHOWN_MAX = 20;

export function userFileSection({ userFile }: RunReport): Html | undefined {
  if (userFile === null) return undefined;
  const tone = userFile.problem !== null ? 'bad' : userFile.readBack > 0 ? 'good' : '';
  return html`<section aria-labelledby="your-file">
    <h2 id="your-file">Your file</h2>
    <p class="${tone}">${clip(describeUserFile(userFile), 2_000)}</p>
    <p class="meta">SHA-256 <code class="hash">${userFile.sha256}</code></p>
    ${userFile.calls.length === 0 ? undefined : html`<pre>${clip(userFile.calls.join('\n'), 10_000)}</pre>`}
  </section>`;
}

// ---- states ----

export function statesSection(report: RunReport): Html | undefined {
  const rows = Object.entries(report.states);
  const summary = describeStates(report);
  if (summary === undefined || report.runs === 0) return undefined;
  const missed = rows.filter(([, count]) => count === 0).map(([state]) => clip(state, 80));
  const hidden = missed.length - MISSED_STATES_SHOWN_MAX;
  return html`<section aria-labelledby="states">
    <h2 id="states">States reached</h2>
    <p class="${missed.length === 0 ? 'good' : ''}">
      ${`${countOf(report.runs, 'run')} reached ${summary}.`}
    </p>
    ${
      missed.length === 0
        ? ''
        : html`<p class="meta">
            Never reached:
            ${missed.slice(0, MISSED_STATES_SHOWN_MAX).join('; ')}${hidden > 0 ? `; and ${hidden} more` : ''}.
          </p>`
    }
    ${collapsible('Number of runs per state', statesTable(rows, report.runs))}
  </section>`;
}

function statesTable(rows: readonly (readonly [state: string, count: number])[], runs: number): Html {
  return html`<table class="bars">
    <caption>
      Number of runs that reached each state, of ${formatNumber(runs)}
    </caption>
    <thead>
      <tr>
        <th scope="col">state</th>
        <th scope="col">runs</th>
        <td></td>
      </tr>
    </thead>
    <tbody>
      ${rows.map(([state, count]) => {
        const percent = Math.min(100, (100 * count) / runs);
        return html`<tr>
          <th scope="row">${clip(state, 80)}</th>
          <td class="n">${count === 0 ? html`<span class="never">never</span>` : formatNumber(count)}</td>
          <td class="bar" aria-hidden="true">
            ${count === 0 ? '' : html`<span style="width: ${percent.toFixed(1)}%"></span>`}
          </td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

// ---- memory and instructions over the runs ----

interface Quantity {
  readonly id: string;
  readonly title: string;
  /** The plot divides its values by `scale`, and names the result `unit`. */
  readonly scale: number;
  readonly unit: string;
  readonly lines: readonly {
    readonly name: string;
    readonly color: string;
    readonly isDashed?: boolean;
    readonly of: (point: RunSeriesPoint) => number | null;
  }[];
}

const QUANTITIES: readonly Quantity[] = [
  {
    id: 'heap',
    title: 'Heap',
    scale: MIB,
    unit: 'MiB',
    lines: [{ name: 'maximum', color: 'var(--c1)', of: ({ heapBytesMax }) => heapBytesMax }],
  },
  {
    id: 'stable',
    title: 'Stable memory',
    scale: MIB,
    unit: 'MiB',
    lines: [{ name: 'maximum', color: 'var(--c2)', of: ({ stableBytesMax }) => stableBytesMax }],
  },
  {
    id: 'instructions',
    title: 'Instructions per run',
    scale: 1,
    unit: '',
    lines: [
      { name: 'mean', color: 'var(--c3)', of: ({ instructionsMean }) => instructionsMean },
      {
        name: 'maximum',
        color: 'var(--c3)',
        isDashed: true,
        of: ({ instructionsMax }) => instructionsMax,
      },
    ],
  },
  {
    id: 'message',
    title: 'Instructions per message',
    scale: 1,
    unit: '',
    lines: [
      { name: 'maximum', color: 'var(--c4)', of: ({ messageInstructionsMax }) => messageInstructionsMax },
    ],
  },
];

export function seriesSection({ series }: RunReport): Html | undefined {
  const figures = QUANTITIES.flatMap((quantity) => quantityFigure(quantity, series) ?? []);
  // A single point makes no line. The run details contain its values.
  if (figures.length === 0 || series.length < 2) return undefined;
  const runsPerPoint = Math.max(...series.map(({ runs }) => runs));
  return html`<section aria-labelledby="series">
    <h2 id="series">Memory and instructions over the run</h2>
    <p class="meta">
      The first schedule is on the left, the last on the right.
      ${runsPerPoint > 1 ? `Each point summarises ${formatNumber(runsPerPoint)} consecutive runs.` : ''}
    </p>
    <div class="plots">${figures}</div>
    ${collapsible('All values as a table', seriesTable(series))}
  </section>`;
}

function quantityFigure(
  { id, title, scale, unit, lines }: Quantity,
  series: RunReport['series'],
): Html | undefined {
  // If every point is a single run, its mean equals its maximum, and one line is enough.
  const isMerged = series.some(({ runs }) => runs > 1);
  const drawn: Line[] = lines.slice(0, isMerged ? undefined : 1).flatMap(({ of, ...line }) => {
    const points = series.flatMap((point) => {
      const value = of(point);
      return value === null ? [] : [[point.firstRun + point.runs, value / scale] as const];
    });
    return points.length === 0 ? [] : [{ ...line, points }];
  });
  if (drawn.length === 0) return undefined;
  const runsTotal = series.reduce((sum, { runs }) => sum + runs, 0);
  const range = describeRange(
    drawn.flatMap(({ points }) => points.map(([, y]) => y)),
    unit,
  );
  const keys = drawn.map(({ name, color, isDashed }) => ({
    name,
    color,
    shape: isDashed === true ? 'dashed' : 'line',
  }));
  return html`<figure>
    <figcaption>${title}<span class="range">${range}</span></figcaption>
    ${linePlot(drawn, {
      id: htmlId('plot', id),
      label: `${title} over ${countOf(runsTotal, 'run')}: ${range}`,
      unit,
      xMax: runsTotal,
    })}
    ${drawn.length > 1 ? legend(keys) : ''}
  </figure>`;
}

function seriesTable(series: RunReport['series']): Html {
  return figureTable({
    caption: 'Memory in bytes and instructions, by run',
    header: [
      'runs',
      'heap',
      'stable memory',
      'instructions per run, mean',
      'instructions per run, maximum',
      'instructions per message, maximum',
    ],
    rows: series.map((point) => [
      `${point.firstRun}${point.runs > 1 ? `–${point.firstRun + point.runs - 1}` : ''}`,
      formatNumber(point.heapBytesMax),
      formatNumber(point.stableBytesMax),
      formatNumber(point.instructionsMean === null ? null : Math.round(point.instructionsMean)),
      formatNumber(point.instructionsMax),
      formatNumber(point.messageInstructionsMax),
    ]),
  });
}

// ---- details ----

export function runSection(report: RunReport): Html {
  const { wasm, environment, memory } = report;
  const guidance = describeGuidance(report);
  const mib = (bytes: number) => (bytes === 0 ? 'not reported' : `${shortNumber(bytes / MIB)} MiB`);
  const rows: readonly (readonly [name: string, value: string | Html])[] = [
    [
      'schedules',
      `${formatNumber(report.runs)}, ${formatRate(report.schedulesPerSecond)} per second${describeWorkers(report)}`,
    ],
    ...(guidance === undefined ? [] : [['guidance', guidance] as const]),
    ['operations', describeOperations(report)],
    ['profile', report.profile],
    ['seed', String(report.seed)],
    ['target', report.target],
    ['wasm module', `${wasm.file}${wasm.fault === null ? '' : ` with fault ${wasm.fault}`}`],
    ['SHA-256 of the module', html`<code class="hash">${wasm.sha256}</code>`],
    ['replicas', describeReplicas(report)],
    ['confirmation', describeConfirmation(report)],
    ...(report.digest === null
      ? []
      : [['digest of all traces', html`<code class="hash">${report.digest}</code>`] as const]),
    ['determinism', `${countOf(report.determinismChecks, 'run')} executed twice and compared`],
    ['relations', describeRelations(report)],
    ['runs without a verdict', describeUnknowns(report) ?? '0'],
    ['peak memory', `heap ${mib(memory.heapBytesPeak)}, stable memory ${mib(memory.stableBytesPeak)}`],
    ['started', report.startedAt],
    ['duration', formatSeconds(report.durationMs)],
    [
      'machine',
      `Node ${environment.node}, ${environment.platform}, ${environment.cpus} cores, load ${environment.loadAverage.toFixed(1)}`,
    ],
    ['version', `${report.tool.name} ${report.tool.version}`],
  ];
  return html`<section aria-labelledby="this-run">
    <h2 id="this-run">Run details</h2>
    ${propertyTable(
      'Run details',
      rows.map(([name, value]) => [name, typeof value === 'string' ? clip(value, 1_000) : value]),
    )}
  </section>`;
}
