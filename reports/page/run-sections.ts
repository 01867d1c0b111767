/** What the page says about the run as a whole: states reached, memory and instructions over the runs, the run's own figures. */
import { describeConfirmation, describeUserFile } from '../render/run-markdown.js';
import type { RunReport } from '../documents/run-report.js';
import type { RunSeriesPoint } from '../documents/run-series.js';
import { clip } from '../text/visible-text.js';
import { propertyTable } from './figures.js';
import { html, htmlId, type Html } from './html.js';
import { legend, linePlot, shortNumber, type Line } from './plots.js';

const MIB = 2 ** 20;
const mib = (bytes: number) => (bytes === 0 ? 'not told' : `${shortNumber(bytes / MIB)} MiB`);

// ---- the user's file ----

export function userFileSection({ userFile }: RunReport): Html | undefined {
  if (userFile === null) return undefined;
  return html`<section aria-labelledby="your-file">
    <h2 id="your-file">Your file</h2>
    <p class="${userFile.problem === null ? 'good' : 'bad'}">${clip(describeUserFile(userFile), 2_000)}</p>
    <p class="meta">SHA-256 <code class="hash">${userFile.sha256}</code></p>
  </section>`;
}

// ---- states reached ----

export function statesSection({ states, runs }: RunReport): Html | undefined {
  const rows = Object.entries(states);
  if (rows.length === 0 || runs === 0) return undefined;
  return html`<section aria-labelledby="states">
    <h2 id="states">States reached</h2>
    <table class="bars">
      <caption>
        Runs in which some session was in each state, of ${runs.toLocaleString('en')}
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
            <td class="n">
              ${count === 0 ? html`<span class="never">never</span>` : count.toLocaleString('en')}
            </td>
            <td class="bar" aria-hidden="true">
              ${count === 0 ? '' : html`<span style="width: ${percent.toFixed(1)}%"></span>`}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

// ---- over the runs ----

interface Quantity {
  readonly id: string;
  readonly title: string;
  /** What the plot's numbers are divided by, and the name of that unit. */
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
    ...{ id: 'heap', title: 'Heap', scale: MIB, unit: 'MiB' },
    lines: [{ name: 'largest', color: 'var(--c1)', of: ({ heapBytesMax }) => heapBytesMax }],
  },
  {
    ...{ id: 'stable', title: 'Stable memory', scale: MIB, unit: 'MiB' },
    lines: [{ name: 'largest', color: 'var(--c2)', of: ({ stableBytesMax }) => stableBytesMax }],
  },
  {
    ...{ id: 'instructions', title: 'Instructions of a run', scale: 1, unit: '' },
    lines: [
      { name: 'mean', color: 'var(--c3)', of: ({ instructionsMean }) => instructionsMean },
      {
        name: 'heaviest run',
        color: 'var(--c3)',
        isDashed: true,
        of: ({ instructionsMax }) => instructionsMax,
      },
    ],
  },
  {
    ...{ id: 'message', title: 'Heaviest message, instructions', scale: 1, unit: '' },
    lines: [
      { name: 'heaviest', color: 'var(--c4)', of: ({ messageInstructionsMax }) => messageInstructionsMax },
    ],
  },
];

export function overTheRunSection({ series }: RunReport): Html | undefined {
  const figures = QUANTITIES.flatMap((quantity) => figureOf(quantity, series) ?? []);
  // One point is no course; its figures are among those of the run.
  if (figures.length === 0 || series.length < 2) return undefined;
  const joined = Math.max(...series.map(({ runs }) => runs));
  return html`<section aria-labelledby="over-the-run">
    <h2 id="over-the-run">Over the run</h2>
    <p class="meta">
      From the first schedule on the left to the last on the right.
      ${joined > 1 ? `A point stands for ${joined.toLocaleString('en')} neighbouring runs.` : ''}
    </p>
    <div class="plots">${figures}</div>
    ${seriesTable(series)}
  </section>`;
}

function figureOf(
  { id, title, scale, unit, lines }: Quantity,
  series: RunReport['series'],
): Html | undefined {
  // Where each point is one run its mean and its maximum are the same.
  const isJoined = series.some(({ runs }) => runs > 1);
  const drawn: Line[] = lines.slice(0, isJoined ? undefined : 1).flatMap(({ of, ...line }) => {
    const points = series.flatMap((point) => {
      const value = of(point);
      return value === null ? [] : [[point.firstRun + point.runs, value / scale] as const];
    });
    return points.length === 0 ? [] : [{ ...line, points }];
  });
  if (drawn.length === 0) return undefined;
  const last = series.at(-1)!;
  const values = drawn.flatMap(({ points }) => points.map(([, y]) => y));
  const inUnit = (value: number) => `${shortNumber(value)}${unit === '' ? '' : ` ${unit}`}`;
  const [least, most] = [inUnit(Math.min(...values)), inUnit(Math.max(...values))];
  const range = least === most ? `always ${most}` : `between ${least} and ${most}`;
  const key = drawn.map(({ name, color, isDashed }) => ({
    name,
    color,
    shape: isDashed === true ? 'dashed' : 'line',
  }));
  return html`<figure>
    <figcaption>${title}<span class="range">${range}</span></figcaption>
    ${linePlot(drawn, {
      id: htmlId('plot', id),
      label: `${title} over ${last.firstRun + last.runs} runs: ${range}`,
      unit,
      xMax: last.firstRun + last.runs,
    })}
    ${drawn.length > 1 ? legend(key) : ''}
  </figure>`;
}

function seriesTable(series: RunReport['series']): Html {
  const bytes = (value: number | null) => (value === null ? '–' : value.toLocaleString('en'));
  return html`<details>
    <summary>The same figures as a table</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="Figures over the run">
      <table>
        <caption>
          Memory in bytes and instructions, by run
        </caption>
        <thead>
          <tr>
            <th scope="col">runs</th>
            <th scope="col">heap</th>
            <th scope="col">stable memory</th>
            <th scope="col">instructions, mean</th>
            <th scope="col">heaviest run</th>
            <th scope="col">heaviest message</th>
          </tr>
        </thead>
        <tbody>
          ${series.map(
            (point) =>
              html`<tr>
                <th scope="row">
                  ${point.firstRun}${point.runs > 1 ? `–${point.firstRun + point.runs - 1}` : ''}
                </th>
                <td class="n">${bytes(point.heapBytesMax)}</td>
                <td class="n">${bytes(point.stableBytesMax)}</td>
                <td class="n">
                  ${bytes(point.instructionsMean === null ? null : Math.round(point.instructionsMean))}
                </td>
                <td class="n">${bytes(point.instructionsMax)}</td>
                <td class="n">${bytes(point.messageInstructionsMax)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

// ---- the run's own figures ----

export function runSection(report: RunReport): Html {
  const { wasm, environment, operations } = report;
  const rows: readonly (readonly [name: string, value: string | Html])[] = [
    [
      'schedules',
      `${report.runs.toLocaleString('en')}, ${report.schedulesPerSecond.toFixed(report.schedulesPerSecond < 10 ? 1 : 0)} a second`,
    ],
    ['target', report.target],
    ['module', `${wasm.file}${wasm.fault === null ? '' : `, with the seeded fault ${wasm.fault}`}`],
    ['its SHA-256', html`<code class="hash">${wasm.sha256}</code>`],
    ['replicas', report.replicas.map(({ name, version }) => `${name} ${version}`).join(' and ')],
    ['confirmation', describeConfirmation(report)],
    ['profile and seed', `${report.profile}, seed ${report.seed}`],
    ['run twice and compared', String(report.determinismChecks)],
    [
      'not judged within budget',
      `${report.unknowns}${report.unknownReason === null ? '' : `, the first because ${report.unknownReason}`}`,
    ],
    [
      'operations',
      Object.entries(operations)
        .sort((a, b) => b[1] - a[1])
        .map(([kind, count]) => `${kind} ${count.toLocaleString('en')}`)
        .join(', '),
    ],
    [
      'memory at most',
      `heap ${mib(report.memory.heapBytesPeak)}, stable memory ${mib(report.memory.stableBytesPeak)}`,
    ],
    ['started', report.startedAt],
    ['took', `${(report.durationMs / 1000).toFixed(1)} s`],
    [
      'machine',
      `Node ${environment.node}, ${environment.platform}, ${environment.cpus} cores, load ${environment.loadAverage.toFixed(1)}`,
    ],
    ['written by', `${report.tool.name} ${report.tool.version}`],
  ];
  return html`<section aria-labelledby="this-run">
    <h2 id="this-run">This run</h2>
    ${propertyTable(
      'What was run, where and how',
      rows.map(([name, value]) => [name, typeof value === 'string' ? clip(value, 1_000) : value]),
    )}
  </section>`;
}
