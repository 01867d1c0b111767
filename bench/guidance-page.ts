/** The table and the page of curves of `guidance.ts`. */
import { figureTable } from '../reports/page/figures.js';
import { html, type Html } from '../reports/page/html.js';
import { renderDocument } from '../reports/page/page.js';
import { legend, linePlot, type Line, type LinePlot } from '../reports/page/plots.js';
import { markdownTable } from '../reports/render/markdown.js';
import { formatNumber } from '../reports/text/format-units.js';
import type { BlocksSample, CanisterSamples, FaultSample } from './guidance-samples.js';

/** In the order in which the lines are drawn: a dashed line over a solid one leaves both visible. */
const MODES = [
  { name: 'guided', isGuided: true, color: 'var(--c2)', isDashed: false },
  { name: 'without guidance', isGuided: false, color: 'var(--c1)', isDashed: true },
] as const;

/** The mean of the two middle values if their number is even. */
function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

function modeOf<T extends { readonly isGuided: boolean }>(
  samples: readonly T[],
  isGuided: boolean,
): readonly T[] {
  return samples.filter((each) => each.isGuided === isGuided);
}

/** Median number of blocks over the seeds after each number of runs. */
function blocksCurve(samples: readonly BlocksSample[]): readonly (readonly [number, number])[] {
  const runs = samples[0]?.points.map(([count]) => count) ?? [];
  return runs.map((count, index) => [count, median(samples.map(({ points }) => points[index]![1]))]);
}

function bySeed(samples: readonly FaultSample[]): readonly (readonly FaultSample[])[] {
  const seeds = [...new Set(samples.map(({ seed }) => seed))];
  return seeds.map((seed) => samples.filter((each) => each.seed === seed));
}

/** Median number of faults over the seeds that are found within each number of runs. */
function faultsCurve(
  samples: readonly FaultSample[],
  runsMax: number,
): readonly (readonly [number, number])[] {
  const seeds = bySeed(samples);
  return Array.from({ length: runsMax }, (_, index) => {
    const found = (each: readonly FaultSample[]) =>
      each.filter(({ runs }) => runs !== null && runs <= index + 1).length;
    return [index + 1, median(seeds.map(found))];
  });
}

interface Figures {
  readonly blocks: number;
  readonly blocksCpu: number;
  readonly found: number;
  /** Runs and seconds of processor time for all faults, until each was found or given up. */
  readonly faultRuns: number;
  readonly faultCpu: number;
}

function figuresOf({ blockSamples, faultSamples, faultRuns }: CanisterSamples, isGuided: boolean): Figures {
  const blocks = modeOf(blockSamples, isGuided);
  const seeds = bySeed(modeOf(faultSamples, isGuided));
  const total = (of: (sample: FaultSample) => number) =>
    median(seeds.map((each) => each.reduce((sum, sample) => sum + of(sample), 0)));
  return {
    blocks: median(blocks.map(({ points }) => points.at(-1)![1])),
    blocksCpu: median(blocks.map(({ cpuSeconds }) => cpuSeconds)),
    found: total(({ runs }) => (runs === null ? 0 : 1)),
    faultRuns: total(({ runs }) => runs ?? faultRuns),
    faultCpu: total(({ cpuSeconds }) => cpuSeconds),
  };
}

const HEADER = [
  'canister',
  'seeds',
  'blocks',
  'blocks, guided',
  'CPU',
  'CPU, guided',
  'faults found',
  'found, guided',
  'schedules until found',
  'schedules, guided',
  'CPU for all faults',
  'CPU, guided',
] as const;

