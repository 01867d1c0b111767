import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { traceHash } from '../../harness/history/trace-hash.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { runCampaign } from '../campaign/campaign.js';
import { readModule } from '../subject/inputs.js';
import { BUILT_IN_WASM } from '../subject/subject.js';
import { CoverageCollector, type RunCoverage } from './coverage-collector.js';
import { coveredModules } from './covered-module.js';

const wasm = readModule(BUILT_IN_WASM);
const subject = { wasmSha256: createHash('sha256').update(wasm).digest('hex'), wasmLabel: 'upload.wasm' };
const RUNS = 12;

interface Part {
  readonly firstRun?: number;
  readonly runs?: number;
  readonly onRun?: () => void;
}

async function campaign(coverage?: CoverageCollector, { firstRun = 0, runs = RUNS, onRun }: Part = {}) {
  const replica = createEmbeddedReplica({ coverage: coverage?.recorder });
  const traces: string[] = [];
  const { verdict } = await runCampaign({
    runner: new ScheduleRunner({ replica, target: uploadTarget, wasm, setUpObserver: coverage }),
    wasmSha256: subject.wasmSha256,
    profile: PROFILES.quick,
    seed: 1,
    firstRun,
    runs,
    onRun: ({ history }) => void traces.push(traceHash(history.events)),
    onResult: () => {
      coverage?.afterSchedule();
      onRun?.();
    },
  });
  return { traces, verdict };
}

function coverageOf(collector: CoverageCollector) {
  return coveredModules(collector.counts(), subject, uploadTarget);
}

describe('coverage of a campaign', () => {
  it('changes no trace, no instruction count, and no verdict', async () => {
    const coverage = new CoverageCollector();
    expect(await campaign(coverage)).toEqual(await campaign());
    expect(coverage.counts().some(({ hash }) => hash === subject.wasmSha256)).toBe(true);
  });

  it('is the same if the runs are executed in several threads, each of which makes the set-ups again', async () => {
    const whole = new CoverageCollector();
    await campaign(whole, { runs: 6 });
    const sum = new CoverageCollector();
    for (const part of [
      { firstRun: 0, runs: 2 },
      { firstRun: 2, runs: 4 },
    ]) {
      const thread = new CoverageCollector();
      const runs: RunCoverage[] = [];
      await campaign(thread, { ...part, onRun: () => void runs.push(thread.takeRun()) });
      expect(runs).toHaveLength(part.runs);
      expect(runs.some(({ setUps }) => setUps.length > 0)).toBe(true);
      // As they pass between threads.
      for (const run of runs) sum.add(structuredClone(run));
    }
    expect(coverageOf(sum)).toEqual(coverageOf(whole));
  });

  it('does not contain the runs of a thread that do not count', async () => {
    const [few, thread, sum] = [new CoverageCollector(), new CoverageCollector(), new CoverageCollector()];
    await campaign(few, { runs: 2 });
    const runs: RunCoverage[] = [];
    await campaign(thread, { runs: 4, onRun: () => void runs.push(thread.takeRun()) });
    for (const run of runs.slice(0, 2)) sum.add(run);
    expect(coverageOf(sum)).toEqual(coverageOf(few));
  });

  it('names the methods that never ran, and gives a reason for each function that was not reached', async () => {
    const coverage = new CoverageCollector();
    await campaign(coverage);
    const [module] = coveredModules(coverage.counts(), subject, uploadTarget);
    expect(module?.name).toBe('upload.wasm');
    const byExport = new Map(module?.functionList.map((each) => [each.exports[0], each]));
    expect(byExport.get('canister_update uploads_begin')).toMatchObject({ reason: null });
    expect(byExport.get('canister_update uploads_begin')?.calls).toBeGreaterThan(0);
    for (const name of module?.notCalled ?? []) expect(byExport.get(name)?.calls).toBe(0);
    for (const { calls, reason } of module?.functionList ?? []) expect(reason === null).toBe(calls > 0);
    const reasons = new Set(module?.functionList.map(({ reason }) => reason));
    expect(reasons).toContain('not-provoked');
  });
});
