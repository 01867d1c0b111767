import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { traceHash } from '../../harness/history/trace-hash.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { ModuleCounts } from '../../replicas/embedded/wasm/coverage-recorder.js';
import { uploadTarget } from '../../targets/upload.js';
import { runCampaign } from '../campaign/campaign.js';
import { readModule } from '../subject/inputs.js';
import { BUILT_IN_WASM } from '../subject/subject.js';
import { addCounts, CoverageCollector } from './coverage-collector.js';
import { coveredModules } from './covered-module.js';

const wasm = readModule(BUILT_IN_WASM);
const subject = { wasmSha256: createHash('sha256').update(wasm).digest('hex'), wasmLabel: 'upload.wasm' };
const RUNS = 12;

async function campaign(coverage?: CoverageCollector, firstRun = 0, runs = RUNS) {
  const replica = createEmbeddedReplica({ coverage: coverage?.recorder });
  const traces: string[] = [];
  const { verdict } = await runCampaign({
    runner: new ScheduleRunner({ replica, target: uploadTarget, wasm }),
    wasmSha256: subject.wasmSha256,
    profile: PROFILES.quick,
    seed: 1,
    firstRun,
    runs,
    onRun: ({ history }) => {
      traces.push(traceHash(history.events));
      coverage?.afterSchedule();
    },
  });
  return { traces, verdict };
}

describe('coverage of a campaign', () => {
  it('changes no trace, no instruction count, and no verdict', async () => {
    const coverage = new CoverageCollector();
    expect(await campaign(coverage)).toEqual(await campaign());
    expect(coverage.counts().some(({ hash }) => hash === subject.wasmSha256)).toBe(true);
  });

  it('adds up over the parts of a campaign', async () => {
    const whole = new CoverageCollector();
    await campaign(whole, 0, 6);
    await campaign(whole, 6, 6);
    const sums = new Map<string, ModuleCounts>();
    for (const firstRun of [0, 6]) {
      const part = new CoverageCollector();
      await campaign(part, firstRun, 6);
      for (const counts of part.counts()) addCounts(sums, counts);
    }
    const [own] = coveredModules(whole.counts(), subject, uploadTarget);
    const [joined] = coveredModules([...sums.values()], subject, uploadTarget);
    expect(own).toEqual(joined);
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
