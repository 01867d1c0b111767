/**
 * Measures whether guidance by coverage pays: basic blocks reached, and seeded faults found, over the number of runs and with processor time,
 * with and without guidance.
 *
 * `node dist/bench/guidance.js [--canisters A,B] [--runs N] [--seeds N] [--faults N] [--fault-runs N] [--fault-seeds N] [--cpu-minutes N]
 * [--out FOLDER]`. `reference` names the reference canister; default: it and all examples. It writes one file for each canister
 * and `index.html`, and prints a table. It goes on with what is missing in the files of the folder, so it can be interrupted, and several
 * processes can measure different canisters. `--cpu-minutes 0` measures nothing and draws what is there.
 * Exit code 2 for a wrong option.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCampaign } from '../campaigns/campaign/campaign.js';
import type { CampaignOptions } from '../campaigns/campaign/campaign-options.js';
import type { CampaignResult } from '../campaigns/campaign/campaign-result.js';
import { CoverageCollector } from '../campaigns/code-coverage/coverage-collector.js';
import { guided } from '../campaigns/guidance/guided-runs.js';
import { PROFILES } from '../generators/profile.js';
import { writeFileAtomic } from '../harness/files/write-file-atomic.js';
import { selectionOf } from '../harness/judgement/applicable-rules.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { faultyRunner } from './faulty-runner.js';
import { guidanceBenchOptions, sampledFaults, type GuidanceBenchOptions } from './guidance-options.js';
import { renderGuidancePage, renderGuidanceTable } from './guidance-page.js';
import { cpuTimed } from './measure.js';
import {
  cpuSecondsOf,
  type BlocksSample,
  type CanisterSamples,
  type FaultSample,
} from './guidance-samples.js';

/** Number of points of a curve of blocks. */
const POINTS = 12;
/** With one rule, because blocks do not depend on the judgement. */
const BLOCKS_CAMPAIGN = { profile: PROFILES.default, rules: selectionOf(['no-trap']), determinismEvery: 0 };
const FAULT_CAMPAIGN = { profile: PROFILES.quick };

/** Both modes. Each is the first one as often as the other, because the first one pays for the compilation of the engine. */
function modesInTurn(turn: number): readonly boolean[] {
  return turn % 2 === 0 ? [false, true] : [true, false];
}

interface Campaign extends Pick<CampaignOptions, 'profile' | 'rules' | 'determinismEvery'> {
  readonly runner: ScheduleRunner;
  readonly seed: number;
  readonly runs: number;
  readonly isGuided: boolean;
  readonly coverage: CoverageCollector | undefined;
}

/** Without shrinking, which guidance does not change. */
function campaignOf(
  { isGuided, coverage, ...campaign }: Campaign,
  onRun?: (index: number) => void,
): Promise<CampaignResult> {
  const { runner } = campaign;
  return runCampaign({
    ...campaign,
    wasmSha256: '',
    findingsMax: 1,
    shrinkExecutionsMax: 0,
    ...(isGuided && coverage !== undefined ? { startRuns: guided({ runner, coverage }) } : {}),
    onResult: ({ runIndex }) => {
      if (!isGuided) coverage?.afterSchedule();
      onRun?.(runIndex);
    },
  });
}

function blocksReached(coverage: CoverageCollector): number {
  const reached = coverage
    .counts()
    .map(({ map, counts }) =>
      map.functions.flatMap(({ blocks }) => blocks).filter((counter) => counts[counter]! > 0),
    );
  return reached.reduce((sum, { length }) => sum + length, 0);
}

interface Cell {
  readonly seed: number;
  readonly isGuided: boolean;
}

async function sampleBlocks(canister: string, { seed, isGuided }: Cell, runs: number): Promise<BlocksSample> {
  const coverage = new CoverageCollector();
  const runner = await faultyRunner(undefined, canister, coverage);
  const checkpoints = Array.from({ length: POINTS }, (_, place) => Math.ceil((runs * (place + 1)) / POINTS));
  const points: [number, number][] = [];
  const { result, cpuSeconds } = await cpuTimed(() =>
    campaignOf({ ...BLOCKS_CAMPAIGN, runner, seed, runs, isGuided, coverage }, (index) => {
      if (checkpoints.includes(index + 1)) points.push([index + 1, blocksReached(coverage)]);
    }),
  );
  await runner.replica.dispose();
  if (result.verdict !== 'valid') throw new Error(`${canister}: ${result.findings[0]?.fingerprint}`);
  return { seed, isGuided, points, cpuSeconds };
}

interface FaultCampaigns {
  readonly canister: string;
  readonly fault: string;
  readonly isGuided: boolean;
  readonly seeds: number;
  readonly runs: number;
}

/** The campaigns of all seeds share a runner, because preparing a canister takes longer than most of them. */
async function sampleFault({
  canister,
  fault,
  isGuided,
  seeds,
  runs,
}: FaultCampaigns): Promise<FaultSample[]> {
  // Without guidance, nothing is counted, so that nothing is spent on it.
  const coverage = isGuided ? new CoverageCollector() : undefined;
  const runner = await faultyRunner(fault, canister, coverage);
  const samples: FaultSample[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { result, cpuSeconds } = await cpuTimed(() =>
      campaignOf({ ...FAULT_CAMPAIGN, runner, seed, runs, isGuided, coverage }),
    );
    const found = result.findings.length > 0 ? result.runs : null;
    samples.push({ fault, seed, isGuided, runs: found, cpuSeconds });
  }
  await runner.replica.dispose();
  return samples;
}