function rowOf(samples: CanisterSamples): readonly string[] {
  const [plain, guided] = [figuresOf(samples, false), figuresOf(samples, true)];
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  const found = (value: number) => `${value} of ${samples.faults.length}`;
  return [
    samples.canister,
    String(samples.blockSamples.length / 2),
    ...[formatNumber(plain.blocks), formatNumber(guided.blocks)],
    ...[seconds(plain.blocksCpu), seconds(guided.blocksCpu)],
    ...(samples.faults.length === 0
      ? Array.from({ length: 6 }, () => '–')
      : [
          ...[found(plain.found), found(guided.found)],
          ...[formatNumber(plain.faultRuns), formatNumber(guided.faultRuns)],
          ...[seconds(plain.faultCpu), seconds(guided.faultCpu)],
        ]),
  ];
}

/** The samples that exist in both modes: of each seed for the blocks, and of each fault with all seeds. Canisters without any are left out. */
function complete(all: readonly CanisterSamples[]): readonly CanisterSamples[] {
  const paired = all.map((samples) => {
    const ofSeed = ({ seed }: BlocksSample) =>
      samples.blockSamples.filter((each) => each.seed === seed).length;
    const ofFault = (fault: string) => samples.faultSamples.filter((each) => each.fault === fault).length;
    const faults = samples.faults.filter((fault) => ofFault(fault) === 2 * samples.faultSeeds);
    return {
      ...samples,
      blockSamples: samples.blockSamples.filter((each) => ofSeed(each) === 2),
      faults,
      faultSamples: samples.faultSamples.filter(({ fault }) => faults.includes(fault)),
    };
  });
  return paired.filter(({ blockSamples }) => blockSamples.length > 0);
}

/** Markdown. */
export function renderGuidanceTable(all: readonly CanisterSamples[]): string {
  return markdownTable(HEADER, complete(all).map(rowOf)).join('\n');
}

interface Curves extends Pick<LinePlot, 'id' | 'unit' | 'isZoomed' | 'isStepped'> {
  readonly name: string;
  readonly pointsOf: (isGuided: boolean) => Line['points'];
}

function curves({ name, pointsOf, ...plot }: Curves): Html {
  const lines = MODES.map((mode) => ({ ...mode, points: pointsOf(mode.isGuided) }));
  const xMax = Math.max(...lines.flatMap((line) => line.points.map(([x]) => x)));
  return html`<figure>
    <figcaption>${name}</figcaption>
    ${linePlot(lines, { ...plot, label: name, xMax })}
  </figure>`;
}

function canisterSection(samples: CanisterSamples): Html {
  const { canister, blockSamples, faultSamples, faultRuns } = samples;
  return html`<section aria-labelledby="${canister}">
    <h2 id="${canister}">${canister}</h2>
    <div class="plots">
      ${curves({
        name: 'Basic blocks reached, over the schedules',
        pointsOf: (isGuided) => blocksCurve(modeOf(blockSamples, isGuided)),
        id: `${canister}-blocks`,
        unit: 'blocks',
        isZoomed: true,
      })}
      ${
        samples.faults.length === 0
          ? ''
          : curves({
              name: 'Seeded faults found, over the schedules',
              pointsOf: (isGuided) => faultsCurve(modeOf(faultSamples, isGuided), faultRuns),
              id: `${canister}-faults`,
              unit: 'faults',
              isStepped: true,
            })
      }
    </div>
    ${legend(MODES.map(({ name, color, isDashed }) => ({ name, color, shape: isDashed ? 'dashed' : 'line' })))}
  </section>`;
}

export function renderGuidancePage(all: readonly CanisterSamples[]): string {
  const measured = complete(all);
  return renderDocument(
    'Guidance by coverage',
    html`<main>
      <h1>Guidance by coverage</h1>
      <p>
        Medians over the seeds, with and without <code>--guided</code>. A fault that a campaign does not find
        counts with all schedules of that campaign. The axes of blocks do not start at 0.
      </p>
      <section aria-labelledby="figures">
        <h2 id="figures">Blocks, faults, and processor time</h2>
        ${figureTable({
          caption: 'Blocks, faults, and processor time',
          header: HEADER,
          rows: measured.map(rowOf),
          isTitled: true,
        })}
      </section>
      ${measured.map(canisterSection)}
    </main>`,
  );
}
