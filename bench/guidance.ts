/**
 * Measures whether guidance by coverage pays: basic blocks reached, and seeded faults found, over the number of runs and with processor time,
 * with and without guidance.
 *
 * `node dist/bench/guidance.js [CANISTER…]`; `reference` names the reference canister; default: it and all examples with faults. It writes
 * one file for each canister and `index.html` to `reports/out/guidance`, and prints a table. If a file exists, it goes on with what is
 * missing, so it can be interrupted, and several processes can measure different canisters. `render` measures nothing and draws what is
 * there.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCampaign } from '../campaigns/campaign/campaign.js';
import type { CampaignOptions } from '../campaigns/campaign/campaign-options.js';
import type { CampaignResult } from '../campaigns/campaign/campaign-result.js';
import { CoverageCollector } from '../campaigns/code-coverage/coverage-collector.js';
import { guided } from '../campaigns/guidance/guided-runs.js';
import { PROFILES } from '../generators/profile.js';
import { selectionOf } from '../harness/judgement/applicable-rules.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import { canistersWithFaults, faultsOf, faultyRunner } from './faulty-runner.js';
import { renderGuidancePage, renderGuidanceTable } from './guidance-page.js';
import { cpuTimed } from './measure.js';
import type { BlocksSample, CanisterSamples, FaultSample } from './guidance-samples.js';

const FOLDER = join('reports', 'out', 'guidance');
const SEEDS = 10;
/** Runs of a campaign on the correct canister, after which its blocks are counted. */
const CHECKPOINTS = [10, 25, 50, 75, 100] as const;
/** With one rule, because blocks do not depend on the judgement. */
const BLOCKS_CAMPAIGN = { profile: PROFILES.default, rules: selectionOf(['no-trap']), determinismEvery: 0 };
/** Runs of a campaign on a canister with a fault. */
const FAULT_RUNS = 30;
const FAULT_CAMPAIGN = { profile: PROFILES.quick };

const BOTH = [false, true] as const;

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

async function sampleBlocks(canister: string, seed: number, isGuided: boolean): Promise<BlocksSample> {
  const coverage = new CoverageCollector();
  const runner = await faultyRunner(undefined, canister, coverage);
  const points: [number, number][] = [];
  const runs = CHECKPOINTS.at(-1)!;
  const { result, cpuSeconds } = await cpuTimed(() =>
    campaignOf({ ...BLOCKS_CAMPAIGN, runner, seed, runs, isGuided, coverage }, (index) => {
      if ((CHECKPOINTS as readonly number[]).includes(index + 1))
        points.push([index + 1, blocksReached(coverage)]);
    }),
  );
  await runner.replica.dispose();
  if (result.verdict !== 'valid') throw new Error(`${canister}: ${result.findings[0]?.fingerprint}`);
  return { seed, isGuided, points, cpuSeconds };
}

async function sampleFault(
  runner: ScheduleRunner,
  { fault, ...sample }: Pick<FaultSample, 'fault' | 'seed' | 'isGuided'>,
  coverage: CoverageCollector | undefined,
): Promise<FaultSample> {
  const { result, cpuSeconds } = await cpuTimed(() =>
    campaignOf({ ...FAULT_CAMPAIGN, runner, runs: FAULT_RUNS, coverage, ...sample }),
  );
  return { fault, ...sample, runs: result.findings.length > 0 ? result.runs : null, cpuSeconds };
}

function fileOf(canister: string): string {
  return join(FOLDER, `${canister}.json`);
}

function load(canister: string): CanisterSamples {
  const path = fileOf(canister);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as CanisterSamples;
  const faults = faultsOf(canister);
  return { canister, seeds: SEEDS, faultRuns: FAULT_RUNS, faults, blockSamples: [], faultSamples: [] };
}

async function measure(canister: string): Promise<void> {
  const samples = load(canister);
  const save = () => writeFileSync(fileOf(canister), JSON.stringify(samples));
  for (let seed = 1; seed <= SEEDS; seed++)
    for (const isGuided of BOTH) {
      if (samples.blockSamples.some((each) => each.seed === seed && each.isGuided === isGuided)) continue;
      samples.blockSamples.push(await sampleBlocks(canister, seed, isGuided));
      save();
      console.error(`${canister}: blocks, seed ${seed}${isGuided ? ', guided' : ''}`);
    }
  for (const fault of samples.faults) {
    for (const isGuided of BOTH) {
      if (samples.faultSamples.some((each) => each.fault === fault && each.isGuided === isGuided)) continue;
      // Without guidance, nothing is counted, so that nothing is spent on it.
      const coverage = isGuided ? new CoverageCollector() : undefined;
      const runner = await faultyRunner(fault, canister, coverage);
      const found: FaultSample[] = [];
      for (let seed = 1; seed <= SEEDS; seed++)
        found.push(await sampleFault(runner, { fault, seed, isGuided }, coverage));
      await runner.replica.dispose();
      samples.faultSamples.push(...found);
      save();
    }
    console.error(`${canister}: ${fault}`);
  }
}

async function benchGuidance(canisters: readonly string[]): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const canister of canisters.filter((name) => name !== 'render')) await measure(canister);
  const measured = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  const all = measured.map((name) => load(name.replace(/\.json$/, '')));
  writeFileSync(join(FOLDER, 'index.html'), renderGuidancePage(all));
  console.log(renderGuidanceTable(all));
  console.log(`\ncurves: ${join(FOLDER, 'index.html')}`);
}

const [, script, ...asked] = process.argv;
if (import.meta.url === pathToFileURL(script ?? '').href)
  await benchGuidance(asked.length > 0 ? asked : canistersWithFaults());