/** The samples of a folder, saved after each step. */
class SampleFiles {
  readonly #options: GuidanceBenchOptions;

  constructor(options: GuidanceBenchOptions) {
    this.#options = options;
    mkdirSync(options.out, { recursive: true });
  }

  /** Those of every canister that has a file. */
  all(): readonly CanisterSamples[] {
    const files = readdirSync(this.#options.out).filter((name) => name.endsWith('.json'));
    return files.map((name) => this.#read(join(this.#options.out, name)));
  }

  /** @throws Error if the file has samples of campaigns with other numbers of runs or seeds */
  of(canister: string): CanisterSamples {
    const { runs, faultRuns, faultSeeds, faults: count } = this.#options;
    const faults = sampledFaults(canister, count);
    const path = this.#pathOf(canister);
    if (!existsSync(path))
      return { canister, runs, faultRuns, faultSeeds, faults, blockSamples: [], faultSamples: [] };
    const samples = this.#read(path);
    if (samples.runs !== runs || samples.faultRuns !== faultRuns || samples.faultSeeds !== faultSeeds)
      throw new Error(
        `${path} has samples of other --runs, --fault-runs, or --fault-seeds: give another --out`,
      );
    return { ...samples, faults: samples.faults.length > faults.length ? samples.faults : faults };
  }

  save(samples: CanisterSamples): Promise<void> {
    return writeFileAtomic(this.#pathOf(samples.canister), JSON.stringify(samples));
  }

  get isOverBudget(): boolean {
    const spent = this.all().reduce((sum, samples) => sum + cpuSecondsOf(samples), 0);
    return spent >= this.#options.cpuSecondsMax;
  }

  #pathOf(canister: string): string {
    return join(this.#options.out, `${canister}.json`);
  }

  #read(path: string): CanisterSamples {
    return JSON.parse(readFileSync(path, 'utf8')) as CanisterSamples;
  }
}

async function measureBlocks(files: SampleFiles, canister: string, cell: Cell): Promise<void> {
  const samples = files.of(canister);
  const { seed, isGuided } = cell;
  if (samples.blockSamples.some((each) => each.seed === seed && each.isGuided === isGuided)) return;
  const sample = await sampleBlocks(canister, cell, samples.runs);
  await files.save({ ...samples, blockSamples: [...samples.blockSamples, sample] });
  console.error(`${canister}: blocks, seed ${seed}${isGuided ? ', guided' : ''}`);
}

async function measureFault(files: SampleFiles, canister: string, place: number): Promise<void> {
  for (const isGuided of modesInTurn(place)) {
    const samples = files.of(canister);
    const fault = samples.faults[place];
    if (fault === undefined) return;
    if (samples.faultSamples.some((each) => each.fault === fault && each.isGuided === isGuided)) continue;
    const { faultSeeds: seeds, faultRuns: runs } = samples;
    const found = await sampleFault({ canister, fault, isGuided, seeds, runs });
    await files.save({ ...samples, faultSamples: [...samples.faultSamples, ...found] });
    console.error(`${canister}: ${fault}${isGuided ? ', guided' : ''}`);
  }
}

type Step = () => Promise<void>;

/** Canisters, seeds, and faults take turns, so that an interrupted measurement has a part of everything. */
function stepsOf(files: SampleFiles, { canisters, seeds, faults }: GuidanceBenchOptions): readonly Step[] {
  const faultsMax = Math.max(0, ...canisters.map((canister) => sampledFaults(canister, faults).length));
  const turns = Math.max(1, seeds);
  const placesUntil = (turn: number) => Math.round((faultsMax * turn) / turns);
  return Array.from({ length: turns }, (_, turn) => {
    const cells = turn < seeds ? modesInTurn(turn).map((isGuided) => ({ seed: turn + 1, isGuided })) : [];
    const places = Array.from({ length: faultsMax }, (_, place) => place).slice(
      placesUntil(turn),
      placesUntil(turn + 1),
    );
    return [
      ...cells.flatMap((cell) => canisters.map((canister) => () => measureBlocks(files, canister, cell))),
      ...places.flatMap((place) => canisters.map((canister) => () => measureFault(files, canister, place))),
    ];
  }).flat();
}

async function benchGuidance(options: GuidanceBenchOptions): Promise<void> {
  const files = new SampleFiles(options);
  for (const step of stepsOf(files, options)) {
    if (files.isOverBudget) break;
    await step();
  }
  const all = files.all();
  const page = join(options.out, 'index.html');
  await writeFileAtomic(page, renderGuidancePage(all));
  console.log(renderGuidanceTable(all));
  console.log(`\ncurves: ${page}`);
}

const [, script, ...args] = process.argv;
if (import.meta.url === pathToFileURL(script ?? '').href)
  try {
    await benchGuidance(guidanceBenchOptions(args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
